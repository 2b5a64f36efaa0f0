"""The pen of the ledger: purses are opened under their customers' locks, and what happened to them is written down."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from customers.actions import Points, lock_customers, note_points
from events.facts import Fact, Recorded, record_all
from loyalty.events import PointsEarned, PointsExpired, PointsReclaimed, PointsRedeemed, PointsReleased
from loyalty.models import Account, Bucket, Lot, Programme, Transaction
from loyalty.purse import Posting, Purse
from orders.page_blocks import write_blocks
from shelf.reasons import Refusal
from shelf.rows import insert_missing_rows, insert_rows


class LoyaltyRefused(Refusal):
    """What cannot be given or taken, with a sentence for whoever asked."""


NO_PROGRAMME = _("There is no loyalty programme yet: a manager begins one under “Loyalty programme”.")


def programme() -> Programme:
    found = Programme.objects.first()
    if found is None:
        raise LoyaltyRefused(NO_PROGRAMME)
    return found


def open_purses(
    customer_ids: Collection[int], of: Programme, now: datetime, orders: Collection[int] = ()
) -> dict[int, Purse]:
    """{customer: purse}, the customers locked until the end of the transaction. Lots that have something left, and
    those of ``orders``. Accounts are made where there are none. Four statements for any number of customers.
    """
    lock_customers(customer_ids)
    wanted = Account.objects.filter(customer__in=customer_ids, programme=of)
    accounts = {account.pk: account for account in wanted}
    missing = set(customer_ids) - {account.customer_id for account in accounts.values()}
    if missing:
        insert_missing_rows(Account(customer_id=pk, programme=of) for pk in sorted(missing))
        accounts = {account.pk: account for account in wanted.all()}
    left = Q(pending__gt=0) | Q(available__gt=0)
    purses = {pk: Purse(account, [], now) for pk, account in accounts.items()}
    for lot in Lot.objects.filter(left | Q(order__in=orders) if orders else left, account__in=accounts).order_by("pk"):
        purses[lot.account_id].lots.append(lot)
    return {purse.account.customer_id or 0: purse for purse in purses.values()}


def known_keys(keys: Iterable[str]) -> set[str]:
    """Those that were written before. Asked under the customers' locks."""
    return set(Transaction.objects.filter(key__in=keys).values_list("key", flat=True))


def write_down(purses: Iterable[Purse]) -> None:
    """Store what was closed in these purses, in the caller's transaction: rows, balances, facts, pages of orders."""
    changed = [purse for purse in purses if purse.postings]
    postings = [(purse, posting) for purse in changed for posting in purse.postings]
    entries = [entry for _purse, posting in postings for entry in posting.entries]
    for purse, posting in postings:
        posting.transaction.account = purse.account
    insert_rows({id(e.lot): e.lot for e in entries if e.lot.pk is None}.values())
    insert_rows(posting.transaction for _purse, posting in postings)
    for _purse, posting in postings:
        for entry in posting.entries:
            entry.transaction, entry.lot = posting.transaction, entry.lot  # they have numbers now
    insert_rows(entries)
    note_points({p.account.customer_id: Points(p.balance, p.next_expiry()) for p in changed if p.account.customer_id})
    record_all([_fact(purse, posting) for purse, posting in postings])
    write_blocks("points", {e.lot.order_id: block_of(e.lot) for e in entries if e.lot.order_id})
    for purse in changed:
        purse.postings = []


def block_of(lot: Lot) -> dict[str, Any]:
    """What the page of an order says about the points of this order."""
    return {
        "points": lot.points - lot.clawed_back,
        "taken_back": lot.clawed_back,
        "waits": lot.pending > 0,
        "available_at": lot.available_at.isoformat(),
        "expires_at": lot.expires_at.isoformat() if lot.expires_at else None,
    }


# --- Facts ----------------------------------------------------------------------------------------------------------

Kind = Transaction.Kind
PLAIN: Mapping[str, type[PointsReleased | PointsRedeemed | PointsExpired]] = {
    Kind.RELEASE: PointsReleased,
    Kind.REDEEM: PointsRedeemed,
    Kind.EXPIRE: PointsExpired,
}
# What a transaction of that kind is about: the points that went out of, or into, one of these.
ABOUT = {
    Kind.RELEASE: ("debit", (Bucket.PENDING,)),
    Kind.REDEEM: ("credit", (Bucket.REDEEMED,)),
    Kind.EXPIRE: ("credit", (Bucket.EXPIRED,)),
    Kind.CLAWBACK: ("credit", (Bucket.CANCELLED, Bucket.CLAWED_BACK)),
}


def _fact(purse: Purse, posting: Posting) -> Recorded:
    made = posting.transaction
    customer_id = purse.account.customer_id
    return Recorded(
        _said(purse, posting),
        (made.subject_type, made.subject_id),
        customer_id,
        made.at,
        f"points:{made.key}",
        created_by_id=made.by_id,
    )


def _said(purse: Purse, posting: Posting) -> Fact:
    kind = Kind(posting.transaction.kind)
    side, buckets = ABOUT.get(kind, ("debit", (Bucket.ISSUANCE,)))
    points = sum(e.points for e in posting.entries if getattr(e, side) in buckets)
    if kind in PLAIN:
        return PLAIN[kind](points, purse.balance)
    if kind == Kind.CLAWBACK:
        return PointsReclaimed(points, purse.balance, -purse.account.debt)
    lot = next(e.lot for e in posting.entries if e.debit == Bucket.ISSUANCE)
    return PointsEarned(points, purse.balance, str(lot.source), lot.available_at)
