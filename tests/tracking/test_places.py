"""Where a parcel waits: its opening hours, until when, and what is told of who took it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import translation

from events import polls
from events.clocks import drain
from events.models import Poll, Receipt
from orders import links
from orders.models import OrderPage
from orders.showing import STUB, parcels_for
from tests.builders import cdek, nova_poshta
from tests.builders.carrier_api import KEY, LOGIN, carrier_api
from tests.builders.parcels import ship
from tests.conftest import connect
from tracking.actions import save_parcels, save_places
from tracking.carriers.seen import CheckpointSeen, ParcelSeen, PickupPoint, PlaceSeen, Proof
from tracking.models import PickupPlace
from tracking.templatetags.parcels import opening_hours

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
NUMBER = nova_poshta.NUMBER
WEEK = ("08:00–20:00",) * 5 + ("09:00–18:00", "")
PLACE = PlaceSeen("nova_poshta", "ref-1", "Відділення №1", "Київ, Пирогівський шлях, 135", WEEK)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    monkeypatch.setattr(polls.random, "uniform", lambda low, high: 1.0)
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def waiting(**more):
    point = PickupPoint(name="Відділення №1", ref="ref-1")
    return ParcelSeen(
        NUMBER, "nova_poshta", (CheckpointSeen(NOW, "ready_for_pickup", raw_code="7"),), pickup_point=point, **more
    )


def tell(parcel):
    save_parcels([(parcel, NOW)], "toy", NOW)


def shown():
    return OrderPage.objects.get().blocks["parcels"][0]


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["the place", "the parcel"])
def test_a_parcel_is_shown_with_the_hours_of_its_place_whichever_was_told_first(store, first):
    ship(store, NUMBER, at=NOW)
    acts = [lambda: save_places([PLACE], NOW), lambda: tell(waiting())]

    for act in acts if first == "the place" else reversed(acts):
        act()

    assert shown()["pickup_point"]["week"] == list(WEEK)
    assert shown()["pickup_point"]["address"] == "Київ, Пирогівський шлях, 135"


@pytest.mark.django_db
def test_a_place_told_again_changes_what_is_shown_of_parcels_under_way_only(store):
    ship(store, NUMBER, at=NOW)
    tell(waiting())
    save_places([PLACE], NOW)

    save_places([PlaceSeen("nova_poshta", "ref-1", "Відділення №1", week=("10:00–12:00",) * 7)], NOW)

    assert PickupPlace.objects.get().week == ["10:00–12:00"] * 7
    assert shown()["pickup_point"]["week"] == ["10:00–12:00"] * 7


@pytest.mark.django_db
def test_the_place_of_another_carrier_with_the_same_id_is_not_this_one(store):
    ship(store, NUMBER, at=NOW)
    tell(waiting())

    save_places([PlaceSeen("meest", "ref-1", "Інше", week=WEEK)], NOW)

    assert shown()["pickup_point"]["week"] == []


@pytest.mark.django_db
def test_the_directory_is_asked_once_a_week_for_places_where_parcels_wait(store, clock):
    with carrier_api() as stand_in:
        connection = connect("nova_poshta", "np")
        connection.token = KEY
        connection.options = {"private_hosts": ["127.0.0.1"], "address": stand_in.address}
        connection.save()
        ship(store, NUMBER, at=NOW)
        told = {"WarehouseRecipientInternetAddressRef": nova_poshta.REF}
        stand_in.parcels[NUMBER] = nova_poshta.document("7", scanned="09:00 09.03.2026", **told)
        stand_in.places[nova_poshta.REF] = nova_poshta.place()
        for hours in (0, 3):
            clock.move_to(NOW + timedelta(hours=hours))
            drain("polls")
            drain("receipts")

        calls = [b"getWarehouses" in body for body in stand_in.bodies]

    assert calls == [False, True, False]
    assert shown()["pickup_point"]["week"] == ["08:00–20:00"] * 6 + [""]
    assert Poll.objects.get().cursor == {"places": {nova_poshta.REF: NOW.isoformat()}}


@pytest.mark.django_db
def test_cdeks_directory_is_asked_for_the_office_where_a_parcel_waits(store, clock):
    with carrier_api() as stand_in:
        connection = connect("cdek", "cdek")
        connection.token = LOGIN
        connection.options = {"private_hosts": ["127.0.0.1"], "address": stand_in.address}
        connection.save()
        ship(store, "1106321645", carrier="cdek", at=NOW)
        ready = ("ACCEPTED_AT_PICK_UP_POINT", "2026-03-09T09:00:00+0300")
        stand_in.parcels["1106321645"] = cdek.order(ready, delivery_point="MSK27", keep_free_until="2026-03-16")
        stand_in.places["MSK27"] = cdek.place()
        for hours in (0, 3):
            clock.move_to(NOW + timedelta(hours=hours))
            drain("polls")
            drain("receipts")

    assert stand_in.asked.count(["MSK27"]) == 1
    point = shown()["pickup_point"]
    assert (point["address"], point["week"]) == ("Москва, Балаклавский, 5", ["10:00–20:00"] * 6 + [""])
    assert shown()["stored_until"] == "2026-03-16"
    assert Poll.objects.get().cursor == {"places": {"MSK27": NOW.isoformat()}}
    assert "7999" not in "".join(bytes(body).decode() for body in Receipt.objects.values_list("body", flat=True))


ODD_WEEKS = [
    *("цілодобово", 7, {"Monday": "08:00"}, True, [None] * 7, [[]] * 7, [{"from": "08:00"}] * 7, ["x"] * 6),
    ["<script>alert(1)</script>"] * 7,
    ["08:00–20:00 " * 90, *["25:99–03:00"] * 6],
]


@pytest.mark.django_db
@pytest.mark.parametrize("week", ODD_WEEKS, ids=range(len(ODD_WEEKS)))
def test_odd_hours_never_break_the_page(store, client, week):
    parcel = ship(store, NUMBER, at=NOW)
    tell(waiting(stored_until=date(2026, 3, 16)))
    page = OrderPage.objects.get()
    page.blocks["parcels"][0]["pickup_point"] |= {"week": week}
    page.save()

    answer = client.get(path_of(parcel))

    assert answer.status_code == 200
    assert "place__until" in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", [("Mon–Fri", "08:00–20:00"), ("Sat", "09:00–18:00"), ("Sun", "closed")]),
        ("uk", [("Пн–Пт", "08:00–20:00"), ("Сб", "09:00–18:00"), ("Нд", None)]),
    ],
)
def test_days_with_the_same_hours_are_one_line(language, lines):
    with translation.override(language):
        told = [(line["days"], line["hours"]) for line in opening_hours(list(WEEK))]

    assert [days for days, _hours in told] == [days for days, _hours in lines]
    assert all(hours in (None, said) for (_d, hours), (_days, said) in zip(lines, told, strict=True))


@pytest.mark.parametrize("week", [None, [], ["08:00–20:00"] * 6, [""] * 7])
def test_nobody_said_the_hours(week):
    assert opening_hours(week) == []


def test_a_locker_is_open_every_day():
    assert opening_hours(["00:00–23:59"] * 7) == [{"days": "Every day", "hours": "00:00–23:59"}]


@pytest.mark.django_db
def test_the_page_says_where_it_waits_until_when_and_from_when_that_costs(store, client):
    parcel = ship(store, NUMBER, at=NOW)
    save_places([PLACE], NOW)
    tell(waiting(stored_until=date(2026, 3, 16), storage_paid_from=date(2026, 3, 13)))

    text = client.get(path_of(parcel)).content.decode()

    for said in ("Відділення №1", "Пирогівський шлях, 135", "08:00–20:00", "16", "13"):
        assert said in text
    assert "place__until" in text


@pytest.mark.django_db
def test_who_signed_is_told_by_initials_and_the_stub_tells_neither_that_nor_the_place(store, client):
    parcel = ship(store, NUMBER, at=NOW)
    scan = CheckpointSeen(NOW, "delivered", raw_code="9")
    tell(ParcelSeen(NUMBER, "nova_poshta", (scan,), proof=Proof("Коваленко Олена", at=NOW)))

    text = client.get(path_of(parcel)).content.decode()
    (stub,) = parcels_for(STUB, OrderPage.objects.get().blocks["parcels"], "uk", "Europe/Kyiv", NOW)

    assert "К. О." in text
    assert "Коваленко" not in text.replace("Олена Коваленко", "")
    assert "proof" not in stub and "pickup_point" not in stub


def path_of(parcel):
    return "/o/" + links.status_url(parcel.order).partition("/o/")[2]
