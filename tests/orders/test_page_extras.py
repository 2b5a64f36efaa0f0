"""What hangs on an order's page: the calendar, ordering again, the merchant's own links, who else may follow."""

from datetime import date, timedelta
from types import SimpleNamespace

import icalendar
import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone, translation

from customers.actions import open_matters
from events.clocks import tick
from messaging.models import LocalMail, Message
from orders import links
from orders.actions import Moved, report_fulfilments, save_orders, tell_followers
from orders.actions.following import MOST, accept, invite, leave
from orders.again import again_url
from orders.calendar_file import Day, calendar_of, days_of
from orders.following import answer_url
from orders.models import Follower, OrderPage, Product, ProductLink, Storefront
from orders.models.offers import validate_again
from orders.page_blocks import write_blocks
from orders.stores.seen import FulfilmentSeen
from orders.verifying import remember_verified
from tests.builders.door import line_seen, order_seen
from tracking.actions import save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(store):
    seen = order_seen(at=timezone.now() - timedelta(days=1), lines=(line_seen("Чайник"), line_seen("Чашка", "90", 2)))
    return save_orders(store, [seen], quiet=True)[0].order


@pytest.fixture
def home(order):
    return links.status_url(order).partition("8000")[2]


def text(answer):
    return answer.content.decode().replace("\xa0", " ")


def prove(client, order):
    answer = HttpResponse()
    remember_verified(answer, order)
    client.cookies.update(answer.cookies)


# --- The calendar ---------------------------------------------------------------------------------------------------

ON_ITS_WAY = {"id": 7, "milestone": "in_transit", "estimated_on": "2026-11-27", "carrier_names": {"uk": "Нова пошта"}}
WAITS = {
    "id": 8, "milestone": "ready_for_pickup", "estimated_on": "2026-11-20", "stored_until": "2026-11-30",
    "carrier_names": {}, "pickup_point": {"name": "Відділення № 12", "address": "Київ; Хрещатик, 22"},
}  # fmt: skip


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_the_calendar_holds_the_days_without_an_hour(client, order, home, language):
    write_blocks("parcels", {order.pk: [ON_ITS_WAY, WAITS]})

    answer = client.get(f"{home}calendar.ics", {"lang": language})
    coming, waiting = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (coming.decoded("dtstart"), coming.decoded("dtend")) == (date(2026, 11, 27), date(2026, 11, 28))
    assert (waiting.decoded("dtstart"), len(waiting.walk("VALARM"))) == (date(2026, 11, 30), 1)
    assert str(waiting["location"]) == "Відділення № 12, Київ; Хрещатик, 22"
    with translation.override(language):
        expected = translation.gettext("Order %(number)s: delivery expected") % {"number": "#1042"}
        collect = translation.gettext("Order %(number)s: last day to collect it") % {"number": "#1042"}
    assert (str(coming["summary"]), str(waiting["summary"])) == (expected, collect)


def test_a_day_that_moved_is_the_same_entry_with_a_higher_sequence(client, order, home):
    write_blocks("parcels", {order.pk: [ON_ITS_WAY]})
    [first] = icalendar.Calendar.from_ical(client.get(f"{home}calendar.ics").content).walk("VEVENT")
    write_blocks("parcels", {order.pk: [{**ON_ITS_WAY, "estimated_on": "2026-11-29"}]})

    [moved] = icalendar.Calendar.from_ical(client.get(f"{home}calendar.ics").content).walk("VEVENT")

    assert moved["uid"] == first["uid"]
    assert moved["sequence"] > first["sequence"]
    assert moved.decoded("dtstart") == date(2026, 11, 29)


def test_no_line_of_the_file_is_wider_than_75_octets_and_none_is_broken_in_a_letter(order):
    page = OrderPage.objects.select_related("order").get(order=order)
    day = Day("7-expected", date(2026, 11, 27), "Їжак, \\ з'їв; 🎁\n" * 20, "вул. Довга-Довга " * 9)

    file = calendar_of(page, [day], "https://aftercare.example/o/x/", timezone.now()).encode()
    [event] = icalendar.Calendar.from_ical(file).walk("VEVENT")

    assert max(len(line) for line in file.split(b"\r\n")) <= 75
    assert str(event["summary"]) == day.title.replace("\r", "")


def test_without_a_day_there_is_no_file_and_no_button(client, order, home):
    write_blocks("parcels", {order.pk: [{"id": 7, "milestone": "delivered", "estimated_on": "2026-11-27"}]})

    assert client.get(f"{home}calendar.ics").status_code == 404
    assert client.get(f"/o/{order.public_id}/calendar.ics").status_code == 404
    assert "calendar.ics" not in text(client.get(home))


