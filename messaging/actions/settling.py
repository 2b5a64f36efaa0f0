"""What became of a message: moves fenced by the lease, so that only who holds it may say so."""

import json
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_noop as _

from customers.channels import Channel
from messaging import gate
from messaging.channels.ways import Later, Letter, NoWayOut, Refused, Result, Silent
from messaging.models import Message
from shelf.reasons import Reason

log = logging.getLogger(__name__)

BACK_OFF = [60, 300, 900, 3600, 14400, 43200]  # seconds, with jitter


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of a hand-over that went wrong."""

    not_yet: str
    refused: str
    silent: str


OF_MAIL = Words(
    _("The mail server did not take it yet: %(error)s"),
    _("The mail server refused it for good: %(error)s"),
    _("The mail server fell silent during the hand-over: %(error)s"),
)
OF_TEXTS = Words(
    _("The provider did not take it yet: %(error)s"),
    _("The provider refused it for good: %(error)s"),
    _("The provider fell silent during the hand-over: %(error)s"),
)


def words_for(channel: str) -> Words:
    return OF_MAIL if channel == Channel.EMAIL else OF_TEXTS


LINE_BROKE = Later("the line broke before the hand-over, time after time", way_failed=True)

READY = (Message.State.READY,)
# A hand-over that took longer than its lease was called unknown meanwhile; whoever made it knows better.
IN_FLIGHT = (Message.State.SENDING, Message.State.UNKNOWN)


def move(m: Message, state: str, *, reason: Reason | None = None, was: Sequence[str] = READY, **fields) -> bool:
    """Move a message if we still hold its lease; False when somebody else took it over."""
    if reason is not None:
        fields |= {"reason": reason.text, "reason_values": reason.values}
    moved = Message.objects.filter(pk=m.pk, lease=m.lease, state__in=was).update(state=state, **fields)
    return bool(moved)


def settle(letter: Letter, result: Result, now: datetime) -> None:
    """Refused: never. Not now: later. Cut off in the middle: nobody knows, and we say so."""
    m = letter.message
    was = IN_FLIGHT if letter.started else READY
    words = words_for(m.channel)
    if isinstance(result, Silent):
        reason = Reason(words.silent, {"error": result.error[:200]})
        move(m, Message.State.UNKNOWN, was=was, reason=reason)
    elif isinstance(result, Refused):
        reason = Reason(words.refused, {"error": result.error[:300]})
        move(m, Message.State.FAILED, was=was, reason=reason, settled_at=now)
    elif isinstance(result, Later):
        m.attempts += not letter.started  # a hand-over was counted when it began
        try_later(m, result, was, now)


def try_later(m: Message, result: Later, was: Sequence[str], now: datetime) -> None:
    log.warning("message %s: %s", m.pk, result.error)
    reason = Reason(words_for(m.channel).not_yet, {"error": result.error[:300]})
    # a provider in trouble is no fault of the letter: it waits for as long as it is of use
    if m.attempts >= len(BACK_OFF) and not (result.way_failed and m.expires_at):
        move(m, Message.State.FAILED, was=was, reason=reason, settled_at=now, attempts=m.attempts)
        return
    wait = max(back_off(m.attempts), result.seconds or 0)
    again = {"send_after": now + timedelta(seconds=wait), "lease_until": None, "attempts": m.attempts}
    move(m, Message.State.READY, was=was, reason=reason, **again)


def back_off(attempts: int) -> float:
    """Seconds until the next try, with jitter: what failed together must not come back together."""
    step = BACK_OFF[min(max(attempts - 1, 0), len(BACK_OFF) - 1)]
    return step * random.uniform(0.5, 1) * settings.BACK_OFF_SCALE  # noqa: S311 - jitter


def no_way_out(messages: Sequence[Message], error: NoWayOut, now: datetime) -> None:
    """The provider is away: these wait, and it costs them no attempt."""
    settle_ready(
        [
            Settled(
                m,
                Message.State.READY,
                Reason(words_for(m.channel).not_yet, {"error": str(error)[:300]}),
                now + timedelta(seconds=max(back_off(1), error.seconds or 0)),
            )
            for m in messages
        ],
        now,
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of a leased message that is not handed over."""

    message: Message
    state: str
    why: Reason
    send_after: datetime | None = None


def settle_ready(settled: Sequence[Settled], now: datetime) -> None:
    """Write down, in one statement, what becomes of leased messages that stay at home."""
    if not settled:
        return
    rows = [
        {
            "id": s.message.pk,
            "lease": s.message.lease,
            "state": s.state,
            "reason": s.why.text,
            "reason_values": s.why.values,
            "send_after": s.send_after.isoformat() if s.send_after else None,
            "settled_at": None if s.state == Message.State.READY else now.isoformat(),
        }
        for s in settled
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message m SET state = v.state, reason = v.reason, reason_values = v.reason_values,"
            " send_after = coalesce(v.send_after, m.send_after), settled_at = v.settled_at, lease_until = NULL"
            " FROM json_to_recordset(%s) AS v(id bigint, lease int, state text, reason text, reason_values jsonb,"
            " send_after timestamptz, settled_at timestamptz)"
            " WHERE m.id = v.id AND m.lease = v.lease AND m.state = 'ready'",
            [json.dumps(rows, ensure_ascii=False, default=str)],
        )


def hold_back(m: Message, error: Exception, now: datetime) -> None:
    """An error of ours: the others go on, and this one tries again until it is too late for it."""
    log.exception("message %s could not be written", m.pk, exc_info=error)
    reason = Reason(_("An error on our side: %(error)s"), {"error": f"{type(error).__name__}: {error}"[:300]})
    move(m, Message.State.READY, reason=reason, send_after=now + gate.LOOK_AGAIN, lease_until=None)
