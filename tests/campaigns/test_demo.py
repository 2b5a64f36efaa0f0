import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from campaigns.demo import stories
from campaigns.demo.load import SHOPS, DemoRefused, everything, load, pictures
from campaigns.demo.stories import by_day, happenings, moment
from campaigns.models import Enrolment
from customers.erasing import erase
from customers.models import Customer, Identifier
from events.models import Event, OwedReaction, Receipt
from feedback.models import Request, Review
from messaging.models import LocalMail, Message
from orders.links import status_url
from orders.models import Order, OrderLine, OrderPage, OrderRequest, Payment, Return
from tracking.models import Shipment

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 27, 13, 20, tzinfo=UTC)  # a Friday, 15:20 in Kyiv
NIGHT = datetime(2026, 11, 27, 0, 40, tzinfo=UTC)
TEA, PAPER, LINEN = SHOPS


# --- The tales ----------------------------------------------------------------------------------------------------


def test_moments_are_read_as_people_say_them():
    assert moment("4m", NOW, TEA) == NOW - timedelta(minutes=4)
    assert moment("2d 14:20", NOW, TEA) == datetime(2026, 11, 25, 12, 20, tzinfo=UTC)
    assert timedelta(hours=3) <= NOW - moment("3h", NOW, TEA) < timedelta(hours=4)


def test_couriers_do_not_come_at_night():
    assert by_day(NIGHT, TEA).isoformat() == "2026-11-26T18:40:00+02:00"
    assert by_day(NOW, TEA) == NOW


@pytest.mark.parametrize("now", [NOW, NIGHT])
@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_the_same_moment_tells_the_same_tales(shop, now):
    first, second = happenings(shop, now, "x/"), happenings(shop, now, "x/")

    assert first == second
    assert max(h.at for h in first) <= now


@pytest.mark.parametrize("now", [NOW, NIGHT])
@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_scans_of_a_parcel_come_one_after_the_other_and_never_before_its_order(shop, now):
    for tale in shop.tales:
        sale = stories.Sale(shop, tale, 1, moment(tale.placed, now, shop))
        for parcel in tale.parcels:
            latest = max(by_day(moment(parcel.latest, now, shop), shop), sale.placed_at + timedelta(hours=1))
            scans = stories._scans(sale, parcel, sale.placed_at + timedelta(minutes=25), latest, now)

            times = [sale.placed_at, *(scan.at for scan in scans)]
            assert times == sorted(times)


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_all_goods_have_a_picture_and_all_addresses_lead_nowhere(shop):
    for goods in shop.goods.values():
        assert (settings.BASE_DIR / "static" / "aftercare" / "demo" / f"{goods.picture}.svg").is_file()
    assert shop.url.endswith(".example")
    assert all(p.email == "" or p.email.endswith(".example") for p in shop.people.values())


def test_all_that_shops_and_carriers_send_is_about_eighty_orders():
    sources = {h.source for h in everything(NOW) if isinstance(h, stories.Delivery)}

    assert sources == {"shopify", "woocommerce", "aftership", "easypost"}


# --- The whole demo -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Loaded once for the tests below, which come last in this file, and rolled back: it takes seconds."""
    from django.db import transaction

    from campaigns.actions import load_preset_journeys
    from messaging.actions import load_preset_mails

    with django_db_blocker.unblock(), transaction.atomic():
        load_preset_mails()
        load_preset_journeys()
        yield load(NOW)
        transaction.set_rollback(True)


def test_orders_stand_at_every_stage(demo):
    stages = set(Order.objects.values_list("stage", flat=True))

    assert 60 <= demo.orders <= 90
    assert stages == set(Order.Stage.values)
    assert set(Shipment.objects.values_list("milestone", flat=True)) == {
        *("pending", "info_received", "picked_up", "in_transit", "out_for_delivery", "ready_for_pickup"),
        *("attempt_failed", "exception", "delivered"),
    }


def test_everything_was_read_but_the_three_oddities(demo):
    reasons = {r.topic: (r.state, r.why) for r in Receipt.objects.exclude(state="done")}

    assert {topic: state for topic, (state, _why) in reasons.items()} == {
        "tracking_update": "parked",
        "orders/create": "parked",
        "products/update": "ignored",
    }
    assert "20459999000017" in reasons["tracking_update"][1]
    assert not OwedReaction.objects.exists()


