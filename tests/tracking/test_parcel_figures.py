"""The report of parcels: what counts as on time, as days on the way, as trouble; the page, the CSV, who may look."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from staff.models import User
from support.models import Ticket
from support.where_is_it import asked_where
from tests.builders.parcel_report import DAY, MONDAY, later, parcel, scan
from tests.builders.room import person
from tests.builders.self_service import text
from tests.builders.tickets import ticket
from tracking import figures as counting
from tracking.figures import Share, Week, figures
from tracking.models import ShipmentFlag

pytestmark = pytest.mark.django_db
REPORT = "/admin/tracking/shipment/report/"


def counted(today=20, since=0, until=10):
    return figures(MONDAY + since * DAY, MONDAY + until * DAY, later(today), "Europe/Kyiv")


@pytest.fixture
def room(client):
    client.force_login(person("agent"))
    return client


# --- On time --------------------------------------------------------------------------------------------------------


def test_on_time_is_the_first_attempt_on_the_promised_day_or_before(store):
    parcel(store, 1, days=3, promised=3)
    parcel(store, 2, days=2, promised=3)
    parcel(store, 3, days=4, promised=3)

    whole = counted().whole

    assert (whole.parcels, whole.judged, whole.on_time) == (3, 3, 2)


def test_the_first_promise_counts_and_not_the_day_that_the_carrier_says_now(store):
    parcel(store, 1, days=5, promised=3, estimated_on=later(5))

    assert counted().whole.on_time == 0


def test_a_day_that_the_customer_chose_is_the_promise(store):
    parcel(store, 1, days=5, promised=3, estimated_on=later(5), moved_by_recipient=True)

    assert counted().whole.on_time == 1


def test_the_attempt_counts_and_not_when_somebody_was_at_home(store):
    parcel(store, 1, days=3, promised=3, delivered_at=MONDAY + 9 * DAY)

    assert counted().whole.on_time == 1


def test_a_parcel_that_nobody_tried_to_hand_over_is_late_once_its_day_is_over(store):
    parcel(store, 1, promised=3)

    today, tomorrow = counted(today=3).whole, counted(today=4).whole

    assert (today.judged, tomorrow.judged, tomorrow.on_time) == (0, 1, 0)


def test_the_evening_of_the_promised_day_is_told_by_the_shops_clock(store):
    parcel(store, 1, days=3.52, promised=3)  # 21:28 UTC, in Kyiv 23:28
    parcel(store, 2, days=3.55, promised=3)  # 22:12 UTC, in Kyiv the day after

    assert counted().whole.on_time == 1


def test_parcels_without_a_promise_are_counted_and_not_judged(store):
    parcel(store, 1, days=3)

    whole = counted().whole

    assert (whole.parcels, whole.judged) == (1, 0)


@pytest.mark.parametrize(
    "left_out", [{"cancelled_at": MONDAY}, {"shipped_at": None}, {"shipped_at": MONDAY - DAY}, {"test": True}]
)
def test_parcels_of_test_orders_cancelled_unscanned_and_earlier_ones_are_left_out(store, left_out):
    test = left_out.pop("test", False)
    shipment = parcel(store, 1, days=3, promised=3, **left_out)
    type(shipment.order).objects.update(test=test)

    assert counted().whole.parcels == 0


# --- Days on the way, trouble, whose --------------------------------------------------------------------------------


def test_days_on_the_way_are_the_middle_and_the_ninth_of_ten(store):
    for n in range(11):
        parcel(store, n, days=n)
    parcel(store, 12)

    found = counted()

    assert (found.whole.timed, found.whole.median, found.whole.slow) == (11, 5.0, 9.0)
    assert found.days == [1] * 11


def test_two_weeks_and_more_are_one_column(store):
    parcel(store, 1, days=14)
    parcel(store, 2, days=40)

    assert counted().days == [0] * 14 + [2]


def test_a_parcel_with_several_troubles_is_one_parcel_in_the_share_and_one_in_each_reason(store):
    first, second = parcel(store, 1, days=3), parcel(store, 2, days=3)
    scan(first, "exception", "customs")
    scan(first, "exception", "customs", at=MONDAY + 2 * DAY)
    scan(first, "attempt_failed")
    scan(second, "attempt_failed")
    scan(parcel(store, 3, days=3), "exception", "lost", retracted=True)

    found = counted()

    assert (found.whole.troubled, found.reasons) == (2, [("attempt_failed", 2), ("customs", 1)])


def test_figures_are_told_by_carrier_service_and_lane(store):
    parcel(store, 1, days=1, promised=1, service="Standard")
    parcel(store, 2, days=3, promised=1, service="Express", milestone="returned")
    parcel(store, 3, days=2, carrier="ukrposhta", destination="")  # the order's city stands in

    found = counted()

    assert found.carriers == [
        Share(("nova_poshta",), 2, 2, 1, 2, 2.0, 2.8, 0, 1),
        Share(("ukrposhta",), 1, 0, 0, 1, 2.0, 2.0, 0, 0),
    ]
    assert [share.names for share in found.services] == [("nova_poshta", "Express"), ("nova_poshta", "Standard")]
    assert [share.names for share in found.lanes] == [("Київ", "Львів"), ("Київ", "Київ")]


def test_a_week_without_parcels_is_a_gap_and_not_left_out(store):
    parcel(store, 1, days=1, promised=1)
    parcel(store, 2, days=1, promised=0, shipped_at=MONDAY + timedelta(days=14))

    found = counted(until=20)

    assert found.weeks == [Week(later(0), 1, 1), Week(later(7), 0, 0), Week(later(14), 1, 0)]


def test_without_parcels_every_figure_is_empty(db):
    assert counted() == counting.Figures()


# --- Who asks where it is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "Where is my order?",
        "My parcel has not arrived",
        "It hasn't arrived: my package, I mean",
        "Any tracking number?",
        "Де моє замовлення?",
        "Коли доставлять посилку?",
        "Посилка не прийшла",
        "Скажіть ТТН, будь ласка",
        "Где мой заказ?",
        "Когда придёт посылка?",
        "Я не получил заказ",
    ],
)
def test_people_ask_where_their_order_is_in_three_languages(store, said):
    ticket(store, text=said, at=MONDAY)

    found = asked_where(MONDAY, MONDAY + DAY)

    assert (found.where, found.tickets) == (1, 1)


@pytest.mark.parametrize(
    "said", ["Can I pay by card?", "Чи є інший колір?", "Заказ пришёл, спасибо", "Where do you live?"]
)
def test_other_questions_are_tickets_and_nothing_more(store, said):
    ticket(store, text=said, at=MONDAY)

    found = asked_where(MONDAY, MONDAY + DAY)

    assert (found.where, found.tickets) == (0, 1)


def test_tickets_that_no_customer_wrote_and_those_of_other_days_are_not_counted(store):
    ticket(store, at=MONDAY, channel="review")
    Ticket.objects.filter(pk=ticket(store, at=MONDAY).pk).update(state="unconfirmed")
    ticket(store, at=MONDAY - DAY)
    ticket(store, at=MONDAY + DAY)

    found = asked_where(MONDAY, MONDAY + DAY)

    assert (found.where, found.tickets) == (0, 0)


# --- The page, the CSV ----------------------------------------------------------------------------------------------


def ten(store):
    now = MONDAY + 10 * DAY
    for n in range(12):
        parcel(store, n, days=2 if n else 5, promised=3, service="Standard")
    scan(parcel(store, 20, carrier="ukrposhta"), "exception", "customs")
    return now


def test_the_page_says_the_shares_and_draws_them(room, store):
    with time_machine.travel(ten(store)):
        page = text(room.get(REPORT))

    assert "11 of 12 (92%)" in page.replace("92 %", "92%")
    assert "Customs" in page or "customs" in page
    assert "Київ → Львів" in page


def test_parcels_that_want_an_eye_now_are_counted_and_their_number_leads_to_them(room, store):
    with time_machine.travel(ten(store)):
        for n, milestone in ((30, "in_transit"), (31, "attempt_failed"), (32, "ready_for_pickup")):
            parcel(store, n, promised=3, milestone=milestone)
        silent = parcel(store, 33)
        ShipmentFlag.objects.create(shipment=silent, kind="stalled", raised_at=MONDAY)
        ShipmentFlag.objects.create(shipment=silent, kind="trouble", raised_at=MONDAY, cleared_at=MONDAY)

        answer = room.get(REPORT)
        listed = {url: room.get(url) for _what, _n, url in answer.context["now"]}

    assert [(what, n) for what, n, _url in answer.context["now"]] == [("Late", "2"), ("No news", "1")]
    assert [len(page.context["cl"].result_list) for page in listed.values()] == [2, 1]


def test_nothing_wrong_now_is_said(room):
    assert "No parcel is late, silent or in trouble now." in text(room.get(REPORT))


def test_the_csv_holds_the_same_figures(room, store):
    with time_machine.travel(ten(store)):
        csv = b"".join(room.get(REPORT + "?export=csv").streaming_content).decode()

    assert [row.split(",") for row in csv.replace("\ufeff", "").replace(";", ",").split("\r\n")][1:] == [
        ["All", "", "13", "12", "11", "0.917", "12", "2.0", "2.0", "1", "0"],
        ["Carrier", "Nova Poshta", "12", "12", "11", "0.917", "12", "2.0", "2.0", "0", "0"],
        ["Carrier", "Ukrposhta", "1", "0", "0", "too few", "0", "", "", "1", "0"],
        ["Service", "Nova Poshta · Standard", "12", "12", "11", "0.917", "12", "2.0", "2.0", "0", "0"],
        ["Lane", "Київ → Львів", "13", "12", "11", "0.917", "12", "2.0", "2.0", "1", "0"],
        [""],
    ]


def test_the_page_costs_the_same_with_one_parcel_and_with_many(room, store):
    costs = []
    for start in (1, 100):
        for n in range(start, start + start):
            parcel(store, n, days=2, promised=3)
        with time_machine.travel(MONDAY + 10 * DAY), CaptureQueriesContext(connection) as seen:
            room.get(REPORT)
        costs.append(len(seen))

    assert costs[0] == costs[1]


def test_without_parcels_the_page_says_so(room):
    assert "No carrier scanned a parcel for the first time in these days." in text(room.get(REPORT))


def test_who_may_not_see_parcels_may_not_see_their_report(client):
    client.force_login(User.objects.create_user("new@shop.example", "correct horse battery", name="New"))

    assert client.get(REPORT).status_code == 403
