"""Points in the words of people: plural forms, and why a balance is what it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from loyalty.models import Account, Bucket, Entry, Transaction
from orders.models import Order
from shelf import formats

Kind = Transaction.Kind


def points_said(points: int) -> str:
    """``1 point``, ``13 points``; ``1 бал``, ``2 бали``, ``13 балів``."""
    said = formats.number(points, get_language() or "en")
    return ngettext("%(n)s point", "%(n)s points", points) % {"n": said}


# --- Why ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """What one transaction did to the balance, and why. All changes of an account add up to what it holds."""

    at: datetime
    said: str
    note: str
    change: int  # of what can be spent
    pending: int  # of what waits
    debt: int
    transaction_id: int


def why(account: Account, most: int = 50) -> list[Line]:
    """The newest lines; three queries for any number."""
    made = list(account.transactions.order_by("-pk")[:most])
    sums = _sums(made)
    numbers = dict(
        Order.objects.filter(pk__in={t.subject_id for t in made if t.subject_type == "order"}).values_list(
            "pk", "number"
        )
    )
    return [
        _line(t, sums.get(t.pk, {}), numbers.get(t.subject_id, "") if t.subject_type == "order" else "") for t in made
    ]


Sums = dict[tuple[str, str], int]


def _sums(made: Sequence[Transaction]) -> dict[int, Sums]:
    rows = Entry.objects.filter(transaction__in=made).order_by().values_list("transaction", "debit", "credit")
    found: dict[int, Sums] = {}
    for pk, debit, credit, points in rows.annotate(moved=Sum("points")):
        found.setdefault(pk, {})[debit, credit] = points
    return found


def _of(sums: Sums, bucket: str) -> int:
    gained = sum(points for (_debit, credit), points in sums.items() if credit == bucket)
    return gained - sum(points for (debit, _credit), points in sums.items() if debit == bucket)


def _into(sums: Sums, buckets: Iterable[str]) -> int:
    return sum(points for (_debit, credit), points in sums.items() if credit in buckets)


def _line(made: Transaction, sums: Sums, number: str) -> Line:
    said, note = _sentence(made, sums, number)
    repaid = sums.get((Bucket.AVAILABLE, Bucket.DEBT), 0)
    if repaid and made.kind != Kind.CLAWBACK:
        note = " ".join(
            filter(None, [note, _("%(points)s of them repaid what was owed.") % {"points": points_said(repaid)}])
        )
    changes = (_of(sums, bucket) for bucket in (Bucket.AVAILABLE, Bucket.PENDING, Bucket.DEBT))
    return Line(made.at, said, note, *changes, made.pk)


def _sentence(made: Transaction, sums: Sums, number: str) -> tuple[str, str]:
    issued = -_of(sums, Bucket.ISSUANCE)
    if made.kind == Kind.EARN:
        said = _("%(points)s for order %(number)s; they wait until it can no longer be sent back")
        return said % {"points": points_said(issued), "number": number}, ""
    if made.kind == Kind.RELEASE:
        points = points_said(sums.get((Bucket.PENDING, Bucket.AVAILABLE), 0))
        if number:
            return _("%(points)s for order %(number)s can be used now") % {"points": points, "number": number}, ""
        return _("%(points)s can be used now") % {"points": points}, ""
    if made.kind in (Kind.GOODWILL, Kind.AWARD):
        return _("%(points)s from us, as a gift") % {"points": points_said(issued)}, made.reason
    if made.kind == Kind.REDEEM:
        return _("%(points)s exchanged for a coupon") % {"points": points_said(_of(sums, Bucket.REDEEMED))}, ""
    if made.kind == Kind.EXPIRE:
        return _("%(points)s expired") % {"points": points_said(_of(sums, Bucket.EXPIRED))}, ""
    taken = points_said(_into(sums, (Bucket.CANCELLED, Bucket.CLAWED_BACK)))
    said = _("%(points)s taken back: money for order %(number)s was returned")
    owed = -_of(sums, Bucket.DEBT)
    note = _("%(points)s had been spent already; the next points make up for them.") % {"points": points_said(owed)}
    return said % {"points": taken, "number": number}, note if owed > 0 else ""
