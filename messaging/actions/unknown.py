"""Messages of which nobody knows whether they left: evidence first, the purpose's rule last.

A row found ``sending`` after its term is ``unknown``. Then, in this order: news that we have already; the log of the
provider, where it can be asked; a provider that keeps keys simply gets it again; else the purpose decides: once more
after a while, or a person. ``lease_until`` of an unknown row is when it is looked at next; its lease number stays as it
is, for whoever made the hand-over may still say how it ended.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from customers.models import Purpose
from events import nudges
from events.facts import Recorded, record_all
from messaging import states
from messaging.channels import lookups
from messaging.channels.marks import REMEMBERS
from messaging.events import MessageReplayed, MessageSettled
from messaging.identity import mark_of
from messaging.models import Message, News
from shelf.rows import update_rows

log = logging.getLogger(__name__)

State, Kind = Message.State, News.Kind

RESEND_AFTER = timedelta(minutes=15)
# An ask is sent again only on the word of a provider who had time to think about it.
BELIEVED_AFTER = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=3)  # Mailgun keeps its log for three days at least, the others longer
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)  # between two looks

BATCH = 500
QUESTIONS = 100  # to one provider in one pass; a good one answers them within ten seconds
PASS_SECONDS = 10.0  # then the questions wait for the next pass: other clocks want to run, too
NEXT_PASS = timedelta(seconds=5)

LOST_WORKER = _("The worker died during the hand-over: nobody can tell whether it left.")
SENT_AGAIN = _("Sent once more because nobody could tell whether it had left.")
SAME_KEY = _("Handed over once more with the same key: the provider drops a second copy.")
NO_TRACE = _("Sent once more because the provider has no trace of it.")
SENT_BACK = _("The recipient's mail server sent it back.")
SENT_BACK_SAYING = _("The recipient's mail server sent it back: %(detail)s")


def scaled(wait: timedelta) -> timedelta:
    return wait * settings.BACK_OFF_SCALE


def resolve_unknown() -> int:
    """Name what a dead worker left behind, and look at what is due to be looked at; how many rows moved."""
    moved, inquiry = 0, Inquiry(time.monotonic() + PASS_SECONDS)
    while not inquiry.is_over():
        now = timezone.now()
        moved += _name_the_lost(now)
        unclear = _take_up(now)
        if unclear:
            moved += _look_at(unclear, inquiry, now)
        if len(unclear) < BATCH:
            break
    return moved


@dataclass(slots=True)
class Inquiry:
    """What one pass may still ask: providers are asked so often, and one that does not answer is left alone."""

    until: float  # time.monotonic()
    asked: Counter[str] = field(default_factory=Counter)
    deaf: set[str] = field(default_factory=set)

    def is_over(self) -> bool:
        return time.monotonic() > self.until

    def may_ask(self, url: str) -> bool:
        return self.asked[url] < QUESTIONS and not self.is_over()


def _look_at(unclear: Sequence[Message], inquiry: Inquiry, now: datetime) -> int:
    settle_by_news([m.pk for m in unclear])
    left = _ask_providers(_still_unknown(unclear), inquiry, now)
    freed = _send_once_more([m for m in left if _same_key_holds(m, now)], SAME_KEY, now)
    freed |= _send_once_more([m for m in left if m.pk not in freed and _purpose_resends(m, now)], SENT_AGAIN, now)
    settled = len(unclear) - len(_still_unknown(unclear))
    if settled:
        nudges.nudge("messages")
    return settled


# --- Finding them -------------------------------------------------------------------------------------------------


def _name_the_lost(now: datetime) -> int:
    """``sending`` after its term. Rows that somebody is moving at this moment are left to them."""
    with transaction.atomic():
        lost = Message.objects.select_for_update(skip_locked=True).filter(state=State.SENDING, lease_until__lt=now)
        ids = list(lost.order_by("pk").values_list("pk", flat=True)[:BATCH])
        return states.move(Message.objects.filter(pk__in=ids), State.UNKNOWN, reason=LOST_WORKER, reason_values={})


def _take_up(now: datetime) -> list[Message]:
    """Unknown rows that are due to be looked at, each put off to its next look."""
    with transaction.atomic():
        due = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            Q(lease_until__isnull=True) | Q(lease_until__lte=now), state=State.UNKNOWN
        )
        unclear = list(due.select_related("sender", "purpose").order_by("pk")[:BATCH])
        for m in unclear:
            m.lease_until = _next_look(m, now)
        update_rows(unclear, ["lease_until"])
    return unclear


def _next_look(m: Message, now: datetime) -> datetime:
    """Often at first, then seldom; and at the moment when the purpose's rule applies."""
    begun = m.handed_off_at or m.created_at
    wait = min(max(now - begun, scaled(SOONEST)), scaled(LATEST))
    rule = begun + scaled(RESEND_AFTER)
    return min(now + wait, rule) if now <= rule else now + wait


