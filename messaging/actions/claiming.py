"""Take what is due: the claim, the gate and the quotas over its batch, and what dead workers left behind."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_noop as _

from messaging import gate
from messaging.actions import quotas, settling, turns
from messaging.models import Message, Stream
from shelf.reasons import Reason

# How long a leased batch waits for its worker. When it ends, whoever is free takes what has not left: a worker that
# died holds up its batch no longer than this, and the fence keeps a slow one from sending what another took.
LEASE = timedelta(seconds=settings.SEND_LEASE_SECONDS)

# A jump through the index finds which piles (sender, lane, stream) hold anything.
PILES = """
WITH RECURSIVE pile AS (
  (SELECT sender_id, lane, stream_id FROM messaging_message WHERE state = 'ready'
   ORDER BY sender_id, lane, stream_id LIMIT 1)
  UNION ALL
  SELECT next.* FROM pile p CROSS JOIN LATERAL (
    SELECT m.sender_id, m.lane, m.stream_id FROM messaging_message m
    WHERE m.state = 'ready' AND (m.sender_id, m.lane, m.stream_id) > (p.sender_id, p.lane, p.stream_id)
    ORDER BY m.sender_id, m.lane, m.stream_id LIMIT 1) next
)
"""

# Pile by pile, each open one gives its oldest. A million letters of a paused stream, or of next month, cost nothing.
CLAIM = f"""
{PILES}, due AS (
  SELECT q.id FROM pile p
  JOIN messaging_stream s ON s.id = p.stream_id AND s.paused_at IS NULL
  JOIN messaging_sender w ON w.id = p.sender_id AND w.id <> ALL(%(busy)s)
    AND {quotas.OPEN}
  CROSS JOIN LATERAL (
    SELECT m.id, m.lane, m.send_after FROM messaging_message m
    WHERE m.state = 'ready' AND m.sender_id = p.sender_id AND m.lane = p.lane AND m.stream_id = p.stream_id
    AND m.send_after <= %(now)s AND (m.lease_until IS NULL OR m.lease_until < %(now)s)
    ORDER BY m.send_after, m.id LIMIT CASE WHEN p.sender_id = ANY(%(probes)s) THEN 1 ELSE %(limit)s END
    FOR UPDATE SKIP LOCKED) q
  WHERE NOT EXISTS (SELECT 1 FROM messaging_stream WHERE slug = %(everything)s AND paused_at IS NOT NULL)
  ORDER BY q.lane, q.send_after, q.id LIMIT %(limit)s
)
UPDATE messaging_message m SET lease = m.lease + 1, lease_until = %(until)s,
  lost_leases = m.lost_leases + (m.lease_until IS NOT NULL)::int
FROM due WHERE m.id = due.id RETURNING m.*
"""  # noqa: S608 - our own words


def claim(limit: int, now: datetime, busy: Sequence[int] = (), probes: Sequence[int] = ()) -> list[Message]:
    """Lease due messages, the urgent lane first. The raised lease number is the fence for everything that follows.

    ``busy`` senders get none; senders that ``probe`` their way after trouble get one.
    """
    values = {
        "now": now,
        "until": now + LEASE,
        "limit": limit,
        "everything": Stream.EVERYTHING,
        "busy": list(busy),
        "probes": list(probes),
    }
    leased = list(Message.objects.raw(CLAIM, values))
    return sorted(leased, key=lambda m: (m.lane, m.send_after, m.pk))


def judge(messages: Sequence[Message], now: datetime) -> list[Message]:
    """Those that may leave; what becomes of the others is written down with its reason."""
    try:
        decisions = gate.judge(messages, now)
    except Exception as error:
        if len(messages) == 1:
            settling.hold_back(messages[0], error, now)
            return []
        middle = len(messages) // 2  # one of them spoils it for all: find it
        return judge(messages[:middle], now) + judge(messages[middle:], now)
    leaving = [m for m in messages if decisions[m.pk].verdict == "send"]
    decisions |= quotas.take(leaving, now)
    leaving = [m for m in leaving if decisions[m.pk].verdict == "send"]
    if late := turns.take(leaving, now):  # another worker was quicker
        decisions |= {pk: decision for pk, decision in late.items() if pk}
        quotas.give_back([m for m in leaving if m.pk in late], now)
    settling.settle_ready(
        [
            settling.Settled(m, STAYS[decision.verdict], decision.why, decision.until)
            for m in messages
            if (decision := decisions[m.pk]).verdict != "send"
        ],
        now,
    )
    # the turn that a worker took for it before it died
    turns.give_back([m for m in messages if m.lost_leases and decisions[m.pk].verdict != "send"])
    return [m for m in messages if decisions[m.pk].verdict == "send"]


STAYS = {"hold": Message.State.READY, "skip": Message.State.SKIPPED, "expire": Message.State.EXPIRED}


def only_one_for(probes: Collection[int], messages: Sequence[Message], now: datetime) -> list[Message]:
    """One letter for each sender that tries its way after trouble, whichever pile it comes from; the others wait."""
    kept: list[Message] = []
    back: list[Message] = []
    tried: set[int] = set()
    for m in messages:
        (back if m.sender_id in tried else kept).append(m)
        if m.sender_id in probes:
            tried.add(m.sender_id)
    settling.settle_ready(
        [settling.Settled(m, Message.State.READY, Reason(m.reason, m.reason_values)) for m in back], now
    )
    return kept


def without_killers(messages: Sequence[Message], now: datetime) -> list[Message]:
    """A message that was in the hands of workers that died is written alone, and given up when several died of it.

    Its neighbours shared those leases; alone, each of them leaves.
    """
    if all(m.lost_leases < ALONE_AFTER for m in messages):
        return list(messages)
    guilty = [m for m in messages if m.lost_leases >= GIVE_UP_AFTER]
    settling.settle_ready([settling.Settled(m, Message.State.FAILED, Reason(KILLER)) for m in guilty], now)
    left = [m for m in messages if m not in guilty]
    alone = next((m for m in left if m.lost_leases >= ALONE_AFTER), None)
    if alone is None:
        return left
    back = [settling.Settled(m, Message.State.READY, Reason(m.reason, m.reason_values)) for m in left if m is not alone]
    settling.settle_ready(back, now)
    return [alone]


ALONE_AFTER, GIVE_UP_AFTER = 2, 5
KILLER = _("The worker ended each time when it was about to write this.")
