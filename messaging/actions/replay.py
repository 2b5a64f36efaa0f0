"""Dead letters: messages that did not leave, or of which nobody knows. Looked through, rehearsed, sent after all.

A replay is always rehearsed first: the same walk over the same messages that writes nothing, and says how many would
go out, how many the gate would refuse and why, how many are too late. Both walks are jobs that work by the batch, one
transaction each: a killed worker repeats its batch. What left is never replayed; it can be sent again as a new message.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Func, JSONField, Max, QuerySet, TextField, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from events import nudges
from events.facts import Recorded, record_all
from messaging import gate, states
from messaging.events import MessageReplayed
from messaging.models import Message, News
from shelf.reasons import Reason, Refusal
from shelf.rows import update_rows
from staff.models import Job, RefusedRow

log = logging.getLogger(__name__)

State = Message.State

KIND = "replay_messages"
BATCH = 500
SECONDS_AT_ONCE = 3.0  # a small replay is done before its page is shown; a large one goes on by the clock
VALID_FOR = timedelta(hours=1)  # what a rehearsal said is old news after that
LOOKED_AT = 20_000  # the newest of them are grouped by reason
SENTENCES = 20  # of one kind, told apart by their values
REFUSED_ROWS = 10_000  # kept of one job
AGAIN_AT_MOST = 5  # copies of one message that a person may send

IT_LEFT = _("It left.")
IT_ARRIVED = _("It arrived: the provider said so.")
ON_ITS_WAY = _("It is on its way already.")
CANCELLED = _("It was cancelled.")
MAY_BE_TWO = _("Nobody can tell whether it left: it may arrive twice.")
TOO_LATE = _("Too late: it was of use until %(until)s. Say until when it is of use now.")
LATE = _("Too late. Say until when it is of use now.")  # many of them


class ReplayRefused(Refusal):
    """This cannot be replayed, or not so."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters: what the page's filters say, or the numbers of single ones. Plain JSON values."""

    states: tuple[str, ...] = states.DEAD
    reason: str = ""  # a fingerprint, see below
    stream_id: int | None = None
    purpose_id: str = ""
    since: str = ""  # ISO 8601: planned at or after
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What the person who replays allows. ``until``: the new end of what is too late, ISO 8601."""

    until: str = ""
    even_unclear: bool = False

    @property
    def until_at(self) -> datetime | None:
        return datetime.fromisoformat(self.until) if self.until else None


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters that died of the same thing. ``why`` is the sentence of the newest of them."""

    fingerprint: str
    state: str
    count: int
    newest: datetime
    why: str


# --- Looking through ----------------------------------------------------------------------------------------------

# What differs from letter to letter within one trouble: addresses, long numbers, hexadecimal ids.
_ACCIDENTAL = r"[^\s<>\"']+@[^\s<>\"']+|[0-9]{4,}|[0-9a-f]{8,}"


def _fingerprint() -> Func:
    until = Value("until", output_field=TextField())
    values = Cast(CombinedExpression(F("reason_values"), "-", until, output_field=JSONField()), TextField())
    plain = Func(
        values, Value(_ACCIDENTAL), Value("#"), Value("g"), function="regexp_replace", output_field=TextField()
    )
    parts = Func(Value("|"), F("state"), F("reason"), plain, function="concat_ws", output_field=TextField())
    return Func(parts, function="md5", output_field=TextField())


def dead_letters(choice: Choice) -> QuerySet[Message]:
    """The messages of a choice. Those that were chosen one by one are taken whatever became of them."""
    if choice.ids:
        return Message.objects.filter(pk__in=choice.ids)
    rows = Message.objects.filter(state__in=[s for s in choice.states if s in states.DEAD])
    if choice.stream_id:
        rows = rows.filter(stream_id=choice.stream_id)
    if choice.purpose_id:
        rows = rows.filter(purpose_id=choice.purpose_id)
    if choice.since:
        rows = rows.filter(created_at__gte=datetime.fromisoformat(choice.since))
    return rows.annotate(fingerprint=_fingerprint()).filter(fingerprint=choice.reason) if choice.reason else rows


