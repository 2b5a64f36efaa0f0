"""Services, files and subscriptions: when they are done, and when the whole order is."""

from datetime import date, timedelta

import pytest
import time_machine

from events.models import Event
from orders.actions import (
    OrderRefused,
    Progress,
    announce_renewals,
    ask_for_pause,
    complete_lines,
    note_progress,
    save_orders,
)
from orders.models import Order, OrderLine, OrderPage
from tests.builders.door import MONDAY, line_seen, order_seen

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def save(store, *kinds, **order):
    lines = tuple(line_seen(kind, kind=kind) for kind in kinds)
    [saved] = save_orders(store, [order_seen(**({"lines": lines, "financial": "pending"} | order))])
    return saved.order


def line(kind):
    return OrderLine.objects.get(kind=kind)


def ends():
    order = Order.objects.get()
    return order.stage, order.delivered_at


def kinds(prefix):
    return list(Event.objects.filter(kind__startswith=prefix).values_list("kind", flat=True))


def test_a_visit_that_took_place_ends_an_order_without_parcels(store):
    save(store, "service")
    assert ends() == ("placed", None)

    complete_lines([line("service").pk], MONDAY + HOUR)

    assert ends() == ("delivered", MONDAY + HOUR)
    assert kinds("line.") == ["line.completed"]
    assert OrderPage.objects.get().blocks["order"]["lines"][0]["completed_at"] == (MONDAY + HOUR).isoformat()


def test_done_twice_is_done_once_at_the_first_time(store):
    save(store, "service")

    for hours in (1, 2):
        complete_lines([line("service").pk], MONDAY + hours * HOUR)

    assert (line("service").completed_at, kinds("line.")) == (MONDAY + HOUR, ["line.completed"])


def test_the_shop_that_says_so_later_loses_nothing_that_an_agent_said(store):
    save(store, "service")
    complete_lines([line("service").pk], MONDAY + HOUR)

    save(store, "service", updated_at=MONDAY + 2 * HOUR)

    assert (line("service").completed_at, ends()) == (MONDAY + HOUR, ("delivered", MONDAY + HOUR))


def test_an_order_with_parcels_and_a_visit_ends_with_the_last_of_them(store):
    order = save(store, "goods", "service")
    note_progress([Progress(order.pk, "delivered", MONDAY, MONDAY + DAY)])
    assert ends() == ("delivered", None)  # the parcel is there, the visit is not

    complete_lines([line("service").pk], MONDAY + 3 * DAY)

    assert ends() == ("delivered", MONDAY + 3 * DAY)


def test_a_visit_before_the_parcel_waits_for_the_parcel(store):
    order = save(store, "goods", "service")
    complete_lines([line("service").pk], MONDAY + HOUR)
    assert ends() == ("placed", None)

    note_progress([Progress(order.pk, "delivered", MONDAY, MONDAY + DAY)])

    assert ends() == ("delivered", MONDAY + DAY)


@pytest.mark.parametrize("kind", ["digital", "subscription"])
def test_a_file_or_a_subscription_is_handed_over_with_the_payment(store, kind):
    save(store, kind)
    assert ends() == ("placed", None)

    save(store, kind, financial="paid", paid_at=MONDAY + HOUR, updated_at=MONDAY + HOUR)

    assert ends() == ("delivered", MONDAY + HOUR)


def test_a_parcels_line_is_not_marked_by_hand(store):
    save(store, "goods")

    with pytest.raises(OrderRefused, match="travels in a parcel"):
        complete_lines([line("goods").pk], MONDAY)

    assert (line("goods").completed_at, ends()) == (None, ("placed", None))


def test_nothing_of_a_cancelled_order_is_done(store):
    save(store, "service", cancelled_at=MONDAY)

    with pytest.raises(OrderRefused, match="was cancelled"):
        complete_lines([line("service").pk], MONDAY)

    assert (line("service").completed_at, ends()) == (None, ("cancelled", None))


def subscription(store, **line):
    known = {"kind": "subscription", "renews_on": date(2026, 11, 27)}
    seen = line_seen("Чай щомісяця", **(known | line))
    [saved] = save_orders(store, [order_seen(lines=(seen,), updated_at=MONDAY)])
    return saved.order.lines.get()


def test_a_renewal_is_announced_five_days_before_once_for_each_day(store):
    with time_machine.travel(MONDAY, tick=False):
        subscription(store)
        told = [announce_renewals(), announce_renewals()]
        subscription(store, renews_on=date(2026, 11, 28))
        told.append(announce_renewals())

    assert told == [1, 0, 1]
    assert [e.data["renews_on"] for e in Event.objects.filter(kind="subscription.renewal_announced")] == [
        "2026-11-27",
        "2026-11-28",
    ]


@pytest.mark.parametrize("renews_on", [date(2026, 11, 22), date(2026, 11, 29)])
def test_a_renewal_that_was_or_is_far_is_not_announced(store, renews_on):
    subscription(store, renews_on=renews_on)

    assert announce_renewals(MONDAY) == 0


def test_a_renewal_that_failed_is_told_once(store):
    for _twice in range(2):
        subscription(store, renewal_failed_at=MONDAY)

    assert kinds("subscription.") == ["subscription.renewal_failed"]


def test_the_wish_for_a_pause_is_kept_and_told_once(store):
    line = subscription(store)

    for hours in (1, 2):
        ask_for_pause(line.pk, MONDAY + hours * HOUR)

    assert OrderLine.objects.get().pause_asked_at == MONDAY + HOUR
    assert kinds("subscription.") == ["subscription.pause_requested"]


def test_only_a_subscription_can_rest(store):
    save(store, "service")

    with pytest.raises(OrderRefused, match="not a subscription"):
        ask_for_pause(line("service").pk, MONDAY)

    assert kinds("subscription.") == []
