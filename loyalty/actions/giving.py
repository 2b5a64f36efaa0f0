"""Points that no order earned: an agent's goodwill, within the limit of the day, and what journeys give."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from loyalty.actions.ledger import LoyaltyRefused, known_keys, open_purses, programme, write_down
from loyalty.models import Bucket, Entry, Lot, Programme, Transaction
from loyalty.purse import Purse
from staff.models import User

LARGEST = 1_000_000  # points at once: a slip of the keyboard, not a gift

NO_REASON = _("Say why: the reason is kept beside the points.")
NOT_A_NUMBER = _("Points are a whole number between 1 and %(most)s.")
OVER_LIMIT = _("You can give %(left)s more points today; the limit of the programme is %(limit)s a day.")


@transaction.atomic
def give_goodwill(customer_id: int, points: int, reason: str, by: User, key: str, now: datetime) -> None:
    """Usable at once. Raises LoyaltyRefused; the same ``key`` again changes nothing."""
    reason = reason.replace("\0", "").strip()[:500]
    _check(points)
    if not reason:
        raise LoyaltyRefused(NO_REASON)
    of = programme()
    purse = open_purses([customer_id], of, now)[customer_id]
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two gifts of one agent at once: one after the other
    if known_keys([key]):
        return
    left = left_today(by, of, now)
    if points > left:
        raise LoyaltyRefused(OVER_LIMIT, left=left, limit=of.goodwill_a_day)
    _issue(purse, Lot.Source.GOODWILL, points, of, now)
    purse.close(Transaction.Kind.GOODWILL, key, ("customer", customer_id), by=by, reason=reason)
    write_down([purse])


def left_today(by: User, of: Programme, now: datetime) -> int:
    """What this agent may still give today, by the installation's own clock."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    given = Entry.objects.filter(
        debit=Bucket.ISSUANCE,
        transaction__by=by,
        transaction__at__gte=midnight,
        transaction__kind=Transaction.Kind.GOODWILL,
    ).aggregate(given=Sum("points"))["given"]
    return max(0, of.goodwill_a_day - (given or 0))


def _check(points: int) -> None:
    if not 1 <= points <= LARGEST:
        raise LoyaltyRefused(NOT_A_NUMBER, most=LARGEST)


@dataclass(frozen=True, slots=True)
class Award:
    """A journey gives points; ``key`` is unique for ever."""

    customer_id: int
    points: int
    key: str
    reason: str = ""


@transaction.atomic
def award_points(awards: Sequence[Award], now: datetime) -> set[str]:
    """Usable at once; the keys of those that were given, now or before. Without a programme nobody is given any."""
    of = Programme.objects.first()
    fair = [award for award in awards if of is not None and 1 <= award.points <= LARGEST]
    if of is None or not fair:
        return set()
    purses = open_purses({award.customer_id for award in fair}, of, now)
    known = known_keys([award.key for award in fair])
    for award in fair:
        if award.key not in known:
            purse = purses[award.customer_id]
            _issue(purse, Lot.Source.JOURNEY, award.points, of, now)
            purse.close(Transaction.Kind.AWARD, award.key, ("customer", award.customer_id), reason=award.reason[:500])
    write_down(purses.values())
    return {award.key for award in fair}


def _issue(purse: Purse, source: Lot.Source, points: int, of: Programme, now: datetime) -> None:
    ends_at = of.ends_at(now, timezone.get_current_timezone_name())
    lot = Lot(account=purse.account, source=source, points=points, available_at=now, expires_at=ends_at, created_at=now)
    purse.issue(lot, Bucket.AVAILABLE)