def _still_unknown(unclear: Sequence[Message]) -> list[Message]:
    ids = set(Message.objects.filter(pk__in=[m.pk for m in unclear], state=State.UNKNOWN).values_list("pk", flat=True))
    return [m for m in unclear if m.pk in ids]


# --- Evidence: news -----------------------------------------------------------------------------------------------


def settle_by_news(ids: Iterable[int]) -> int:
    """Move these messages as far as their news prove, and note when; never back. How many rows changed.

    Whoever stores news calls it in the same transaction; the order of the news, and their repetition, make no
    difference. Raises OperationalError when a row stays locked: try again.
    """
    with transaction.atomic():
        _rather_fail_than_block_the_post()
        messages = {
            m.pk: m
            for m in Message.objects.select_for_update()
            .filter(pk__in=list(ids), handed_off_at__isnull=False)
            .order_by("pk")
        }
        told = defaultdict(list)
        for news in News.objects.filter(message__in=messages).order_by("at", "pk"):
            told[news.message_id].append(news)
        changed = [m for pk, m in messages.items() if told[pk] and _apply(m, told[pk])]
        return update_rows(changed, NOTED) if changed else 0


def _rather_fail_than_block_the_post() -> None:
    """Two who lock many rows may wait for each other. PostgreSQL finds out after a second and stops one of them:
    it must not be the worker that notes what it handed over."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '500ms'")


NOTED = (
    *("state", "reason", "reason_values", "lease_until", "sent_at"),
    *("delivered_at", "opened_at", "clicked_at", "bounced_at", "complained_at"),
)
COLUMNS: dict[str, str] = {
    Kind.DELIVERED: "delivered_at",
    Kind.OPENED: "opened_at",
    Kind.CLICKED: "clicked_at",
    Kind.BOUNCED: "bounced_at",
    Kind.COMPLAINED: "complained_at",
}


def _apply(m: Message, told: Sequence[News]) -> bool:
    """Write on the row what the news say; whether anything is new. Machines open and click: that is no reader."""
    before = [getattr(m, name) for name in NOTED]
    for news in told:
        column = COLUMNS.get(news.kind)
        if column and not news.is_machine and not _may_change(news):
            first = getattr(m, column)
            setattr(m, column, min(first, news.at) if first else news.at)
    state = states.furthest(m.state, {State.SENT if _may_change(n) else states.PROVES[n.kind] for n in told})
    if state != m.state:
        m.state, m.lease_until, m.sent_at = state, None, m.sent_at or m.handed_off_at
        m.reason, m.reason_values = _why_back(told) if state == State.BOUNCED else ("", {})
    return [getattr(m, name) for name in NOTED] != before


def _why_back(told: Sequence[News]) -> tuple[str, dict]:
    detail = next((n.detail for n in told if n.kind == Kind.BOUNCED and n.is_final and n.detail), "")
    return (SENT_BACK_SAYING, {"detail": detail[:300]}) if detail else (SENT_BACK, {})


def _may_change(news: News) -> bool:
    """A bounce that is not for good: the mail left, and may arrive yet."""
    return news.kind == Kind.BOUNCED and not news.is_final


# --- Evidence: the provider's log ---------------------------------------------------------------------------------


def _ask_providers(unclear: Sequence[Message], inquiry: Inquiry, now: datetime) -> list[Message]:
    """Ask those who can be asked; the messages that no provider could settle, and to which a rule may apply."""
    left, unasked = [], []
    for m in unclear:
        url = m.sender.url or settings.EMAIL_URL
        lookup = lookups.lookup_for(url)
        if lookup is None or url in inquiry.deaf or not _is_remembered(m, now):
            left.append(m)
        elif not inquiry.may_ask(url):
            unasked.append(m.pk)
        elif not _settle_by_log(m, _ask(url, m, inquiry, now), lookup, now):
            left.append(m)
    # no time to ask: first in the next pass, and no rule applies to them before that
    Message.objects.filter(pk__in=unasked, state=State.UNKNOWN).update(lease_until=now + scaled(NEXT_PASS))
    return left


def _is_remembered(m: Message, now: datetime) -> bool:
    return m.handed_off_at is not None and now - m.handed_off_at < FORGOTTEN_AFTER


def _ask(url: str, m: Message, inquiry: Inquiry, now: datetime) -> lookups.Said:
    inquiry.asked[url] += 1
    said = lookups.find(url, lookups.Question(mark_of(m), m.address, m.handed_off_at or now))
    if isinstance(said, lookups.CannotTell):
        log.info("message %s: %s", m.pk, said.error)
        if said.way_failed:
            inquiry.deaf.add(url)
    return said


def _settle_by_log(m: Message, said: lookups.Said, lookup: lookups.Lookup, now: datetime) -> bool:
    if isinstance(said, lookups.CannotTell):
        return False
    if isinstance(said, lookups.Found):
        found = {"sent_at": m.handed_off_at, "provider_id": said.provider_id}
        unknown = Message.objects.filter(pk=m.pk, lease=m.lease, state=State.UNKNOWN)
        return bool(states.move(unknown, State.SENT, reason="", reason_values={}, lease_until=None, **found))
    age = now - (m.handed_off_at or now)
    patience = lookup.settles if _resends(m) else max(lookup.settles, BELIEVED_AFTER)
    if age < scaled(patience) or m.resent_at or _is_late(m, now):
        return False
    return bool(_send_once_more([m], NO_TRACE, now))


# --- The rule -----------------------------------------------------------------------------------------------------


def _same_key_holds(m: Message, now: datetime) -> bool:
    """Within half of the provider's memory, counted twice: from this hand-over, and from the first repetition.

    So every repetition falls into the memory of the first hand-over.
    """
    memory = REMEMBERS.get((m.sender.url or settings.EMAIL_URL).partition("://")[0])
    if memory is None or _is_late(m, now) or m.handed_off_at is None:
        return False
    return now - m.handed_off_at < memory / 2 and (m.resent_at is None or now - m.resent_at < memory / 2)


def _purpose_resends(m: Message, now: datetime) -> bool:
    due = m.handed_off_at is not None and m.handed_off_at + scaled(RESEND_AFTER) < now
    return due and _resends(m) and m.resent_at is None and not _is_late(m, now)


def _resends(m: Message) -> bool:
    return m.purpose.when_unknown == Purpose.WhenUnknown.RESEND


def _is_late(m: Message, now: datetime) -> bool:
    return m.expires_at is not None and m.expires_at <= now


def _send_once_more(messages: Sequence[Message], why: str, now: datetime) -> set[int]:
    """Ready again, and marked: there may be two of it. Not what moved meanwhile."""
    seen = {m.pk: m.lease for m in messages}
    if not seen:
        return set()
    with transaction.atomic():
        unknown = Message.objects.select_for_update(skip_locked=True).filter(pk__in=seen, state=State.UNKNOWN)
        freed = {pk for pk, lease in unknown.order_by("pk").values_list("pk", "lease") if seen[pk] == lease}
        again = {"send_after": now, "lease_until": None, "resent_at": Coalesce("resent_at", Value(now))}
        states.move(Message.objects.filter(pk__in=freed), State.READY, reason=why, reason_values={}, **again)
    return freed


# --- A person -----------------------------------------------------------------------------------------------------


def settle_unknown(message: Message, arrived: bool, by=None) -> bool:
    """Somebody knows (a provider's log, the customer): it arrived, or it goes out now. False if it was not unknown."""
    now, unknown = timezone.now(), Message.objects.filter(pk=message.pk, state=State.UNKNOWN)
    plain: dict[str, Any] = {"reason": "", "reason_values": {}, "lease_until": None}
    with transaction.atomic():
        if arrived:
            moved = states.move(unknown, State.SENT, sent_at=F("handed_off_at"), **plain)
        else:
            moved = states.move(unknown, State.READY, send_after=now, resent_at=now, **plain)
        if moved:
            fact = MessageSettled() if arrived else MessageReplayed(State.UNKNOWN)
            told: dict[str, Any] = {
                "customer_id": message.customer_id,
                "at": now,
                "created_by_id": by.pk if by else None,
            }
            record_all([Recorded(fact, ("message", message.pk), quiet=True, **told)])
            transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)
    return bool(moved)
