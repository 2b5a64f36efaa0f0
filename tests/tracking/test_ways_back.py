"""The parcel by which a return comes back: of its own, followed by its scans, and counted for nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.clocks import tick
from events.models import Event
from orders.actions import OrderRefused
from orders.actions.returning import (
    Asked,
    Label,
    approve_return,
    note_sent_back,
    receive_return,
    request_return,
    send_label,
)
from orders.models import Order, Return
from tests.builders.door import order_seen
from tests.builders.parcels import ship
from tests.builders.self_service import asker, door, policy, prove, text
from tracking.actions import add_checkpoints, change_number, save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.flags import watch_parcels
from tracking.models import Shipment, ShipmentFlag

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)
THERE, BACK = "20400048799001", "20400048799002"


@pytest.fixture
def order(store):
    seen = order_seen(1001, NOW - 9 * DAY, language="en")
    out = ship(store, THERE, seen=seen, at=NOW - 8 * DAY)
    add_checkpoints(out, [CheckpointSeen(NOW - 5 * DAY, "delivered")], "api", NOW)
    policy(store)
    return Order.objects.get(pk=out.order_id)


def approved(order) -> Return:
    line = order.lines.get()
    made = request_return(asker(order), Asked({line.pk: 1}, "size"), NOW - DAY)
    return approve_return(made.pk, None, NOW)


def labelled(order) -> Return:
    """With its parcel, which the reaction made."""
    label = Label(data=b"%PDF-1.7 label", carrier="Nova Poshta", number=BACK)
    made = send_label(approved(order).pk, label, None, NOW)
    tick()
    return made


def scan(milestone, at=NOW, number=BACK):
    seen = ParcelSeen(number, "nova_poshta", checkpoints=(CheckpointSeen(at, milestone, returning=True),))
    return save_parcels([(seen, NOW)], "nova_poshta", NOW)


def state_of(made) -> str:
    made.refresh_from_db()
    return made.state


def test_the_carriers_scans_move_the_return(order):
    made = labelled(order)

    scan("in_transit")
    on_its_way = state_of(made)
    scan("delivered")

    kinds = list(Event.objects.filter(kind__startswith="return.").order_by("pk").values_list("kind", flat=True))
    assert (on_its_way, state_of(made)) == ("shipped", "received")
    assert kinds[2:] == ["return.labelled", "return.shipped", "return.received"]


def test_what_comes_back_changes_nothing_of_what_went_out(order):
    before = Order.objects.values("stage", "delivered_at", "dispatched_at").get(pk=order.pk)
    told = Event.objects.filter(kind__startswith="shipment.").count()
    labelled(order)

    scan("in_transit")
    tick()

    order.page.refresh_from_db()
    assert Order.objects.values("stage", "delivered_at", "dispatched_at").get(pk=order.pk) == before
    assert Event.objects.filter(kind__startswith="shipment.").count() == told
    assert [parcel["number"] for parcel in order.page.blocks["parcels"]] == [THERE]


def test_the_customer_follows_it_on_the_page_of_the_return(client, order):
    made = labelled(order)
    scan("in_transit")
    prove(client, order)

    page = text(client.get(f"{door(order, 'return')}{made.pk}/?lang=en"))

    assert "The parcel that goes back" in page
    assert (BACK in page, "Nova Poshta" in page, "On the way" in page) == (True, True, True)


def test_a_number_that_the_customer_names_is_followed_too(order):
    made = note_sent_back(approved(order).pk, "Нова пошта", "2040 0048 7990 02", NOW, asker(order))
    tick()

    scan("delivered")

    assert Shipment.objects.get(returned=made).carrier == "nova_poshta"
    assert state_of(made) == "received"


def test_another_label_corrects_the_parcel_and_makes_no_second(order):
    made = labelled(order)

    send_label(made.pk, Label(url="https://carrier.example/label", number="20400048799003"), None, NOW)
    tick()

    assert list(Shipment.objects.filter(returned=made).values_list("number", flat=True)) == ["20400048799003"]


def test_the_parcel_that_came_is_not_the_one_that_goes_back(order):
    made = approved(order)

    with pytest.raises(OrderRefused, match="20400048799001 is the parcel that came to you"):
        note_sent_back(made.pk, "", "20 400048799001", NOW, asker(order))

    assert (state_of(made), Shipment.objects.filter(returned=made).exists()) == ("approved", False)


def test_scans_from_before_the_return_are_those_of_another_parcel(order):
    made = labelled(order)

    scan("delivered", NOW - 90 * DAY)

    assert state_of(made) == "labelled"


def test_a_scan_after_the_agents_word_takes_nothing_back(order):
    made = labelled(order)
    receive_return(made.pk, None, NOW)

    scan("in_transit")

    assert state_of(made) == "received"


def test_an_agent_who_corrects_the_number_corrects_the_return(order):
    made = labelled(order)

    change_number(Shipment.objects.get(returned=made).pk, "20400048799009", None, NOW)

    made.refresh_from_db()
    assert made.number == "20400048799009"


def test_agents_see_that_a_return_stands_still_and_customers_get_no_apology(order):
    labelled(order)
    scan("in_transit", NOW - DAY / 2)

    watch_parcels(NOW + 10 * DAY)

    assert list(ShipmentFlag.objects.values_list("kind", "leg")) == [("stalled", "back")]
    assert not Event.objects.filter(kind="shipment.delayed").exists()
