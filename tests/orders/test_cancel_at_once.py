"""Cancelling while somebody else does the same, or the carrier scans: real transactions in real threads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from events.models import Event
from orders.actions import OrderRefused, report_fulfilments
from orders.actions.returning import Asked, request_return
from orders.actions.self_service import request_cancel
from orders.models import Order, OrderLine, OrderRequest, Return
from orders.stores.seen import FulfilmentSeen
from tests.builders.self_service import asker, placed, policy
from tracking.actions import save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen
from tracking.reactions import make_shipments as answer_fulfilments

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


def at_once(*works):
    """All at the same moment; what each said, refusals as their sentences."""
    ready = Barrier(len(works), timeout=60)

    def one(work):
        try:
            connections["default"].ensure_connection()
            ready.wait()
            return work()
        except OrderRefused as refused:
            return str(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@pytest.fixture
def order(store):
    policy(store, cancel="automatic")
    return placed(store)


def cancel(order):
    return lambda: request_cancel(asker(order), "changed_mind", "", NOW).state


def test_twenty_presses_cancel_once(order):
    said = at_once(*[cancel(order)] * 20)

    assert sorted(said) == [*["This order is cancelled already."] * 19, "done"]
    assert OrderRequest.objects.count() == 1
    assert Event.objects.filter(kind="order.cancelled").count() == 1


@pytest.mark.parametrize("turn", range(5))
def test_a_scan_and_a_cancel_at_once_never_leave_an_order_cancelled_after_it_left(store, order, turn):
    number = "20450000000001"
    report_fulfilments(store, [FulfilmentSeen("1042", "f1", NOW, NOW, status="pending", numbers=(number,))])
    answer_fulfilments(list(Event.objects.filter(kind="order.fulfilment_reported")))
    scan = CheckpointSeen(NOW - timedelta(minutes=1), "in_transit", city="Львів")
    parcel = ParcelSeen(number, "nova_poshta", (scan,))

    said, _scanned = at_once(cancel(order), lambda: save_parcels([(parcel, NOW)], "toy", NOW))

    order.refresh_from_db()
    assert order.dispatched_at is not None
    if said == "done":  # the cancel came first: a person is told that it left all the same
        assert (order.cancelled_at is not None, order.stage) == (True, "on_the_way")
    else:
        assert said.startswith("This order has already left the shop")
        assert (order.cancelled_at, OrderRequest.objects.count()) == (None, 0)


def test_what_left_first_is_never_cancelled(store, order):
    Order.objects.filter(pk=order.pk).update(dispatched_at=NOW)

    assert (
        at_once(*[cancel(order)] * 5)
        == [
            "This order has already left the shop, so it cannot be changed any more. You can return it when it arrives."
        ]
        * 5
    )


def test_two_tabs_that_cancel_and_return_at_once_do_one_of_them(order):
    """A visit took place and its parcel has not left: for a moment both can be asked for."""
    OrderLine.objects.filter(order=order).update(kind="service", completed_at=NOW - timedelta(hours=1))
    pieces = Asked({order.lines.get().pk: 1}, "disliked")

    said = at_once(cancel(order), lambda: request_return(asker(order), pieces, NOW).state)

    order.refresh_from_db()
    done = (order.cancelled_at is not None, Return.objects.count())
    if done[0]:
        assert (said, done) == (["done", "This order is cancelled already."], (True, 0))
    else:
        assert said == [
            "Something of this order is in a return already, so it cannot be cancelled as a whole. Please write to us.",
            "requested",
        ]
        assert (done, OrderRequest.objects.count()) == ((False, 1), 0)


def test_the_same_piece_in_ten_tabs_comes_back_once(order):
    Order.objects.filter(pk=order.pk).update(dispatched_at=NOW, delivered_at=NOW, parcels_delivered_at=NOW)
    line = order.lines.get()

    said = at_once(*[lambda: request_return(asker(order), Asked({line.pk: 1}, "size"), NOW).state] * 10)

    refused = f"“{line.title}” cannot be returned. It is in a return already."
    assert sorted(said) == sorted(["requested", *[refused] * 9])
    assert Return.objects.get().lines.get().quantity == 1