def groups_of(choice: Choice) -> list[Group]:
    """By reason, the most frequent first; of the newest LOOKED_AT."""
    newest = dead_letters(choice).order_by("-pk").values("pk")[:LOOKED_AT]
    rows = (
        Message.objects.filter(pk__in=newest)
        .annotate(fingerprint=_fingerprint())
        .values("fingerprint", "state")
        .annotate(n=Count("pk"), newest=Max("created_at"), example=Max("pk"))
        .order_by("-n", "fingerprint")[:100]
    )
    examples = Message.objects.in_bulk([row["example"] for row in rows])
    return [
        Group(row["fingerprint"], row["state"], row["n"], row["newest"], examples[row["example"]].why) for row in rows
    ]


# --- One batch ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """What becomes, or would become, of the messages looked at so far. ``refused``: [sentence, values, how many]."""

    go: int = 0
    wait: int = 0  # among those that go: the gate would hold them for a while
    late: int = 0
    left: int = 0
    unclear: int = 0
    refused: list[list] = field(default_factory=list)

    def refuse(self, why: Reason) -> None:
        self.late += why.text == TOO_LATE
        self.left += why.text in (IT_LEFT, IT_ARRIVED)
        self.unclear += why.text == MAY_BE_TWO
        text, values = (LATE, {}) if why.text == TOO_LATE else (why.text, why.values)
        same = [known for known in self.refused if known[0] == text]
        for known in same:
            if known[1] == values or len(same) >= SENTENCES:
                known[2] += 1
                return
        self.refused.append([text, values, 1])

    @property
    def total(self) -> int:
        return self.go + sum(n for _text, _values, n in self.refused)


def judge(messages: Sequence[Message], terms: Terms, now: datetime) -> dict[int, gate.Decision]:
    """May these be sent after all? The gate is asked last, with the new end where one was given."""
    arrived = set(News.objects.filter(message__in=messages).values_list("message_id", flat=True))
    decisions = {m.pk: gate.Decision("skip", why) for m in messages if (why := _objection(m, terms, arrived, now))}
    for m in messages:
        if m.pk not in decisions and _is_late(m, now):
            m.expires_at = terms.until_at
    asked = [m for m in messages if m.pk not in decisions]
    return {**decisions, **(gate.judge(asked, now) if asked else {})}


def _objection(m: Message, terms: Terms, arrived: set[int], now: datetime) -> Reason | None:
    if m.state in states.LEFT:
        return Reason(IT_LEFT)
    if m.state == State.CANCELLED:
        return Reason(CANCELLED)
    if m.state not in states.DEAD:
        return Reason(ON_ITS_WAY)
    if m.pk in arrived or m.delivered_at or m.opened_at or m.clicked_at:
        return Reason(IT_ARRIVED)
    if _may_be_two(m) and not terms.even_unclear:
        return Reason(MAY_BE_TWO)
    if _is_late(m, now) and not terms.until:
        return Reason(TOO_LATE, {"until": f"{m.expires_at:%Y-%m-%d %H:%M} UTC"})
    return None


def _may_be_two(m: Message) -> bool:
    """Unknown now, or at an earlier attempt whose end we never heard."""
    return m.state == State.UNKNOWN or m.resent_at is not None


def _is_late(m: Message, now: datetime) -> bool:
    return m.expires_at is not None and m.expires_at <= now


def _replayed(messages: Iterable[Message], now: datetime) -> list[Message]:
    messages = list(messages)
    for m in messages:
        if _may_be_two(m):
            m.resent_at = now
        m.state, m.reason, m.reason_values = State.READY, "", {}
        m.send_after, m.lease_until, m.settled_at, m.attempts = now, None, None, 0
    return messages


REPLAYED = (
    *("state", "reason", "reason_values", "send_after", "lease_until", "settled_at", "attempts"),
    *("expires_at", "resent_at"),
)


# --- Jobs ---------------------------------------------------------------------------------------------------------


