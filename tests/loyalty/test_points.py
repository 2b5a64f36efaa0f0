"""Points are earned, wait, are spent, expire and are taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from events.clocks import tick
from events.models import Event
from loyalty.actions import (
    LoyaltyRefused,
    claw_back_orders,
    earn_for_orders,
    expire_due,
    give_goodwill,
    redeem,
    release_due,
)
from loyalty.models import Coupon, EarnRule, Lot, Programme
from orders.actions import save_orders
from orders.models import Order
from staff.models import User
from tests.builders import loyalty as made
from tests.builders.door import MONDAY, order_seen
from tests.builders.loyalty import DAY, standing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def agent():
    return User.objects.create(email="agent@lavka.example", is_staff=True)


def give(customer_id, points, agent, key="gift", reason="A late parcel"):
    give_goodwill(customer_id, points, reason, agent, key, MONDAY)


# --- Earning --------------------------------------------------------------------------------------------------------


def test_a_delivered_and_paid_order_earns_for_its_goods_once_and_the_points_wait(store):
    made.programme()
    order = made.delivered(store)

    earn_for_orders([order.pk], MONDAY)
    earn_for_orders([order.pk], MONDAY)
    made.settle()

    assert standing(order.customer_id) == (0, 125, 0)
    assert made.entries() == [("issuance", "pending", 125)]
    [lot] = Lot.objects.all()
    assert lot.available_at == MONDAY + 14 * DAY
    assert lot.expires_at.isoformat() == "2027-12-08T00:00:00+02:00" or lot.expires_at > MONDAY + 378 * DAY
    assert lot.rule == {"points": 1, "amount": "10.00", "currency": "UAH", "rounding": "down", "of": "1250.00"}


@pytest.mark.parametrize(
    "missing",
    [
        {"delivered_at": None},
        {"financial": "pending", "paid": 0, "due": Decimal("1330.00")},
        {"cancelled_at": MONDAY},
        {"test": True},
        {"currency": "PLN"},
        {"customer": None},
        {"total": Decimal(85)},
    ],
)
def test_an_order_that_is_not_complete_earns_nothing(store, missing):
    made.programme()
    order = made.delivered(store)
    Order.objects.filter(pk=order.pk).update(**missing)

    earn_for_orders([order.pk], MONDAY)

    assert made.entries() == []


def test_without_a_programme_nothing_is_earned(store):
    order = made.delivered(store)

    assert earn_for_orders([order.pk], MONDAY) == 0


def test_points_can_be_used_when_the_return_window_is_over(store, clock):
    made.programme()
    order = made.delivered(store)
    earn_for_orders([order.pk], MONDAY)

    clock.move_to(MONDAY + 14 * DAY - timedelta(seconds=1))
    assert release_due() == 0
    clock.move_to(MONDAY + 14 * DAY)
    assert (release_due(), release_due()) == (1, 0)

    assert standing(order.customer_id) == (125, 0, 0)
    order.customer.stats.refresh_from_db()
    assert order.customer.stats.points == 125
    assert order.customer.stats.points_expire_at == Lot.objects.get().expires_at


def test_facts_of_the_shop_and_the_carrier_lead_to_points_and_they_are_told(store, clock):
    made.programme()
    order = made.delivered(store)

    tick()
    clock.move_to(MONDAY + 15 * DAY)
    tick()

    told = Event.objects.filter(kind__startswith="points.").order_by("pk").values_list("kind", "data__points")
    assert list(told) == [("points.earned", 125), ("points.available", 125)]
    assert standing(order.customer_id) == (125, 0, 0)


# --- Taking back ----------------------------------------------------------------------------------------------------


def refund(order, money):
    Order.objects.filter(pk=order.pk).update(refunded=Decimal(money), financial="partly_refunded")
    claw_back_orders([order.pk], MONDAY)


def test_a_refund_takes_back_by_the_rule_that_the_lot_keeps_whatever_the_rule_is_today(store):
    made.programme()
    order = made.delivered(store)
    earn_for_orders([order.pk], MONDAY)
    EarnRule.objects.update(points=7)

    refund(order, "1000.00")
    refund(order, "1000.00")

    assert standing(order.customer_id) == (0, 25, 0)
    assert made.entries()[1:] == [("pending", "cancelled", 100)]


@pytest.mark.parametrize("parts", [["1250.00"], ["333.33", "666.66", "1250.00"], ["1249.99", "1250.00"]])
def test_refunds_in_any_number_of_parts_end_alike(store, parts):
    made.programme()
    order = made.delivered(store)
    earn_for_orders([order.pk], MONDAY)

    for money in parts:
        refund(order, money)
    made.settle()

    assert standing(order.customer_id) == (0, 0, 0)
    assert made.lots() == [(125, 0, 0, 125, 0)]


def test_what_was_spent_already_is_owed_and_the_next_points_repay_it(store, clock, agent):
    made.programme()
    pool = made.pool()
    order = made.delivered(store)
    earn_for_orders([order.pk], MONDAY)
    clock.move_to(MONDAY + 15 * DAY)
    release_due()
    redeem(order.customer_id, pool, "redeem:1", MONDAY + 15 * DAY)

    Order.objects.filter(pk=order.pk).update(cancelled_at=MONDAY)
    claw_back_orders([order.pk], MONDAY + 15 * DAY)
    made.settle()
    assert standing(order.customer_id) == (0, 0, -100)

    give(order.customer_id, 150, agent)
    made.settle()
    assert standing(order.customer_id) == (50, 0, 0)
    assert sum(made.buckets().values()) == 0


def test_a_cancellation_before_anything_was_earned_changes_nothing(store):
    made.programme()
    order = made.delivered(store, cancelled_at=MONDAY)

    assert claw_back_orders([order.pk], MONDAY) == 0


# --- Spending -------------------------------------------------------------------------------------------------------


def test_points_that_expire_first_are_spent_first(store, agent):
    programme = made.programme(expires_after_days=None)
    pool = made.pool(price=120)
    order = made.delivered(store)
    give(order.customer_id, 100, agent, "for ever")
    Programme.objects.filter(pk=programme.pk).update(expires_after_days=30)
    give(order.customer_id, 70, agent, "a month")
    Programme.objects.filter(pk=programme.pk).update(expires_after_days=3)
    give(order.customer_id, 30, agent, "three days")

    coupon = redeem(order.customer_id, pool, "redeem:1", MONDAY)

    assert [available for _points, _waits, available, *_rest in made.lots()] == [80, 0, 0]
    assert (coupon.code, coupon.state, coupon.cause) == ("HUNDRED-001", "issued", "points")


def test_the_same_redemption_again_gives_the_same_coupon_and_takes_nothing(store, agent):
    made.programme()
    pool = made.pool()
    order = made.delivered(store)
    give(order.customer_id, 300, agent)

    first = redeem(order.customer_id, pool, "redeem:1", MONDAY)
    again = redeem(order.customer_id, pool, "redeem:1", MONDAY)

    assert first.pk == again.pk
    assert standing(order.customer_id) == (200, 0, 0)


@pytest.mark.parametrize(
    ("points", "codes", "said"),
    [
        (99, 3, "You have 99 points, and this coupon costs 100."),
        (100, 0, "The pool “Hundred off” is empty: there is no code left to give. Import more of them."),
    ],
)
def test_what_cannot_be_redeemed_says_why_and_takes_nothing(store, agent, points, codes, said):
    made.programme()
    pool = made.pool(codes)
    order = made.delivered(store)
    give(order.customer_id, points, agent)
    before = made.entries()

    with pytest.raises(LoyaltyRefused) as refused:
        redeem(order.customer_id, pool, "redeem:1", MONDAY)

    assert str(refused.value) == said
    assert made.entries() == before
    assert not Coupon.objects.exclude(state="free").exists()


def test_points_expire_at_the_end_of_their_last_day_where_the_shop_is(store, clock, agent):
    made.programme(expires_after_days=3)
    order = made.delivered(store)
    give(order.customer_id, 100, agent)
    last = Lot.objects.get().expires_at

    clock.move_to(last - timedelta(seconds=1))
    assert expire_due() == 0
    clock.move_to(last)
    assert (expire_due(), expire_due()) == (1, 0)

    assert standing(order.customer_id) == (0, 0, 0)
    assert made.lots() == [(100, 0, 0, 0, 100)]


def test_points_whose_day_is_over_cannot_be_spent_before_the_clock_comes_by(store, agent):
    made.programme(expires_after_days=3)
    pool = made.pool()
    order = made.delivered(store)
    give(order.customer_id, 100, agent)

    with pytest.raises(LoyaltyRefused, match="You have 0 points"):
        redeem(order.customer_id, pool, "redeem:1", MONDAY + 10 * DAY)

    assert standing(order.customer_id) == (100, 0, 0)


# --- Goodwill -------------------------------------------------------------------------------------------------------


def test_an_agent_gives_within_the_limit_of_the_day(store, agent, clock):
    made.programme(goodwill_a_day=150)
    order = made.delivered(store)
    give(order.customer_id, 100, agent, "one")

    with pytest.raises(LoyaltyRefused) as refused:
        give(order.customer_id, 51, agent, "two")
    assert str(refused.value) == "You can give 50 more points today; the limit of the programme is 150 a day."
    give(order.customer_id, 50, agent, "three")
    give_goodwill(order.customer_id, 150, "Again late", agent, "tomorrow", MONDAY + DAY)

    assert standing(order.customer_id) == (300, 0, 0)


@pytest.mark.parametrize(("points", "reason"), [(0, "Late"), (-5, "Late"), (2_000_000, "Late"), (10, " \0 ")])
def test_goodwill_needs_a_number_and_a_reason(store, agent, points, reason):
    made.programme(goodwill_a_day=9_000_000)
    order = made.delivered(store)

    with pytest.raises(LoyaltyRefused):
        give(order.customer_id, points, agent, reason=reason)

    assert made.entries() == []


# --- The price of it ------------------------------------------------------------------------------------------------


def test_orders_that_earn_nothing_yet_cost_two_queries_and_fifty_that_earn_as_many_as_one(
    store, django_assert_num_queries
):
    made.programme()
    first = made.delivered(store)
    [undelivered] = save_orders(store, [order_seen(7)])
    many = [made.delivered(store, number) for number in range(2000, 2050)]

    with django_assert_num_queries(2):
        earn_for_orders([undelivered.order.pk], MONDAY)
    with django_assert_num_queries(1):
        claw_back_orders([first.pk], MONDAY)
    with django_assert_num_queries(14):
        earn_for_orders([first.pk], MONDAY)
    with django_assert_num_queries(12):
        earn_for_orders([order.pk for order in many], MONDAY)
