"""Work that has begun and not ended: how others learn that a worker died, and over what.

An error that Python can catch is settled where it happens. A worker that is killed (out of memory, a crash in a C
library) says nothing: its transaction is undone, and the same batch would kill the next worker, and the next. So a
batch is noted in a commit of its own before it is begun. The note is locked while the work goes on, and goes with it.
A note that nobody holds was left by the dead: its rows are taken up in small parts, then one by one, and a row over
which ``TRIES`` processes ended while they had nothing else in hand is put aside for a person.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import isqrt

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Func, Q, QuerySet

from events.models import Underway

GRACE = timedelta(seconds=1)  # between the commit of a note and its lock; a moment for a living worker
# A row that was tried alone before waits longer: when PostgreSQL restarts, living workers too leave their notes,
# and come back to say that nobody died.
SUSPECT = timedelta(seconds=10)
TRIES = 2
FEW = 20  # rows that are taken up one by one


def work_through(what: str, find: Callable[[], list[int]], work: Callable[[Underway], int], now: datetime) -> int:
    """``work`` on the next piece, in one transaction; how many rows it found, 0 when nothing is left to do.

    Two workers may note the same rows in the same instant. The second finds them answered or locked, and goes on.
    """
    while (piece := _take(what, find, now)) is not None:
        with _at_work(piece), transaction.atomic():
            found = 0
            if _hold(piece):
                found = work(piece)
                Underway.objects.filter(pk=piece.pk).delete()
        if found:
            return found
    return 0


def _take(what: str, find: Callable[[], list[int]], now: datetime) -> Underway | None:
    """The next piece of work, noted for all to see: a part of what a dead worker left, else the batch of ``find``."""
    with transaction.atomic():
        _give_back(now)
        return _left_behind(what, now) or _begin(what, find(), now)


def _begin(what: str, ids: list[int], now: datetime) -> Underway | None:
    return Underway.objects.create(what=what, ids=ids, tries=1, begun_at=now) if ids else None


def _left_behind(what: str, now: datetime) -> Underway | None:
    is_suspect = Q(ids__len=1, tries__gte=2)
    waited = Q(begun_at__lt=now - SUSPECT) | (~is_suspect & Q(begun_at__lt=now - GRACE))
    left = Underway.objects.filter(waited, what=what).select_for_update(skip_locked=True).order_by("id").first()
    if left is None:
        return None
    if len(left.ids) > 1 and left.tries:
        size = isqrt(len(left.ids)) if len(left.ids) > FEW else 1
        parts = [left.ids[at : at + size] for at in range(0, len(left.ids), size)]
        left.delete()
        Underway.objects.bulk_create([Underway(what=what, ids=part, tries=0, begun_at=left.begun_at) for part in parts])
        return _left_behind(what, now)
    left.tries, left.begun_at = left.tries + 1, now
    left.save(update_fields=["tries", "begun_at"])
    return left


_interrupted: list[Underway] = []  # pieces of this process that the database, not a row, cut short


@contextmanager
def _at_work(piece: Underway) -> Iterator[None]:
    """Around the transaction that does the work: a database that goes away is nobody's fault."""
    try:
        yield
    except (OperationalError, InterfaceError):
        _interrupted.append(piece)
        raise


def _give_back(now: datetime) -> None:
    while _interrupted:
        piece = _interrupted[-1]
        same = Underway.objects.filter(pk=piece.pk, begun_at=piece.begun_at)
        same.update(tries=piece.tries - 1, begun_at=now - SUSPECT - GRACE)
        _interrupted.pop()


def _hold(piece: Underway) -> bool:
    """Lock the note in the transaction that does the work; False when another worker has taken it over meanwhile."""
    same = Underway.objects.select_for_update(skip_locked=True).filter(pk=piece.pk, begun_at=piece.begun_at)
    return same.first() is not None


def is_deadly(piece: Underway) -> bool:
    return piece.tries > TRIES


def rows_of(what: str) -> QuerySet:
    """Keys of rows that somebody has begun: not to be taken a second time."""
    return Underway.objects.filter(what=what).annotate(row=Func("ids", function="unnest")).values("row")
