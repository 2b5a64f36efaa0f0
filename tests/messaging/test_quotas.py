"""Quotas: what a sender may send in an hour, on a day, to one provider of mailboxes, and while it warms up."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from messaging import actions
from messaging.actions import quotas
from messaging.mailbox_groups import group_of
from messaging.models import Message, Quota, Sender
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned

NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """The database's clock stands at half past twelve."""
    clock = Clock(NOON)
    monkeypatch.setattr(quotas, "database_clock", clock)
    monkeypatch.setattr("random.uniform", lambda _low, high: high)  # who waits, waits as long as anybody may
    return clock


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


def sender(**limits):
    return Sender.objects.create(
        slug=limits.pop("slug", "lavka"), reserve_percent=limits.pop("reserve_percent", 0), **limits
    )


def letters(sender, count, lane=1, address="olena@gmail.com", first=1):
    """Unsaved messages: quotas look at the sender, the lane and the address."""
    return [Message(pk=n, sender=sender, lane=lane, address=address) for n in range(first, first + count)]


def used(sender, window, group=""):
    return Quota.objects.get(sender=sender, window=window, group=group).used


# --- Limits -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_sender_without_limits_costs_no_query(django_assert_num_queries):
    many = letters(sender(), 400)

    with django_assert_num_queries(0):
        held = quotas.take(many, NOON)
        quotas.give_back(many, NOON)

    assert held == {}


@pytest.mark.django_db
def test_a_part_of_a_batch_is_taken_when_only_a_part_fits(noon):
    lavka = sender(per_hour=3)

    held = quotas.take(letters(lavka, 5), NOON)

    assert sorted(held) == [4, 5]
    assert (held[4].verdict, str(held[4].why)) == ("hold", "The sender's limit of 3 per hour is used up.")
    assert held[4].until == held[5].until == NOON.replace(hour=13, minute=1, second=12)  # a fiftieth of an hour
    assert used(lavka, "2026-11-23T12") == 3


@pytest.mark.django_db
def test_a_used_up_limit_closes_the_sender_until_the_window_ends():
    lavka = sender(per_hour=3)

    quotas.take(letters(lavka, 5), NOON)

    lavka.refresh_from_db()
    assert (lavka.full_until, lavka.asks_full_until) == (NOON.replace(hour=13, minute=0), None)


@pytest.mark.django_db
def test_hour_and_day_are_both_counted_and_the_later_end_decides():
    lavka = sender(per_hour=2, per_day=2)

    held = quotas.take(letters(lavka, 3), NOON)

    assert str(held[3].why) == "The sender's limit of 2 per day is used up."
    assert held[3].until == datetime(2026, 11, 24, 0, 28, 48, tzinfo=UTC)  # a fiftieth of a day
    assert (used(lavka, "2026-11-23T12"), used(lavka, "2026-11-23")) == (2, 2)


@pytest.mark.django_db
def test_a_limit_for_gmail_holds_gmail_only_and_leaves_the_sender_open():
    lavka = sender(group_limits={"gmail": 1})
    others = letters(lavka, 2, address="petro@ukr.net", first=11)

    held = quotas.take([*letters(lavka, 2), *others], NOON)

    lavka.refresh_from_db()
    assert sorted(held) == [2]
    assert str(held[2].why) == "The sender's limit of 1 per day to Gmail is used up."
    assert lavka.full_until is None


@pytest.mark.django_db
def test_the_reserve_is_kept_for_order_updates():
    lavka = sender(per_hour=10, reserve_percent=20)

    held = quotas.take(letters(lavka, 10, lane=7), NOON)
    updates = quotas.take(letters(lavka, 3, lane=1, first=21), NOON)

    lavka.refresh_from_db()
    assert sorted(held) == [9, 10]
    assert str(held[9].why) == "What is left of the sender's limit of 10 is kept for order updates."
    assert sorted(updates) == [23]
    assert lavka.asks_full_until == lavka.full_until == NOON.replace(hour=13, minute=0)