def rehearse(choice: Choice, terms: Terms, now: datetime, by=None) -> Job:
    """A dry run, done at once if it is small. Raises ReplayRefused."""
    if terms.until_at and terms.until_at <= now:
        raise ReplayRefused(_("The new end is in the past."))
    if not choice.ids and not choice.states:
        raise ReplayRefused(_("Nothing is chosen."))
    rows = dead_letters(choice)
    options = {
        "choice": asdict(choice),
        "terms": asdict(terms),
        "after": 0,
        "to": rows.aggregate(last=Max("pk"))["last"] or 0,
        "outcome": asdict(Outcome()),
    }
    job = Job.objects.create(
        kind=KIND, title=gettext("Replay of messages"), dry_run=True, total=rows.count(), created_by=by, options=options
    )
    return work_on(job)


def replay_rehearsed(rehearsal: Job, now: datetime, by=None) -> Job:
    """Do what was rehearsed, once. Raises ReplayRefused."""
    with transaction.atomic():
        rehearsal = Job.objects.select_for_update().get(pk=rehearsal.pk, kind=KIND, dry_run=True)
        if rehearsal.options.get("replayed_by"):
            return Job.objects.get(pk=rehearsal.options["replayed_by"])  # a second click
        if rehearsal.state != Job.State.DONE:
            raise ReplayRefused(_("The rehearsal is not over yet."))
        if now - rehearsal.created_at > VALID_FOR:
            raise ReplayRefused(_("The rehearsal is more than an hour old: things may have changed. Rehearse again."))
        options = {**rehearsal.options, "after": 0, "outcome": asdict(Outcome()), "rehearsal": rehearsal.pk}
        job = Job.objects.create(
            kind=KIND, title=rehearsal.title, total=rehearsal.total, created_by=by, options=options
        )
        rehearsal.options["replayed_by"] = job.pk
        rehearsal.save(update_fields=["options"])
    return work_on(job)


def choice_of(job: Job) -> Choice:
    stored: Mapping[str, Any] = job.options["choice"]
    return Choice(**{**stored, "states": tuple(stored["states"]), "ids": tuple(stored["ids"])})


def outcome_of(job: Job) -> Outcome:
    return Outcome(**job.options["outcome"])


def work_on(job: Job, seconds: float = SECONDS_AT_ONCE) -> Job:
    """Batch by batch until it is over or the time is up; the clock does the rest."""
    until = time.monotonic() + seconds
    while _step(Job.objects.filter(pk=job.pk)) and time.monotonic() < until:
        pass
    job.refresh_from_db()
    return job


def replay_waiting() -> int:
    """One batch of the oldest replay or rehearsal that is not over; how many messages it looked at."""
    return _step(Job.objects.filter(kind=KIND))


def _step(jobs: QuerySet[Job]) -> int:
    job = None
    try:
        with transaction.atomic():
            unfinished = jobs.filter(state__in=(Job.State.WAITING, Job.State.RUNNING))
            job = unfinished.select_for_update(skip_locked=True).order_by("pk").first()
            return _batch(job, timezone.now()) if job else 0
    except Exception as error:  # the batch is rolled back; the job says why, and holds up no other
        if job is None:
            raise
        log.exception("replay %s", job.pk)
        failed = {"state": Job.State.FAILED, "error": f"{type(error).__name__}: {error}"[:2000]}
        Job.objects.filter(pk=job.pk).update(finished_at=timezone.now(), **failed)
        return 0


def _batch(job: Job, now: datetime) -> int:
    choice, terms, outcome = choice_of(job), Terms(**job.options["terms"]), outcome_of(job)
    rows = dead_letters(choice).filter(pk__gt=job.options["after"], pk__lte=job.options["to"]).order_by("pk")
    if job.dry_run:
        messages = list(rows[:BATCH])
    else:
        messages = list(rows.select_for_update(of=("self",))[:BATCH])
    stopped = job.cancel_requested_at is not None
    if messages and not stopped:
        decisions = judge(messages, terms, now)
        going = [m for m in messages if decisions[m.pk].verdict in ("send", "hold")]
        refused = [(m, decisions[m.pk].why) for m in messages if decisions[m.pk].verdict in ("skip", "expire")]
        outcome.go += len(going)
        outcome.wait += sum(decisions[m.pk].verdict == "hold" for m in going)
        for _m, why in refused:
            outcome.refuse(why)
        if not job.dry_run:
            _send_after_all(job, going, now)
            _keep(job, refused)
        job.done += len(going)
        job.refused += len(refused)
        job.options = {**job.options, "after": messages[-1].pk, "outcome": asdict(outcome)}
    over = stopped or len(messages) < BATCH
    job.state = Job.State.RUNNING
    if over:
        job.state, job.finished_at = (Job.State.CANCELLED if stopped else Job.State.DONE), now
    job.save(update_fields=["state", "done", "refused", "options", "finished_at"])
    return len(messages)


