"""Any order of any subset of what shop and carriers say of an order, repeated: the same end, and the same letters.

Two orders live through the same. What is said of the first comes as it happened; what is said of the second in any
order, some of it twice, each word by itself, minutes apart. Nothing is decided before all of it is there.
"""

import json
from datetime import timedelta
from itertools import zip_longest

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.actions import load_preset_journeys
from campaigns.models import Enrolment, Journey
from customers.models import OpenMatter
from events import inbox
from events.clocks import drain
from events.models import Connection, Receipt
from messaging.actions import load_preset_mails
from messaging.models import Message
from orders.models import Order, OrderPage
from tests import copies
from tests.builders import easypost, shopify
from tests.builders.door import MONDAY
from tests.builders.journeys import answered, next_due
from tests.conftest import connect
from tracking.flags import watch_parcels
from tracking.models import Checkpoint, Shipment, ShipmentFlag

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
BEGAN = MONDAY - 12 * HOUR
MAILS = (
    *("order_confirmation", "shipping_update", "delivered", "care_tips", "failed_attempt", "failed_attempt_again"),
    *("parcel_held", "parcel_returning", "refund_done", "out_for_delivery", "ready_for_pickup", "delay_apology"),
    "pickup_reminder",
)
JOURNEYS = (
    *("order_confirmation", "shipping_update", "delivered", "failed_attempt"),
    *("parcel_held", "parcel_returning", "refund_done", "delivery_day", "delay_apology"),
)