def test_the_mailbox_holds_the_last_days_in_three_languages(demo):
    mails = LocalMail.objects.order_by("-at")

    assert 15 <= demo.mails == len(mails) <= 25
    assert NOW - mails[0].at < timedelta(minutes=5) and NOW - mails.last().at < timedelta(days=3)
    for words in ("Ми отримали", "уже в дорозі", "Як вам", "Мы получили", "We have your order", "How do you like"):
        assert any(words in mail.subject for mail in mails), words
    assert f"Date: {mails[0].at:%a, %d %b %Y %H:%M}".encode() in bytes(mails[0].raw)


def test_every_message_left_soon_after_its_cause(demo):
    for message in Message.objects.filter(template__slug="order_confirmation", state="sent"):
        placed_at = Order.objects.values_list("placed_at", flat=True).get(pk=message.subject_id)
        assert timedelta(0) < message.sent_at - placed_at < timedelta(minutes=1)
    assert not Message.objects.filter(sent_at__gt=NOW).exists()
    assert not Event.objects.filter(recorded_at__gt=NOW + timedelta(minutes=1)).exists()


def test_not_sent_and_yet_to_be_sent_show_why(demo):
    reasons = " ".join(m.why for m in Message.objects.exclude(reason=""))

    assert "without an e-mail" in reasons
    assert "suppressed" in reasons
    assert "(a return)" in Message.objects.get(state="ready").why
    assert Enrolment.objects.filter(state="active", wake_at__gt=NOW).count() > 10


def test_customers_come_back_and_say_what_they_think(demo):
    assert Customer.objects.filter(stats__orders__gte=2).count() > 5
    assert {1, 3, 4, 5} == set(Review.objects.values_list("stars", flat=True))
    assert set(Review.objects.values_list("language", flat=True)) >= {"uk", "ru", "en"}
    assert Request.objects.filter(state="open").exists()


def test_money_stands_in_every_way(demo):
    cash = Order.objects.get(cash_state="due", stage="ready_for_pickup", due__gt=0)
    part = Order.objects.get(financial="partly_paid")
    back = Payment.objects.get(kind="refund")

    assert (str(cash.due), cash.payments.get().method) == ("555.00", "Nova Poshta")
    assert (str(part.paid), str(part.due)) == ("500.00", "825.00") and part.pay_url.startswith("https://")
    assert (back.state, back.order.refunded) == ("paid", back.order.total)
    assert OrderLine.objects.get(kind="service").completed_at is None
    assert OrderLine.objects.get(kind="subscription").renews_on > NOW.date()
    assert not Payment.objects.exclude(doubt="").exists()


def test_customers_did_by_themselves_what_can_be_done(demo):
    made = {(r.kind, r.wish, r.state) for r in Return.objects.all()}
    cancelled = OrderRequest.objects.get(kind="cancel").order

    assert made == {
        ("return", "refund", "shipped"),
        ("return", "refund", "refused"),
        ("return", "exchange", "exchanged"),
        ("warranty", "repair", "requested"),
    }
    assert cancelled.cancel_reason == "customer"
    assert OrderPage.objects.get(pk=cancelled.pk).blocks["goodwill"]["code"].startswith("SORRY-")


def test_a_page_of_the_demo_opens_with_its_pictures(demo, client):
    order = Order.objects.filter(stage="on_the_way", store__slug="tykha-chashka", language="uk").first()

    page = client.get(status_url(order).removeprefix(settings.PUBLIC_URL)).content.decode()

    assert pictures() in page
    assert not OrderLine.objects.filter(image_url="").exists()


def test_the_clock_of_the_house_is_the_walls_again(demo):
    assert abs(timezone.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_it_is_not_loaded_twice(demo):
    with pytest.raises(DemoRefused, match="There are orders already"):
        load(NOW)


def test_nothing_in_the_whole_database_names_people_who_were_erased(demo):
    ids = list(Customer.objects.values_list("pk", flat=True))
    known = Identifier.objects.exclude(kind="external").values_list("value", flat=True)
    traces = {*known, *(c.name for c in Customer.objects.all() if c.last_name)}

    with transaction.atomic():
        erase(ids, NOW + timedelta(minutes=5))
        found = {place for place, value in words_of_everything() for trace in traces if trace in value}
        transaction.set_rollback(True)

    assert len(ids) > 40 and len(traces) > 80
    # a no, an address that refused mail, and invoices, which the law wants kept
    assert found == {"customers_consent.address", "messaging_suppression.address", "orders_document.content"}


def words_of_everything():
    """(table.column, all its words) of the whole database; what is binary is read as UTF-8, packed or not."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {table}")
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    if isinstance(value, memoryview):
                        value = bytes(value).decode(errors="replace")
                    yield (
                        f"{table}.{name}",
                        value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False),
                    )
