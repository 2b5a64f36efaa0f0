"""The time to return a thing begins when its own parcel is there."""

from datetime import timedelta

import pytest

from orders.actions import save_orders
from orders.models import OrderLine
from tests.builders.door import MONDAY, line_seen, order_seen
from tests.builders.self_service import door, prove, text
from tracking.actions import Fulfilled, make_shipments, save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST, SECOND = "20450000000001", "20450000000002"


@pytest.fixture
def order(store):
    """A kettle and two cups; the second parcel holds a cup and nothing else."""
    seen = order_seen(at=MONDAY, lines=(line_seen("Чайник"), line_seen("Чашка", "90", 2)), language="en")
    order = save_orders(store, [seen], quiet=True)[0].order
    kettle, cups = (line.external_id for line in order.lines.order_by("pk"))
    for number, held in ((FIRST, ((kettle, 1), (cups, 1))), (SECOND, ((cups, 1),))):
        sent = Fulfilled(order.pk, number, "success", "Nova Poshta", (number,), (), held, "", MONDAY)
        make_shipments([sent], MONDAY)
    return order


def delivered(number, at, **scan):
    save_parcels([(ParcelSeen(number, "nova_poshta", (CheckpointSeen(at, "delivered", **scan),)), at)], "toy", at)


def arrived():
    return {line.title: line.delivered_at for line in OrderLine.objects.all()}


def test_a_line_is_there_with_the_last_parcel_that_holds_pieces_of_it(order):
    delivered(FIRST, MONDAY + DAY)
    first = arrived()
    delivered(SECOND, MONDAY + 3 * DAY)

    assert first == {"Чайник": MONDAY + DAY, "Чашка": None}
    assert arrived() == {"Чайник": MONDAY + DAY, "Чашка": MONDAY + 3 * DAY}


def test_a_delivery_that_the_carrier_takes_back_is_taken_from_the_line(order):
    delivered(FIRST, MONDAY + DAY)
    delivered(FIRST, MONDAY + DAY, retracts=True)

    assert arrived() == {"Чайник": None, "Чашка": None}


def test_what_is_there_may_come_back_while_the_rest_is_on_its_way(client, order):
    prove(client, order)
    before = text(client.get(door(order, "")[:-1]))
    delivered(FIRST, MONDAY + DAY)

    page = text(client.get(door(order, "")[:-1]))

    assert ("Return something" in before, "Return something" in page) == (False, True)