def at(hours):
    return (BEGAN + hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- What is said, each by (hour of its version) ------------------------------------------------------------------


def story(number):
    """{name: (source, topic, body)} in the order in which it happened."""
    kettle, cup = shopify.line("Kettle", "35.00"), shopify.line("Cup", "5.00", 2)
    mail = f"n{number}@example.com"
    who = shopify.customer(mail, id=number, admin_graphql_api_id=f"gid://shopify/Customer/{number}")

    def order(hours, lines, **more):
        more = {"customer": who, "updated_at": at(hours), "phone": None} | more
        return shopify.order(number, mail, lines, at=at(0), billing_address=None, **more)

    def sent(part, hours, line, parcel, **more):
        words = {"updated_at": at(hours), "line_items": [line]} | more
        return shopify.fulfilment(placed, (f"EZ{part}{number}{parcel}",), "UPS", part, at(part + 1), **words)

    def tracked(parcel, hours, *scans, **more):
        """The whole history so far, and the last of it as the carrier's own word for all."""
        said = [easypost.scan(status, at(hour), detail) for hour, status, detail in scans]
        _hour, status, detail = scans[-1]
        code = f"EZ{parcel[0]}{number}{parcel[1:]}"
        return easypost.event(easypost.tracker(code, status, said, at(hours), detail, **more))

    placed = order(0, [kettle], financial_status="pending")
    edited = order(1, [kettle, cup], financial_status="paid", shipping_address=shopify.address(address1="Bohdana 1"))
    first, second = sent(1, 2, kettle, "A"), sent(2, 3, cup, "A")
    money = {"id": number * 10, "kind": "refund", "status": "success", "amount": "5.00", "processed_at": at(8)}
    back = {"id": number, "order_id": placed["id"], "created_at": at(8), "note": "torn", "transactions": [money]}
    moved = {"id": number, "fulfillment_id": first["id"], "order_id": placed["id"], "happened_at": at(3)}
    on_way, out = (4, "in_transit", "received_at_origin_facility"), (5, "out_for_delivery", "out_for_delivery")
    missed, taken = (6, "failure", "delivery_exception"), (8, "delivered", "arrived_at_destination")
    return {
        "placed": ("shopify", "orders/create", placed),
        "edited": ("shopify", "orders/updated", edited),
        "sent": ("shopify", "fulfillments/create", first),
        "sent the rest": ("shopify", "fulfillments/create", second),
        "moved": ("shopify", "fulfillment_events/create", moved | {"status": "in_transit"}),
        "on its way": ("easypost", "tracker.updated", tracked("1A", 4, on_way, est_delivery_date=at(24))),
        "another number": ("shopify", "fulfillments/update", sent(2, 5, cup, "B")),
        "out": ("easypost", "tracker.updated", tracked("1A", 5, on_way, out, est_delivery_date=at(48))),
        "again in full": (
            "shopify", "orders/updated", edited | {"fulfillments": [first], "updated_at": at(6), "note": "call"},
        ),
        "missed": ("easypost", "tracker.updated", tracked("1A", 6, on_way, out, missed)),
        "held": ("easypost", "tracker.updated", tracked("2B", 6, (6, "failure", "address_correction"))),
        "collected": ("easypost", "tracker.updated", tracked("1A", 8, on_way, out, missed, taken, signed_by="Olena")),
        "paid back": ("shopify", "refunds/create", back),
        "seen again": (
            "easypost", "tracker.updated",
            tracked("1A", 9, on_way, out, missed, taken, (9, "in_transit", "status_update")),
        ),
        "goes back": ("easypost", "tracker.updated", tracked("2B", 9, (9, "return_to_sender", "return"))),
        "came back": (
            "easypost", "tracker.updated", tracked("2B", 10, (9, "return_to_sender", "return"), (10, "delivered", "")),
        ),
        "called off": (
            "shopify", "orders/cancelled",
            edited | {"cancelled_at": at(10), "updated_at": at(10), "financial_status": "refunded", "refunds": [back]},
        ),
    }  # fmt: skip


NAMES = list(story(7001))


def tell(clock, *orders):
    """To each (story, names): word by word, each read and answered before the next one comes."""
    doors = {connection.source: connection for connection in Connection.objects.all()}
    for words in zip_longest(*([(said[name], name) for name in names] for said, names in orders)):
        clock.shift(61)
        for (source, topic, body), name in filter(None, words):
            key = f"{name}:{Receipt.objects.count()}"
            inbox.receive(doors[source], key, topic, json.dumps(body).encode())
        drain("receipts")
        while drain("events") and drain("receipts"):
            pass


def live_on(clock):
    """Two days, from one thing that is due to the next; parcels are looked at before and after."""
    for until in (MONDAY + 2 * HOUR, MONDAY + 50 * HOUR):
        watch_parcels()
        answered()
        while (due := next_due()) and due < until:
            clock.move_to(due)
            answered()
        clock.move_to(until)
    watch_parcels()


# --- Where it ended -----------------------------------------------------------------------------------------------

FIELDS = (
    *("placeholder", "financial", "paid_at", "cancelled_at", "cancel_reason", "dispatched_at", "delivered_at", "stage"),
    *("parcels_delivered_at", "total", "refunded", "paid", "due", "cash_state", "address", "placed_at"),
)
OF_PARCEL = (
    *("carrier", "url", "fulfilled_at", "reported_at", "cancelled_at", "milestone", "reason", "since", "shipped_at"),
    *("scanned_at", "delivered_at", "estimated_on", "disputed", "first_attempt_at", "promised_on", "promise_source"),
    *("promise_told_at", "told_at", "signed_by"),
)


def end_of(number):
    """Everything about an order, without the keys of rows; of one that only carriers spoke of, what waits."""
    order = Order.objects.filter(external_id=str(shopify.FIRST_ID + number)).first()
    waiting = Receipt.objects.filter(state="parked", waits_for__contains=str(number))
    end = {"waiting": sorted(waiting.values_list("waits_for", flat=True).distinct())}
    if order:
        end |= {
            "order": {name: getattr(order, name) for name in FIELDS},
            "lines": sorted(order.lines.values_list("external_id", "quantity", "total", "delivered_at")),
            "money": sorted(order.payments.values_list("kind", "state", "amount", "at", "doubt")),
            "page": shown(OrderPage.objects.get(order=order).blocks),
            **of_parcels(order),
            **of_journeys(order),
        }
    told = json.dumps(end, default=str)
    return json.loads(told.replace(str(shopify.FIRST_ID + number), "N").replace(str(number), "N"))


def of_parcels(order):
    parcels = Shipment.objects.filter(order=order).order_by("number")
    scans = Checkpoint.objects.filter(shipment__order=order).order_by("occurred_at", "milestone", "fingerprint")
    flags = ShipmentFlag.objects.filter(shipment__order=order, cleared_at=None)
    matters = OpenMatter.objects.filter(subject_type="shipment", subject_id__in=parcels.values("pk"))
    return {
        "parcels": list(parcels.values("number", *OF_PARCEL)),
        "in them": list(parcels.values_list("number", "lines__line_external_id", "lines__quantity")),
        "scans": list(scans.values("shipment__number", "source", "occurred_at", "milestone", "raw_code", "suspect")),
        "flags": sorted(flags.values_list("shipment__number", "kind", "stage", "leg")),
        "matters": sorted((m.kind, m.closed_at is None) for m in matters),
    }


def of_journeys(order):
    numbers = dict(Shipment.objects.filter(order=order).values_list("pk", "number"))

    def about(row):
        return numbers[row.subject_id] if row.subject_type == "shipment" else row.subject_type

    inside = Enrolment.objects.filter(order=order.pk).select_related("journey")
    letters = Message.objects.filter(customer=order.customer_id or 0).select_related("template")
    return {
        "journeys": sorted((e.journey.slug, about(e), e.state, e.step) for e in inside),
        "letters": sorted((m.template.slug, about(m), m.state, m.reason) for m in letters),
    }


def shown(blocks):
    """The page, without the keys of rows."""
    blocks = without_keys(blocks)
    return blocks | {"parcels": sorted(blocks.get("parcels", ()), key=lambda parcel: parcel["number"])}


def without_keys(data):
    if isinstance(data, list):
        return [without_keys(each) for each in data]
    return {k: without_keys(v) for k, v in data.items() if k != "id"} if isinstance(data, dict) else data


def write():
    load_preset_mails(MAILS)
    load_preset_journeys(JOURNEYS)
    Journey.objects.update(state="live")


@pytest.fixture
def shop(store):
    copies.once("letters about parcels", write)
    connect("easypost", "parcels")
    return store


FOUND = {
    "since when it is paid": ("edited", "again in full"),
    "which day is promised": ("sent", "on its way", "out", "collected"),
    "when the first left": ("sent", "sent the rest"),
    "a number that was taken back": ("placed", "sent the rest", "another number"),
    "a line that came after its parcel": ("sent", "collected", "edited"),
    "what was wrong on the way": ("placed", "sent", "another number", "missed", "held", "collected", "goes back"),
    "what overrules what": ("placed", "sent", "moved", "on its way", "collected", "seen again"),
}


def test_what_once_depended_on_the_order_does_not(shop):
    words = [order for names in FOUND.values() for order in (in_time(names), in_time(names)[::-1])]
    numbers = range(7001, 7001 + len(words))

    with time_machine.travel(MONDAY, tick=False) as clock:
        tell(clock, *((story(number), names) for number, names in zip(numbers, words, strict=True)))
        live_on(clock)
        ends = [end_of(number) for number in numbers]

    apart_by_case = {case: apart(*ends[2 * n : 2 * n + 2]) for n, case in enumerate(FOUND)}
    assert apart_by_case == {case: [] for case in FOUND}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_shop_and_carriers_say_ends_alike_in_any_order(shop, data):
    heard = data.draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=9, unique=True).map(in_time))
    again = data.draw(st.permutations([*heard, *data.draw(st.lists(st.sampled_from(heard), max_size=2))]))
    number = 7001 + Receipt.objects.count()

    with time_machine.travel(MONDAY, tick=False) as clock:
        tell(clock, (story(number), heard), (story(number + 1), again))
        live_on(clock)
        first, second = end_of(number), end_of(number + 1)

    assert apart(first, second) == []


def apart(first, second, path=""):
    """What differs, one line each: the whole would fill pages."""
    if isinstance(first, dict) and isinstance(second, dict):
        names = sorted({*first, *second})
        return [line for name in names for line in apart(first.get(name), second.get(name), f"{path}.{name}")]
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        pairs = enumerate(zip(first, second, strict=True))
        return [line for n, (a, b) in pairs for line in apart(a, b, f"{path}.{n}")]
    return [] if first == second else [f"{path}: {first} / {second}"]


def in_time(names):
    return sorted(names, key=NAMES.index)
