"""Carriers' messages: which parcel they speak of, what waits for its shipment, what repeats."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from events import inbox
from events.clocks import tick
from events.models import Event, Receipt
from orders.actions import save_orders
from orders.models import Order
from tests.builders import easypost, shopify
from tests.builders.door import MONDAY, knock, order_seen, outcome
from tests.conftest import SECRET, connect
from tracking.actions import Fulfilled, make_shipments, save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.models import Checkpoint, Shipment

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NUMBER = "EZ1000000001"


def ship(order, number=NUMBER, carrier="UPS", hours=0):
    at = MONDAY + hours * HOUR
    with time_machine.travel(at):
        one = Fulfilled(order.pk, f"f-{number}", "success", carrier, (number,), (), (), "", at)
        return make_shipments([one], at)[0]


def place(store, number=1042):
    return save_orders(store, [order_seen(number)])[0].order


def seen(milestone="in_transit", hours=1, number=NUMBER, carrier="ups", **more):
    return ParcelSeen(number, carrier, (CheckpointSeen(MONDAY + hours * HOUR, milestone),), **more)


def tell(*parcels, hours=2):
    at = MONDAY + hours * HOUR
    return save_parcels([(parcel, at) for parcel in parcels], "toy", at)


def test_a_tracker_before_its_shipment_waits_and_is_read_when_the_shop_reports_it(client, store):
    connect("easypost", "parcels")
    at = timezone.now()
    tracker = easypost.tracker(NUMBER, "in_transit", at=(at - HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"))
    knock(client, "/in/easypost/parcels/", easypost.delivery(easypost.event(tracker), SECRET))
    tick()
    receipt = Receipt.objects.get()
    assert outcome(receipt) == (
        "parked",
        f"No parcel with the number {NUMBER} yet: this is read again when the shop reports it.",
    )

    order = shopify.order(1042, at=(at - 2 * HOUR).isoformat())
    sent = shopify.fulfilment(order, numbers=("EZ 1000-000001",), carrier="UPS", at=(at - 2 * HOUR).isoformat())
    for topic, body in (("orders/create", order), ("fulfillments/create", sent)):
        knock(client, "/in/shopify/lavka/", shopify.delivery(body, SECRET, topic))
    tick()

    assert outcome(receipt) == ("done", "")
    assert (Order.objects.get().stage, Shipment.objects.get().milestone) == ("on_the_way", "in_transit")
    receipt.refresh_from_db()
    assert receipt.customer_id == Order.objects.get().customer_id


def test_a_receipt_that_nobody_freed_is_read_at_the_second_look(client, store):
    connect("easypost", "parcels")
    delivery = easypost.delivery(easypost.event(easypost.tracker(NUMBER, "in_transit")), SECRET)
    knock(client, "/in/easypost/parcels/", delivery)
    tick()
    order = place(store)
    Shipment.objects.create(order=order, number=NUMBER)  # as committed while the receipt was being parked

    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        tick()

    assert outcome(Receipt.objects.get()) == ("done", "")
    assert inbox.release([f"parcel:{NUMBER}"]) == 0


def test_the_same_scans_again_are_the_same_rows_and_no_news(store):
    ship(place(store))
    tell(seen())
    before = Event.objects.count()

    tell(seen(), seen())

    assert (Checkpoint.objects.count(), Event.objects.count()) == (1, before)


def test_scans_in_any_order_give_the_same_parcel(store):
    way = [seen("picked_up", 1), seen("in_transit", 5), seen("out_for_delivery", 9), seen("delivered", 11)]
    results = []
    for number, arrival in ((1, way), (2, way[::-1]), (3, [way[2], way[0], way[3], way[1]])):
        shipment = ship(place(store, number), f"N{number}")
        for parcel in arrival:
            tell(ParcelSeen(f"N{number}", "ups", parcel.checkpoints), hours=12)
        shipment.refresh_from_db()
        results.append((shipment.milestone, shipment.since, shipment.shipped_at, shipment.delivered_at))

    assert results == [("delivered", MONDAY + 11 * HOUR, MONDAY + HOUR, MONDAY + 11 * HOUR)] * 3


def test_a_number_used_again_by_another_carrier_is_told_apart(store):
    old = ship(place(store, 1), carrier="UPS", hours=0)
    young = ship(place(store, 2), carrier="Nova Poshta", hours=5)

    tell(seen("delivered", carrier="ups"))
    tell(seen("in_transit", carrier="nova_poshta"))

    assert {s.pk: s.milestone for s in Shipment.objects.all()} == {old.pk: "delivered", young.pk: "in_transit"}


def test_a_number_used_again_by_the_same_carrier_is_the_youngest_parcel(store):
    old, young = ship(place(store, 1), hours=0), ship(place(store, 2), hours=5)

    tell(seen("delivered"))

    assert {s.pk: s.milestone for s in Shipment.objects.all()} == {old.pk: "pending", young.pk: "delivered"}


def test_a_carrier_that_the_shop_named_wrongly_still_finds_its_parcel(store):
    ship(place(store), carrier="DHL")

    assert tell(seen("delivered", carrier="dpd")) == [None]
    assert Shipment.objects.get().milestone == "delivered"


def test_dashes_and_spaces_in_a_number_do_not_hide_the_parcel(store):
    ship(place(store), number="ez-1000 000001")

    assert tell(seen(number="EZ1000000001")) == [None]


def test_of_a_batch_only_the_unknown_parcel_waits(store):
    ship(place(store))

    known, unknown = tell(seen(), seen(number="X9"))

    assert known is None
    assert unknown.waits_for == "parcel:X9"


def test_a_scan_from_the_future_is_kept_and_not_believed(store):
    shipment = ship(place(store))

    tell(seen("delivered", hours=80), seen("in_transit", hours=1))

    shipment.refresh_from_db()
    assert shipment.milestone == "in_transit"
    assert Checkpoint.objects.get(milestone="delivered").suspect


def test_the_carriers_words_stay_with_the_agent(store):
    ship(place(store))
    words = CheckpointSeen(MONDAY + HOUR, "delivered", message="Handed to Olena Kovalenko", city="Київ")

    tell(ParcelSeen(NUMBER, "ups", (words,)))

    assert Checkpoint.objects.get().message == "Handed to Olena Kovalenko"
    assert "Olena Kovalenko" not in str(Order.objects.get().page.blocks["parcels"])


def test_the_delivery_of_one_parcel_does_not_silence_the_shipping_mail_of_another(store, journeys):
    from messaging.models import Message

    with time_machine.travel(MONDAY):
        order = place(store)
        tick()
    ship(order, "A1")
    ship(order, "A2")
    with time_machine.travel(MONDAY + 3 * HOUR):
        tell(seen("in_transit", 1, "A1"), hours=3)
        tick()
    with time_machine.travel(MONDAY + 9 * HOUR):  # both messages come together, and A2 was scanned before A1 arrived
        tell(seen("delivered", 8, "A1"), seen("in_transit", 2, "A2"), hours=9)
        tick()

    mails = Message.objects.filter(template__slug="shipping_update")
    assert sorted(mails.values_list("state", flat=True)) == ["sent", "sent"]