@pytest.mark.django_db
def test_what_did_not_leave_is_given_back_once_and_opens_the_sender():
    lavka = sender(per_hour=5)
    many, others = letters(lavka, 3), letters(lavka, 3, first=4)
    quotas.take(many, NOON)
    quotas.take(others, NOON)

    quotas.give_back(many[:1], NOON)
    quotas.give_back(many, NOON)
    quotas.give_back(many, NOON)

    lavka.refresh_from_db()
    assert used(lavka, "2026-11-23T12") == 2  # what the others took
    assert lavka.full_until is None


# --- Bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_at_midnight_a_new_day_begins_by_the_clock_of_the_database(noon):
    lavka = sender(per_day=1)
    noon.now = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
    quotas.take(letters(lavka, 1), noon.now)

    too_early = quotas.take(letters(lavka, 1, first=2), noon.now)
    noon.now += timedelta(seconds=1)
    next_day = quotas.take(letters(lavka, 1, first=3), noon.now)

    assert (sorted(too_early), next_day) == ([2], {})
    assert (used(lavka, "2026-11-23"), used(lavka, "2026-11-24")) == (1, 1)


@pytest.mark.django_db
def test_a_worker_whose_clock_is_wrong_counts_in_the_same_window_and_waits_as_long():
    lavka = sender(per_hour=1)
    two_days_ahead = NOON + timedelta(days=2)
    quotas.take(letters(lavka, 1), NOON)

    held = quotas.take(letters(lavka, 1, first=2), two_days_ahead)

    assert held[2].until == two_days_ahead + timedelta(minutes=31, seconds=12)  # until one o'clock, and its fiftieth


@pytest.mark.django_db
def test_a_limit_lowered_below_what_is_used_holds_and_takes_nothing():
    lavka = sender(per_hour=10)
    quotas.take(letters(lavka, 8), NOON)
    Sender.objects.update(per_hour=5)

    held = quotas.take(letters(lavka, 2, first=9), NOON)

    assert sorted(held) == [9, 10]
    assert used(lavka, "2026-11-23T12") == 8


@pytest.mark.django_db
def test_a_raised_limit_opens_the_sender_at_once():
    lavka = sender(per_hour=1)
    quotas.take(letters(lavka, 2), NOON)
    Sender.objects.update(per_hour=9)

    quotas.limits_changed(lavka.pk)

    lavka.refresh_from_db()
    assert lavka.full_until is None
    assert quotas.take(letters(lavka, 8, first=5), NOON) == {}


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_take_the_last_quota_at_once_never_overdraw_it():
    lavka = sender(per_hour=100, group_limits={"gmail": 70})
    start, kept, errors = threading.Barrier(4), [], []

    def work(first):
        try:
            start.wait()
            for batch in range(10):
                many = letters(lavka, 7, first=first + batch * 10, address="o@gmail.com" if batch % 2 else "o@ukr.net")
                held = quotas.take(many, NOON)
                kept.append(len(many) - len(held))
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(n * 1000,)) for n in range(1, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert errors == []
    assert sum(kept) == used(lavka, "2026-11-23T12") == 100
    assert used(lavka, "2026-11-23", "gmail") <= 70


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_while_it_takes_leaves_nothing_taken():
    lavka = sender(per_hour=5)

    def die():
        try:
            quotas.transaction.set_autocommit(False)
            quotas.take(letters(lavka, 5), NOON)
            connection.connection.close()  # the process is gone before its commit
        finally:
            connections.close_all()

    worker = threading.Thread(target=die)
    worker.start()
    worker.join(10)

    assert quotas.take(letters(lavka, 5, first=11), NOON) == {}


@pytest.mark.django_db
def test_after_a_restart_what_was_taken_still_counts():
    lavka = sender(per_hour=5)
    quotas.take(letters(lavka, 5), NOON)

    after = quotas.take(letters(Sender.objects.get(), 1, first=6), NOON)  # nothing is kept in memory

    assert sorted(after) == [6]


# --- Warm-up ------------------------------------------------------------------------------------------------------


def warming(day, yesterday=None, **limits):
    lavka = sender(warm_up_began_on=NOON.date() - timedelta(days=day), **limits)
    if yesterday is not None:
        Quota.objects.create(sender=lavka, window="2026-11-22", used=yesterday)
    return lavka


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "yesterday", "most"),
    [
        (0, None, 1000),
        (1, 1000, 2000),  # the plan says 2,500, yesterday's double is less
        (3, 6000, 6500),
        (5, 0, 1000),  # nothing left yesterday: not more than on the first day
        (7, 14_000, 20_000),
        (8, 20_000, None),
        (-3, None, 1000),  # a date that lies ahead
    ],
)
def test_the_plan_says_how_much_may_leave_and_never_more_than_twice_yesterday(day, yesterday, most):
    assert quotas.warm_up_limit(warming(day, yesterday), NOON.date()) == most


