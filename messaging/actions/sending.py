"""Send what is due: claim, judge, write, hand over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from messaging import gate
from messaging.actions.settling import IN_FLIGHT, READY, move, settle_error, try_later
from messaging.actions.writing import write_all
from messaging.channels.email import EmailChannel, Envelope, NoWayOut
from messaging.models import Message, MessageBody, Stream
from messaging.rendering import RenderedMail, UncleanHeader
from shelf import links
from shelf.reasons import Reason

BATCH = 50
# How long a leased batch waits for its worker. When it ends, whoever is free takes what has not left: a worker that
# died holds up its batch no longer than this, and the fence keeps a slow one from sending what another took.
LEASE = timedelta(seconds=15)
# How long one hand-over may take before it is unknown: the mail server's time-out, and a little for our own commits.
HAND_OVER = timedelta(seconds=settings.EMAIL_TIMEOUT + 5)


def send_due(limit: int = BATCH) -> int:
    """Lease a batch of due messages, ask the gate, render, hand over one by one; how many were taken."""
    now = timezone.now()
    messages = _lease(limit, now)
    if not messages:
        return 0
    decisions = gate.judge(messages, now)
    _note_refusals(messages, decisions)
    leaving = [m for m in messages if decisions[m.pk].verdict == "send"]
    mails = write_all(leaving, now)
    if mails:
        _hand_over_all([(m, mails[m.pk]) for m in leaving if m.pk in mails])
    return len(messages)


# Pile by pile: a jump through the index finds which piles (sender, lane, stream) hold anything, then each open one
# gives its oldest. A million letters of a paused stream, or of next month, cost nothing.
CLAIM = """
WITH RECURSIVE pile AS (
  (SELECT sender_id, lane, stream_id FROM messaging_message WHERE state = 'ready'
   ORDER BY sender_id, lane, stream_id LIMIT 1)
  UNION ALL
  SELECT next.* FROM pile p CROSS JOIN LATERAL (
    SELECT m.sender_id, m.lane, m.stream_id FROM messaging_message m
    WHERE m.state = 'ready' AND (m.sender_id, m.lane, m.stream_id) > (p.sender_id, p.lane, p.stream_id)
    ORDER BY m.sender_id, m.lane, m.stream_id LIMIT 1) next
), due AS (
  SELECT q.id FROM pile p
  JOIN messaging_stream s ON s.id = p.stream_id AND s.paused_at IS NULL
  JOIN messaging_sender w ON w.id = p.sender_id AND (w.paused_until IS NULL OR w.paused_until <= %(now)s)
  CROSS JOIN LATERAL (
    SELECT m.id, m.lane, m.send_after FROM messaging_message m
    WHERE m.state = 'ready' AND m.sender_id = p.sender_id AND m.lane = p.lane AND m.stream_id = p.stream_id
    AND m.send_after <= %(now)s AND (m.lease_until IS NULL OR m.lease_until < %(now)s)
    ORDER BY m.send_after, m.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) q
  WHERE NOT EXISTS (SELECT 1 FROM messaging_stream WHERE slug = %(everything)s AND paused_at IS NOT NULL)
  ORDER BY q.lane, q.send_after, q.id LIMIT %(limit)s
)
UPDATE messaging_message m SET lease = m.lease + 1, lease_until = %(until)s
FROM due WHERE m.id = due.id RETURNING m.id
"""


def _lease(limit: int, now: datetime) -> list[Message]:
    """Take due messages, the urgent lane first. The raised lease number is the fence for everything that follows."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "until": now + LEASE, "limit": limit, "everything": Stream.EVERYTHING})
        ids = [row[0] for row in cursor.fetchall()]
    leased = Message.objects.filter(pk__in=ids).select_related("stream", "sender")
    return sorted(leased, key=lambda m: (m.lane, m.send_after, m.pk))


def _note_refusals(messages: Sequence[Message], decisions: Mapping[int, gate.Decision]) -> None:
    for m in messages:
        decision = decisions[m.pk]
        if decision.verdict == "skip":
            move(m, Message.State.SKIPPED, reason=decision.why, settled_at=timezone.now())
        elif decision.verdict == "expire":
            move(m, Message.State.EXPIRED, reason=decision.why, settled_at=timezone.now())
        elif decision.verdict == "hold":
            move(m, Message.State.READY, reason=decision.why, send_after=decision.until, lease_until=None)


def _hand_over_all(mails: Sequence[tuple[Message, tuple[RenderedMail, Envelope, int]]]) -> None:
    channel = EmailChannel(settings.EMAIL_URL)
    try:
        for place, (m, (mail, envelope, version_id)) in enumerate(mails):
            if place and m.lease_until and timezone.now() > m.lease_until:
                return  # a slow server: the rest of the batch is leased again by whoever is free
            if place == 0 or channel.broken:  # the server may have hung up at the mail before
                channel.open()
            _hand_over(channel, m, mail, envelope, version_id)
    except NoWayOut as error:
        for rest, _mail in mails[place:]:
            try_later(rest, error, READY)
    finally:
        channel.close()


def _hand_over(channel: EmailChannel, m: Message, mail: RenderedMail, envelope: Envelope, version_id: int) -> None:
    now = timezone.now()
    body = {"html": links.mask(mail.html), "text": links.mask(mail.text)}
    started = move(
        m,
        Message.State.SENDING,
        reason=Reason(""),
        handed_off_at=now,
        lease_until=now + HAND_OVER,
        attempts=m.attempts + 1,
        version_id=version_id,
        subject=mail.subject[:300],
    )
    if not started:
        return
    MessageBody.objects.update_or_create(message=m, defaults=body)
    m.attempts += 1
    try:
        provider_id = channel.send(envelope)
    except UncleanHeader as refusal:
        move(m, Message.State.FAILED, was=IN_FLIGHT, reason=refusal.reason, settled_at=now)
    except Exception as error:
        settle_error(m, error, now)
    else:
        move(
            m,
            Message.State.SENT,
            was=IN_FLIGHT,
            reason=Reason(""),
            sent_at=timezone.now(),
            provider_id=provider_id[:200],
        )
