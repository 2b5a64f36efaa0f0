"""One account while something happens to it: which entries follow, worked out without the database.

A purse holds the account's sums and the lots that still have something, soonest expiry first. Its verbs write entries;
``close`` makes a posting of those written since the last. The ledger stores them (loyalty/actions/ledger.py), and the
database moves the sums by the same entries.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from loyalty.models import Account, Bucket, Entry, Lot, Transaction

ISSUANCE, PENDING, AVAILABLE, DEBT = Bucket.ISSUANCE, Bucket.PENDING, Bucket.AVAILABLE, Bucket.DEBT
_NEW = 1 << 62  # a lot without a number yet goes after those with one


@dataclass(slots=True)
class Posting:
    """A transaction with its entries, not stored yet."""

    transaction: Transaction
    entries: list[Entry]


@dataclass(slots=True)
class Purse:
    account: Account
    lots: list[Lot]
    now: datetime
    postings: list[Posting] = field(default_factory=list)
    _entries: list[Entry] = field(default_factory=list)

    @property
    def balance(self) -> int:
        return self.account.available

    def next_expiry(self) -> datetime | None:
        return min((lot.expires_at for lot in self.lots if lot.available and lot.expires_at), default=None)

    # --- Verbs ----------------------------------------------------------------------------------------------------

    def issue(self, lot: Lot, into: Bucket) -> None:
        self.lots.append(lot)
        self._move(lot, ISSUANCE, into, lot.points)
        self.repay()

    def release(self, lot: Lot) -> None:
        self._move(lot, PENDING, AVAILABLE, lot.pending)
        self.repay()

    def redeem(self, points: int) -> bool:
        """Take points from the lots that expire first; False, and nothing taken, when there are too few."""
        usable = [lot for lot in self._in_order() if not self._is_over(lot)]
        if points <= 0 or sum(lot.available for lot in usable) < points:
            return False
        self._take(usable, points, Bucket.REDEEMED)
        return True

    def expire(self) -> None:
        for lot in self.lots:
            if self._is_over(lot):
                self._move(lot, AVAILABLE, Bucket.EXPIRED, lot.available)

    def claw_back(self, lot: Lot, points: int) -> None:
        """From the lot itself, as far as it goes; the rest is owed, and paid at once from what else is there."""
        points = min(points, lot.points - lot.clawed_back - lot.expired)
        cancelled = min(points, lot.pending)
        self._move(lot, PENDING, Bucket.CANCELLED, cancelled)
        own = min(points - cancelled, lot.available)
        self._move(lot, AVAILABLE, Bucket.CLAWED_BACK, own)
        self._move(lot, DEBT, Bucket.CLAWED_BACK, points - cancelled - own)
        self.repay()

    def repay(self) -> None:
        owed = min(-self.account.debt, self.account.available)
        if owed:
            self._take(self._in_order(), owed, DEBT)

    def close(self, kind: Transaction.Kind, key: str, subject: tuple[str, int], **said) -> Posting | None:
        """What was written since the last time, as one transaction; None when nothing was."""
        if not self._entries:
            return None
        subject_type, subject_id = subject
        made = Transaction(kind=kind, key=key, subject_type=subject_type, subject_id=subject_id, at=self.now, **said)
        posting = Posting(made, self._entries)
        self.postings.append(posting)
        self._entries = []
        return posting

    # --- How ------------------------------------------------------------------------------------------------------

    def _is_over(self, lot: Lot) -> bool:
        return lot.expires_at is not None and lot.expires_at <= self.now

    def _in_order(self) -> list[Lot]:
        """Soonest expiry first, then the oldest; what never expires goes last."""
        return sorted(self.lots, key=lambda lot: (lot.expires_at is None, lot.expires_at or self.now, lot.pk or _NEW))

    def _take(self, lots: Iterable[Lot], points: int, credit: Bucket) -> None:
        for lot in lots:
            taken = min(points, lot.available)
            self._move(lot, AVAILABLE, credit, taken)
            points -= taken

    def _move(self, lot: Lot, debit: Bucket, credit: Bucket, points: int) -> None:
        if points <= 0:
            return
        self._entries.append(Entry(lot=lot, debit=debit, credit=credit, points=points))
        for bucket, more in ((debit, -points), (credit, points)):
            if bucket in (PENDING, AVAILABLE):
                setattr(lot, bucket, getattr(lot, bucket) + more)
                setattr(self.account, bucket, getattr(self.account, bucket) + more)
            elif bucket == DEBT:
                self.account.debt += more
            elif bucket == Bucket.EXPIRED:
                lot.expired += more
            elif bucket != ISSUANCE and bucket != Bucket.REDEEMED:
                lot.clawed_back += more
