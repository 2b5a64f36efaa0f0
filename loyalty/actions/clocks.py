"""Time passes: points that waited become usable, and those whose time is over expire."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from customers.models import OpenMatter
from loyalty.actions.ledger import open_purses, write_down
from loyalty.models import Lot, Programme, Transaction
from loyalty.purse import Purse

BATCH = 200


def release_due() -> int:
    """One batch of lots whose return window is over; how many became usable. A return that is open holds them."""
    now = timezone.now()
    returns = OpenMatter.objects.filter(
        customer=OuterRef("account__customer"),
        kind="return",
        subject_type="order",
        subject_id=OuterRef("order"),
        closed_at__isnull=True,
    )
    due = Lot.objects.filter(pending__gt=0, available_at__lte=now).exclude(Exists(returns)).order_by("available_at")
    return _pass(due, now, _release)


def expire_due() -> int:
    """One batch of lots whose last day is over; how many accounts lost points."""
    now = timezone.now()
    return _pass(Lot.objects.filter(available__gt=0, expires_at__lte=now).order_by("expires_at"), now, _expire)


@transaction.atomic(savepoint=False)
def _pass(due: QuerySet[Lot], now: datetime, verb) -> int:
    rows = due.filter(account__customer__isnull=False)[:BATCH].values_list("pk", "account__customer")
    people = dict(rows)
    if not people:
        return 0
    purses = open_purses(set(people.values()), Programme.objects.get(), now)
    for purse in purses.values():
        verb(purse, people.keys())
    moved = sum(len(purse.postings) for purse in purses.values())
    write_down(purses.values())
    return moved


def _release(purse: Purse, due) -> None:
    for lot in [lot for lot in purse.lots if lot.pk in due and lot.pending]:
        purse.release(lot)
        subject = ("order", lot.order_id) if lot.order_id else ("customer", purse.account.customer_id or 0)
        purse.close(Transaction.Kind.RELEASE, f"lot:{lot.pk}:release", subject)


def _expire(purse: Purse, due) -> None:
    let_expire(purse)


def let_expire(purse: Purse) -> None:
    """What is over goes, as one transaction of that moment."""
    over = [lot.pk for lot in purse.lots if lot.available and lot.expires_at and lot.expires_at <= purse.now]
    purse.expire()
    if over:  # nothing ever comes back into a lot, so the number of the newest makes the key
        customer_id = purse.account.customer_id or 0
        purse.close(Transaction.Kind.EXPIRE, f"lot:{max(over)}:expire", ("customer", customer_id))