def test_a_parcel_on_its_way_back_or_lost_is_no_day():
    lost = [{**ON_ITS_WAY, "milestone": milestone} for milestone in ("returning", "returned", "delivered", "cancelled")]

    assert list(days_of("1", lost)) == []


# --- Order again ----------------------------------------------------------------------------------------------------


def line_of(sku="", product="", variant="", quantity=1):
    of = SimpleNamespace(external_id=product) if product else None
    return SimpleNamespace(sku=sku, product=of, variant_key=variant, quantity=quantity)


@pytest.mark.parametrize(
    ("pattern", "item", "address"),
    [
        ("https://s.example/cart/{items}", "{variant}:{quantity}", "https://s.example/cart/44:2,7:1"),
        ("https://s.example/?add={items}", "{product}x{quantity}", "https://s.example/?add=9x2,7x1"),
        ("https://s.example/p/{sku}?n={quantity}", "", "https://s.example/p/K%2F1%20%26?n=2"),
    ],
)
def test_the_cart_is_filled_by_the_merchants_pattern(pattern, item, address):
    front = Storefront(again_url=pattern, again_item=item)

    assert again_url(front, [line_of("K/1 &", "9", "44", 2), line_of("", "7"), line_of()]) == address


def test_an_order_of_five_hundred_lines_makes_an_address_that_fits():
    front = Storefront(again_url="https://s.example/cart/{items}", again_item="{variant}:{quantity}")

    assert len(again_url(front, [line_of(variant=f"{n:012}") for n in range(500)])) <= 2000


@pytest.mark.parametrize(
    "wrong",
    [
        "http://s.example/{sku}", "javascript:{sku}", "https://{sku}.example/", "https://s.example/", "{sku}",
        "https://s.example/{0}", "https://s.example/{sku.__class__}", "https://s.example/{sku!r}",
        "https://s.example/{sku:>9}", "https://s.example/{sku", "https://s.example/{email}", "https:///{sku}",
    ],
)  # fmt: skip
def test_a_pattern_that_is_none_is_refused(wrong):
    with pytest.raises(ValidationError):
        validate_again(wrong)


def test_the_button_leads_to_the_shops_cart_and_only_where_the_store_has_one(client, store, order, home):
    before = text(client.get(home))
    Storefront.objects.create(
        store=store, again_url="https://lavka.example/cart/{items}", again_item="{product}:{quantity}"
    )

    answer = client.get(f"{home}again/")

    assert "again/" not in before and "again/" in text(client.get(home))
    assert answer.url == (
        "https://lavka.example/cart/product-%D0%A7%D0%B0%D0%B9%D0%BD%D0%B8%D0%BA:1,"
        "product-%D0%A7%D0%B0%D1%88%D0%BA%D0%B0:2"
    )
    assert client.get(f"/o/{order.public_id}/again/").status_code == 404


# --- The merchant's links -------------------------------------------------------------------------------------------


@pytest.fixture
def offers(order):
    kettle = Product.objects.get(title="Чайник")
    for n in range(4):
        ProductLink.objects.create(product=kettle, title=f"Річ {n}", url=f"https://lavka.example/{n}", position=n)
    ProductLink.objects.create(product=kettle, kind="care", title="Як чистити мідь", url="/help/copper/")
    ProductLink.objects.create(product=kettle, kind="care", title="Copper care", url="/help/cu/", language="en")


@pytest.mark.usefixtures("offers")
def test_three_things_go_with_it_and_the_care_is_told_in_the_readers_language(client, home):
    page = text(client.get(home))

    assert [f"Річ {n}" in page for n in range(4)] == [True, True, True, False]
    assert "Як чистити мідь" in page and "Copper care" not in page


@pytest.mark.usefixtures("offers")
def test_nothing_is_offered_while_something_is_not_settled(client, order, home):
    open_matters("late", {("order", order.pk): order.customer_id}, timezone.now())

    page = text(client.get(home))

    assert "Річ" not in page and "Як чистити мідь" in page


@pytest.mark.usefixtures("offers")
def test_nothing_is_offered_on_an_order_that_was_called_off_nor_on_the_stub(client, store, order, home):
    stub = text(client.get(f"/o/{order.public_id}/"))
    now = timezone.now()
    save_orders(store, [order_seen(at=now, cancelled_at=now, lines=(line_seen("Чайник"),))], quiet=True)

    assert "Річ" not in stub + text(client.get(home))


# --- Who else may follow --------------------------------------------------------------------------------------------


