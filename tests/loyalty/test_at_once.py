"""Fifty at once: real transactions in fifty threads. Sums hold, nobody goes below zero, no code goes twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from loyalty.actions import (
    Issue,
    LoyaltyRefused,
    earn_for_orders,
    give_goodwill,
    issue_coupon,
    redeem,
)
from loyalty.models import Account, Coupon, Entry, Lot, Transaction
from staff.models import User
from tests.builders import loyalty as made
from tests.builders.door import MONDAY
from tests.builders.loyalty import standing

pytestmark = pytest.mark.django_db(transaction=True)
FIFTY = 50


def at_once(work, count=FIFTY):
    """Call ``work(n)`` in so many threads, all at the same moment; what each said, the refusals as their sentences."""
    ready = Barrier(count, timeout=60)

    def one(n):
        try:
            connections["default"].ensure_connection()
            ready.wait()
            return work(n)
        except LoyaltyRefused as refused:
            return str(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.fixture
def agent(db):
    return User.objects.create(email="agent@lavka.example", is_staff=True)


@pytest.fixture
def order(store):
    made.programme(goodwill_a_day=5000, expires_after_days=None)
    return made.delivered(store)


def sums_hold():
    """Every bucket, every account and every lot tell the same, from the entries up."""
    assert sum(made.buckets().values()) == 0
    for lot in Lot.objects.all():
        moved = Counter()
        for debit, credit, points in lot.entries.values_list("debit", "credit", "points"):
            moved[debit] -= points
            moved[credit] += points
        assert (lot.pending, lot.available) == (moved["pending"], moved["available"])
        assert min(lot.pending, lot.available) >= 0
    for account in Account.objects.all():
        of_lots = list(account.lots.values_list("pending", "available"))
        assert (account.pending, account.available) == tuple(map(sum, zip(*of_lots, strict=True)))
        assert account.customer.stats.points == account.available
    return True


def test_fifty_redemptions_of_what_is_enough_for_seven_are_seven(order, agent):
    pool = made.pool(FIFTY)
    give_goodwill(order.customer_id, 400, "Late", agent, "one", timezone.now())
    give_goodwill(order.customer_id, 350, "Late", agent, "two", timezone.now())

    said = at_once(lambda n: redeem(order.customer_id, pool, f"redeem:{n}", timezone.now()).code)

    codes = [one for one in said if one.startswith("HUNDRED-")]
    assert (len(codes), len(set(codes))) == (7, 7)
    assert set(said) - set(codes) == {"You have 50 points, and this coupon costs 100."}
    assert standing(order.customer_id) == (50, 0, 0)
    assert Coupon.objects.filter(state="issued", customer=order.customer_id).count() == 7
    assert sums_hold()


def test_one_redemption_pressed_fifty_times_is_one(order, agent):
    pool = made.pool(FIFTY)
    give_goodwill(order.customer_id, 750, "Late", agent, "one", timezone.now())

    said = at_once(lambda n: redeem(order.customer_id, pool, "redeem:1", timezone.now()).code)

    assert set(said) == {"HUNDRED-001"}
    assert standing(order.customer_id) == (650, 0, 0)
    assert sums_hold()


def test_fifty_people_who_want_one_of_thirty_coupons_get_thirty_different_ones(store):
    pool = made.pool(30)
    people = [
        made.delivered(store, n, customer_id=str(n), email=f"n{n}@example.com", phone="").customer_id
        for n in range(1, FIFTY + 1)
    ]

    said = at_once(
        lambda n: (
            issue_coupon(
                Issue(pool.pk, people[n], f"agent:{n}", Coupon.Cause.AGENT, ("customer", people[n])), timezone.now()
            ).code
        )
    )

    codes = [one for one in said if one.startswith("HUNDRED-")]
    assert (len(codes), len(set(codes))) == (30, 30)
    assert Coupon.objects.filter(state="issued").values("customer").distinct().count() == 30
    assert {one for one in said if one not in codes} == {
        "The pool “Hundred off” is empty: there is no code left to give. Import more of them."
    }


def test_one_event_answered_fifty_times_gives_one_coupon_and_earns_once(order):
    pool = made.pool(FIFTY)
    issue = Issue(pool.pk, order.customer_id, "order:1:cancelled", Coupon.Cause.CANCELLATION, ("order", order.pk))

    def work(n):
        earn_for_orders([order.pk], MONDAY)
        return issue_coupon(issue, timezone.now()).code

    assert set(at_once(work)) == {"HUNDRED-001"}
    assert Coupon.objects.filter(state="issued").count() == 1
    assert standing(order.customer_id) == (0, 125, 0)
    assert sums_hold()


def test_fifty_gifts_of_one_agent_to_fifty_people_stay_within_the_limit(store, agent):
    made.programme(goodwill_a_day=1000)
    people = [
        made.delivered(store, n, customer_id=str(n), email=f"n{n}@example.com", phone="").customer_id
        for n in range(1, FIFTY + 1)
    ]

    at_once(lambda n: give_goodwill(people[n], 90, "Late", agent, f"gift:{n}", timezone.now()))

    assert Entry.objects.filter(debit="issuance").count() == 11
    assert sums_hold()


def test_redemptions_gifts_and_earnings_of_one_person_at_once_leave_every_sum_right(order, agent, store):
    pool = made.pool(FIFTY)
    orders = [made.delivered(store, n) for n in range(2000, 2010)]
    give_goodwill(order.customer_id, 300, "Late", agent, "first", timezone.now())

    def work(n):
        if n % 5 == 0:
            return earn_for_orders([orders[n // 5].pk], MONDAY)
        if n % 5 == 1:
            return give_goodwill(order.customer_id, 20, "Late", agent, f"gift:{n}", timezone.now())
        return redeem(order.customer_id, pool, f"redeem:{n}", timezone.now()).code

    said = at_once(work)

    taken = [one for one in said if str(one).startswith("HUNDRED-")]
    assert len(taken) == len(set(taken)) in (3, 4, 5)
    assert standing(order.customer_id) == (500 - 100 * len(taken), 1250, 0)
    assert Transaction.objects.filter(kind="redeem").count() == len(taken)
    assert sums_hold()