def _send_after_all(job: Job, going: Sequence[Message], now: datetime) -> None:
    was = {m.pk: m.state for m in going}
    update_rows(_replayed(going, now), REPLAYED)
    record_all(
        [
            Recorded(
                MessageReplayed(was[m.pk], job.pk),
                ("message", m.pk),
                m.customer_id,
                at=now,
                quiet=True,  # history: nothing starts because a person replayed
                created_by_id=job.created_by_id,
            )
            for m in going
        ]
    )
    transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)


def _keep(job: Job, refused: Sequence[tuple[Message, Reason]]) -> None:
    room = max(0, REFUSED_ROWS - job.refused)
    RefusedRow.objects.bulk_create(
        [
            RefusedRow(
                job=job,
                line=job.done + job.refused + place,
                reason=why.text,
                reason_values=why.values,
                row={"message": m.pk},
            )
            for place, (m, why) in enumerate(refused[:room], 1)
        ]
    )


# --- Once more ----------------------------------------------------------------------------------------------------


def send_copy(message: Message, now: datetime, by=None) -> Message:
    """A new message that repeats one that left, through the gate like any other. Raises ReplayRefused."""
    root = message.key.partition(":again:")[0]
    keys = [again_key(root, number) for number in range(1, AGAIN_AT_MOST + 1)]
    with transaction.atomic():
        message = Message.objects.select_for_update().get(pk=message.pk)
        if message.state not in states.LEFT:
            raise ReplayRefused(_("Only what left can be sent again."))
        copies = {m.key: m for m in Message.objects.filter(key__in=keys)}
        if any(m.state in (State.READY, State.SENDING, State.UNKNOWN) for m in copies.values()):
            raise ReplayRefused(_("It is on its way again already."))
        key = next((key for key in keys if key not in copies), None)
        if key is None:
            raise ReplayRefused(_("It was sent again %(times)s times: that is enough."), times=AGAIN_AT_MOST)
        copy = replace_of(message, key, now)
        decision = gate.judge([copy], now)[copy.pk]
        if decision.verdict in ("skip", "expire"):
            raise ReplayRefused(decision.why.text, **decision.why.values)
        copy.save(force_insert=True)
        fact = MessageReplayed(message.state, new_id=copy.pk)
        circumstances: dict[str, Any] = {"customer_id": message.customer_id, "at": now, "quiet": True}
        record_all([Recorded(fact, ("message", message.pk), created_by_id=by.pk if by else None, **circumstances)])
        transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)
    return copy


def again_key(root: str, number: int) -> str:
    """Within the 200 characters of a key; what is cut off is only needed by people."""
    tail = f":again:{number}"
    return root[: 200 - len(tail)] + tail


KEPT = (
    *(
        "stream_id",
        "customer_id",
        "template_id",
        "purpose_id",
        "sender_id",
        "channel",
        "address",
        "language",
        "country",
        "time_zone",
        "ask",
        "variant",
    ),
    *("subject_type", "subject_id", "cause_type", "cause_id", "lane"),
)


def replace_of(message: Message, key: str, now: datetime) -> Message:
    return Message(key=key, instead_of=message, send_after=now, **{name: getattr(message, name) for name in KEPT})


def copies_of(message: Message) -> list[Message]:
    """The messages that repeat this one, oldest first."""
    root = message.key.partition(":again:")[0]
    keys = [again_key(root, number) for number in range(1, AGAIN_AT_MOST + 1)]
    return list(Message.objects.filter(key__in=keys).exclude(pk=message.pk).order_by("pk"))