@pytest.fixture
def petro(order, every_journey):
    invite(order, " Petro@Example.com ", "uk", timezone.now())
    return Follower.objects.get()


def mailed():
    tick()
    return list(LocalMail.objects.order_by("pk").values_list("to", flat=True))


def test_only_who_proved_it_may_name_somebody(client, order, home, every_journey):
    refused = client.post(f"{home}followers/", {"email": "petro@example.com"})
    assert (refused.status_code, refused.url.startswith(f"{home}verify/"), Follower.objects.count()) == (302, True, 0)

    prove(client, order)
    client.post(f"{home}followers/", {"email": "petro@example.com"})

    assert Follower.objects.get().email == "petro@example.com"


def test_the_address_is_asked_and_says_yes_by_a_button_not_by_a_look(client, petro):
    assert mailed() == ["petro@example.com"]
    door = answer_url(petro).partition("8000")[2]

    client.get(door)
    petro.refresh_from_db()
    assert not petro.follows
    client.post(door, {"answer": "yes"})

    petro.refresh_from_db()
    assert petro.follows


def test_the_news_of_a_parcel_goes_to_who_said_yes_once_and_tells_nothing_personal(order, store, petro):
    accept(petro, timezone.now())
    at = timezone.now()
    report_fulfilments(store, [FulfilmentSeen("1042", "f1", at, at, numbers=("20450000000001",))])
    tick()
    scan = CheckpointSeen(at, "out_for_delivery", city="Київ")
    for _ in range(2):
        save_parcels([(ParcelSeen("20450000000001", "nova_poshta", (scan,)), at)], "toy", at)
        tick()

    [news] = Message.objects.filter(template__slug="parcel_news")
    body = news.body.html + news.body.text
    assert (news.address, news.state) == ("petro@example.com", "sent")
    assert news.purpose_id == "order_updates"
    for hidden in ("Олена", "Коваленко", "Чайник", "Хрещатик", "20450000000001", "olena@"):
        assert hidden not in body
    raw = bytes(LocalMail.objects.latest("pk").raw).decode()
    assert order.public_id[:-1] in raw.replace("=\n", "") or "public" not in raw


def test_who_leaves_gets_nothing_more_even_what_was_planned(order, petro):
    accept(petro, timezone.now())
    tell_followers([Moved(order.pk, 5, "delivered", timezone.now())], timezone.now())
    leave(petro, timezone.now())
    tick()
    tell_followers([Moved(order.pk, 6, "delivered", timezone.now())], timezone.now())

    [news] = Message.objects.filter(template__slug="parcel_news")
    assert (news.state, news.reason) == ("skipped", "They no longer want news of this order.")


def test_who_has_not_answered_gets_nothing_and_old_news_goes_to_nobody(order, petro):
    now = timezone.now()
    tell_followers([Moved(order.pk, 5, "delivered", now)], now)
    accept(petro, now)
    tell_followers([Moved(order.pk, 5, "delivered", now - timedelta(days=3))], now)

    assert not Message.objects.filter(template__slug="parcel_news").exists()


def test_who_said_no_is_not_asked_again_and_an_order_is_no_mailing_list(client, order, home, petro):
    prove(client, order)
    leave(petro, timezone.now())
    client.post(f"{home}followers/", {"email": "petro@example.com"})
    for n in range(MOST):
        answer = client.post(f"{home}followers/", {"email": f"{n}@example.com"})

    assert (answer.status_code, Follower.objects.count()) == (422, MOST)
    assert Message.objects.filter(address="petro@example.com").count() == 1


@pytest.mark.parametrize("typed", ["olena@example.com", "nobody", ""])
def test_what_is_no_second_address_is_refused_with_a_sentence(client, order, home, typed, every_journey):
    prove(client, order)

    answer = client.post(f"{home}followers/", {"email": typed})

    assert answer.status_code == 422
    assert "field__error" in text(answer)
    assert not Follower.objects.exists()


def test_a_link_scanner_that_opens_everything_changes_nothing(client, order, home, petro):
    rows = lambda: (list(Follower.objects.values()), Message.objects.count(), OrderPage.objects.values().get())  # noqa: E731
    before = rows()
    paths = [home, f"/o/{order.public_id}/", answer_url(petro).partition("8000")[2]]
    paths += [f"{home}{name}" for name in ("verify/", "followers/", "again/", "calendar.ics", "account/", "contact/")]

    for path in paths:
        assert Client().get(path).status_code in (200, 302, 404)
        assert Client().head(path).status_code in (200, 302, 404)

    assert rows() == before
