"""A provider in trouble is left alone: after failures in a row its sender pauses, and then one letter tries the way.

Closed: ``paused_until`` is empty. Open: it lies ahead. Half open: it has passed, and ``probes`` lets one worker at a
time send one letter; that letter's fate closes the breaker or opens it for twice as long.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from events.facts import record
from messaging.channels.ways import Later, NoWayOut, Refused, Result, Silent, Taken
from messaging.events import SenderPaused, SenderResumed
from messaging.models import Sender
from shelf.reasons import Reason

FAILURES = 5  # in a row
FIRST, LONGEST = timedelta(seconds=60), timedelta(minutes=15)
# A worker that probes may die; then another may try. Longer than a hand-over may take.
PROBE = timedelta(seconds=settings.EMAIL_TIMEOUT + 10)
# How often a process tells the database that letters leave; in between it costs nothing.
TELL_EVERY = timedelta(seconds=1)

IN_A_ROW = _("The provider failed %(count)s times in a row. The last time it said: %(error)s")
ASKED_TO_WAIT = _("The provider asked us to wait: %(error)s")

_told_at: dict[int, datetime] = {}  # when this process last said that a sender's letters leave
_in_trouble: set[int] = set()  # senders of whose trouble this process knows


def weigh(sender_id: int, results: Iterable[Result | NoWayOut], now: datetime) -> None:
    """What these answers say of the provider. One that refuses a recipient, now or for good, is well."""
    failed, succeeded, asked = [], 0, None
    for result in results:
        if isinstance(result, Taken | Refused) or (isinstance(result, Later) and not result.way_failed):
            succeeded += 1
            continue
        error = str(result) if isinstance(result, NoWayOut) else result.error
        failed.append(error)
        seconds = None if isinstance(result, Silent) else result.seconds
        if seconds is not None and (asked is None or seconds > asked[0]):
            asked = seconds, error
    if asked:
        pause_until(sender_id, now + timedelta(seconds=asked[0]), asked[1])
    elif failed or succeeded:
        note(sender_id, failed, succeeded, now)


def note(sender_id: int, failed: Sequence[str], succeeded: int, now: datetime) -> None:
    """What became of hand-overs: the provider's errors (not a recipient's refusal), and how many went well.

    A success among the failures means that they are not "in a row".
    """
    if succeeded:
        _went_well(sender_id, now)
    elif failed:
        _went_wrong(sender_id, failed, now)


def pause_until(sender_id: int, until: datetime, why: str) -> None:
    """The provider said how long it wants to be left alone (421, 429 with Retry-After): exactly so long."""
    _in_trouble.add(sender_id)
    with transaction.atomic():
        sender = Sender.objects.select_for_update().get(pk=sender_id)
        if sender.paused_until is None or sender.paused_until < until:
            _open(sender, until, Reason(ASKED_TO_WAIT, {"error": why[:300]}))


def probes(now: datetime) -> set[int]:
    """Senders that may send ONE letter now. Whoever is told so has the try to himself until it ends or is given back.

    Costs one small query, and a write only where a breaker is half open.
    """
    half_open = Q(paused_until__lte=now) & (Q(probed_at__isnull=True) | Q(probed_at__lte=now - scaled(PROBE)))
    granted = {
        pk
        for pk in Sender.objects.filter(half_open).values_list("pk", flat=True)
        if Sender.objects.filter(half_open, pk=pk).update(probed_at=now)
    }
    _in_trouble.update(granted)
    return granted


def unused(sender_ids: Iterable[int]) -> None:
    """There was no letter to probe with: the next worker that has one may try at once."""
    if sender_ids:
        Sender.objects.filter(pk__in=set(sender_ids), paused_until__isnull=False).update(probed_at=None)


def resume(sender: Sender, by_id: int | None = None) -> bool:
    """A person says that the provider is well again. False when it was not paused."""
    with transaction.atomic():
        sender = Sender.objects.select_for_update().get(pk=sender.pk)
        return _close(sender, by_id)


def state_of(sender: Sender, now: datetime) -> str:
    """``closed``, ``open`` or ``half_open``."""
    if sender.paused_until is None:
        return "closed"
    return "open" if sender.paused_until > now else "half_open"


def scaled(wait: timedelta) -> timedelta:
    return wait * settings.BACK_OFF_SCALE


def _went_well(sender_id: int, now: datetime) -> None:
    told_at = _told_at.get(sender_id)
    just_told = told_at is not None and told_at <= now < told_at + TELL_EVERY
    if just_told and sender_id not in _in_trouble:
        return
    _told_at[sender_id] = now
    _in_trouble.discard(sender_id)
    if not Sender.objects.filter(Q(failures__gt=0) | Q(paused_until__isnull=False), pk=sender_id).exists():
        return
    with transaction.atomic():
        sender = Sender.objects.select_for_update().get(pk=sender_id)
        if state_of(sender, now) == "open":
            return  # a letter that was on its way when the breaker opened; the pause was asked for all the same
        _close(sender)


def _went_wrong(sender_id: int, failed: Sequence[str], now: datetime) -> None:
    _in_trouble.add(sender_id)
    with transaction.atomic():
        sender = Sender.objects.select_for_update().get(pk=sender_id)
        state = state_of(sender, now)
        if state == "open":
            return  # letters that were on their way when it opened say nothing new
        if state == "half_open":
            sender.failures = max(sender.failures, FAILURES - 1) + 1
        else:
            sender.failures = min(sender.failures + len(failed), FAILURES)
        sender.save(update_fields=["failures"])
        if sender.failures >= FAILURES:
            wait = min(FIRST * 2 ** min(sender.failures - FAILURES, 10), LONGEST)
            _open(sender, now + scaled(wait), Reason(IN_A_ROW, {"count": sender.failures, "error": failed[-1][:300]}))


def _open(sender: Sender, until: datetime, why: Reason) -> None:
    was_closed = sender.paused_until is None
    sender.paused_until, sender.probed_at = until, None
    sender.pause_reason, sender.pause_values = why.text, why.values
    sender.save(update_fields=["paused_until", "probed_at", "pause_reason", "pause_values"])
    if was_closed:  # one fact for a trouble, however often it is probed
        record(SenderPaused(why.text), subject=("sender", sender.pk))


def _close(sender: Sender, by_id: int | None = None) -> bool:
    was_paused = sender.paused_until is not None
    sender.failures, sender.paused_until, sender.probed_at = 0, None, None
    sender.pause_reason, sender.pause_values = "", {}
    sender.save(update_fields=["failures", "paused_until", "probed_at", "pause_reason", "pause_values"])
    if was_paused:
        record(SenderResumed(), subject=("sender", sender.pk), created_by_id=by_id)
    return was_paused