@pytest.mark.django_db
def test_a_new_domain_begins_with_fifty():
    assert quotas.warm_up_limit(warming(0, warm_up="new"), date(2026, 11, 23)) == 50


@pytest.mark.django_db
def test_the_smaller_of_plan_and_daily_limit_counts():
    plan, own = warming(0, per_day=5000), warming(0, per_day=300, slug="two")

    assert [limit.most for limit in quotas.limits_of(plan, NOON)] == [1000]
    assert [(limit.most, limit.text) for limit in quotas.limits_of(own, NOON)] == [(300, quotas.FULL_DAY)]


# --- Groups -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("olena@gmail.com", "gmail"),
        ("Olena@GoogleMail.com", "gmail"),
        ("o@yahoo.co.uk", "yahoo"),
        ("o@aol.com", "yahoo"),
        ("o@hotmail.de", "outlook"),
        ("o@live.example.com", "other"),
        ("o@yandex.ua", "yandex"),
        ("o@ya.ru", "yandex"),
        ("o@bk.ru", "mailru"),
        ("o@ukr.net", "ukrnet"),
        ("o@lavka.example", "other"),
        ("", "other"),
        ("no address", "other"),
        ("o@gmail.com.", "gmail"),
    ],
)
def test_an_address_belongs_to_the_provider_of_its_mailbox(address, group):
    assert group_of(address) == group


# --- In the sending loop ------------------------------------------------------------------------------------------


@pytest.fixture
def post(store, journeys, noon, monkeypatch):
    """A store whose sender may send two letters an hour; its orders are made by number."""
    Sender.objects.filter(pk=store.sender_id).update(per_hour=2)
    monkeypatch.setattr(quotas, "database_clock", lambda: timezone.now().astimezone(UTC))

    def due(number, at):
        order = save_orders(store, [order_seen(number, email=f"n{number}@gmail.com", customer_id=str(number))])[0].order
        return planned(order, at)

    with time_machine.travel(MONDAY, tick=False) as clock:
        yield due, clock


@pytest.mark.django_db
def test_what_does_not_fit_into_the_hour_leaves_in_the_next(post):
    due, clock = post
    many = [due(number, MONDAY) for number in range(3)]

    actions.send_due()
    held = Message.objects.get(state="ready")
    clock.shift(timedelta(hours=1, minutes=2))
    actions.send_due()

    assert held.why == "The sender's limit of 2 per hour is used up."
    assert sorted(Message.objects.values_list("state", flat=True)) == ["sent"] * len(many)


@pytest.mark.django_db
def test_letters_of_a_full_sender_are_not_even_touched(post):
    due, _clock = post
    for number in range(3):
        due(number, MONDAY)
    actions.send_due()

    late = due(7, MONDAY)

    assert actions.send_due() == 0
    late.refresh_from_db()
    assert (late.lease, late.send_after, late.reason) == (0, MONDAY, "")
