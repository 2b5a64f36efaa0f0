"""What facts do to journeys: they start and wake. Routing decides nothing; the engine does, when somebody wakes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from campaigns.actions.plans import plans_of
from campaigns.dates import DATES
from campaigns.engine import OF_CUSTOMER, Delay, Plan
from campaigns.engine.timing import seek
from campaigns.events import SegmentEntered, SegmentLeft
from campaigns.models import Enrolment, Journey, JourneyVersion
from campaigns.subjects import SUBJECTS
from customers.models import Customer
from events import nudges
from events.models import Event
from messaging.subjects import Told
from orders.subjects import order_of
from shelf.rows import insert_missing_rows

DATES_AT_ONCE = 1000
DAY = timedelta(days=1)
MOVES = (SegmentEntered.kind, SegmentLeft.kind)


@dataclass(frozen=True, slots=True)
class Live:
    """The newest version of a live journey."""

    journey_id: int
    version_id: int
    starts_by: str
    plan: Plan


def live_versions(starts: Iterable[str]) -> list[Live]:
    """Of the live journeys that start by one of these (``starts_by``)."""
    newest = JourneyVersion.objects.filter(journey=OuterRef("pk")).order_by("-number").values("pk")[:1]
    journeys = Journey.objects.filter(state=Journey.State.LIVE, starts_by__in=set(starts))
    rows = list(journeys.annotate(newest=Subquery(newest)).order_by("pk").values_list("pk", "newest", "starts_by"))
    plans = plans_of([version_id for _pk, version_id, _by in rows if version_id])
    return [Live(pk, version_id, by, plans[version_id]) for pk, version_id, by in rows if version_id in plans]


def newest_of(journey: Journey) -> Live | None:
    """Its newest version, whether it runs or not; None while it cannot be read."""
    version_id = journey.versions.order_by("-number").values_list("pk", flat=True).first()
    plans = plans_of([version_id] if version_id else [])
    return Live(journey.pk, version_id, journey.starts_by, plans[version_id]) if version_id in plans else None


def route(events: Sequence[Event], now: datetime) -> None:
    """Start and wake enrolments, and note the goals that were reached."""
    by_start = defaultdict(list)
    for live in live_versions(starts_by(event) for event in events):
        by_start[live.starts_by].append(live)
    entered = [
        enrolment
        for event in events
        for live in by_start.get(starts_by(event), ())
        if (enrolment := enter(live, event, now))
    ]
    fresh = insert_missing_rows(_not_too_soon(entered, by_start))
    woken = _wake(events, now)
    _note_goals(events)
    if fresh or woken:
        transaction.on_commit(lambda: nudges.nudge("journeys"), robust=True)


def starts_by(event: Event) -> str:
    """What a journey must start by, to be started by this event: its kind; for a segment, which one as well."""
    return f"{event.kind}:{event.data['segment_id']}" if event.kind in MOVES else event.kind


# --- Entering -----------------------------------------------------------------------------------------------------


def enter(live: Live, event: Event, now: datetime) -> Enrolment | None:
    """The row of somebody who enters; None when the fact speaks of nothing that this journey is about."""
    plan = live.plan
    subject_id = SUBJECTS[plan.subject].of(event)
    if not subject_id:
        return None
    entered_at = event.at if plan.counts_from == "happened" else event.recorded_at
    return _row(
        live,
        (plan.subject, subject_id),
        customer_id=event.customer_id,
        order_id=None if plan.subject == "customer" else order_of(event),
        entry_key=entry_key(plan, event, subject_id),
        entered_at=entered_at,
        since_at=event.at,
        event_id=event.pk,
        wake_at=now,
    )


def _row(live: Live, subject: tuple[str, int], entered_at: datetime, **fields) -> Enrolment:
    goal = live.plan.goal
    return Enrolment(
        journey_id=live.journey_id,
        version_id=live.version_id,
        subject_type=subject[0],
        subject_id=subject[1],
        entered_at=entered_at,
        listens=list(live.plan.exits),
        goal=goal.fact if goal else "",
        goal_ends_at=entered_at + timedelta(days=goal.days) if goal else None,
        **fields,
    )


def entry_key(plan: Plan, event: Event, subject_id: int) -> str:
    """The re-entry rule as a key: who has it already is inside, or has been."""
    how = plan.re_entry.how
    if how in ("event", "days"):
        return f"event:{event.pk}"
    if how == "once" and event.customer_id:
        return f"customer:{event.customer_id}"
    if how == "order" and (order_id := order_of(event)):
        return f"order:{order_id}"
    return f"{plan.subject}:{subject_id}"


def _not_too_soon(entered: list[Enrolment], by_start: Mapping[str, Sequence[Live]]) -> list[Enrolment]:
    """Without those who come again too soon. Their customers are locked: two workers must not both let one in."""
    days = {
        live.journey_id: live.plan.re_entry.days
        for many in by_start.values()
        for live in many
        if live.plan.re_entry.how == "days"
    }
    rare = [e for e in entered if e.journey_id in days and e.customer_id]
    if not rare:
        return entered
    people = {e.customer_id for e in rare if e.customer_id}
    list(Customer.objects.filter(pk__in=people).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    inside = Enrolment.objects.filter(journey_id__in=days, customer_id__in=people)
    came: dict[tuple[int, int | None], list[tuple[datetime, str]]] = defaultdict(list)
    for key in inside.values_list("journey_id", "customer_id", "since_at", "entry_key"):
        came[key[:2]].append(key[2:])
    let_in = [e for e in entered if e not in rare]
    for e in sorted(rare, key=lambda e: e.since_at):
        others = [at for at, key in came[e.journey_id, e.customer_id] if key != e.entry_key]
        if all(abs(e.since_at - at) >= timedelta(days=days[e.journey_id]) for at in others):
            came[e.journey_id, e.customer_id].append((e.since_at, e.entry_key))
            let_in.append(e)
    return let_in


# --- Waking, and goals --------------------------------------------------------------------------------------------


def _wake(events: Sequence[Event], now: datetime) -> int:
    """Wake those who listen. Rows are locked before their ears are looked at: a worker that is moving one of them on
    has not heard of the fact, and what the row listens to next is only known when it is done."""
    heard = [Heard.of(event) for event in events]
    ids = _concerned(heard)
    if not ids:
        return 0
    rows = Enrolment.objects.filter(pk__in=ids, state=Enrolment.State.ACTIVE).order_by("pk")
    locked = rows.select_for_update().values_list(
        "pk", "listens", "order_id", "customer_id", "subject_type", "subject_id"
    )
    by_order, by_customer, by_subject = defaultdict(set), defaultdict(set), defaultdict(set)
    for one in heard:
        by_order[one.order_id].add(one.kind)
        by_customer[one.customer_id].add(OF_CUSTOMER + one.kind)
        by_subject[one.subject].add(one.kind)
    awake = [
        pk
        for pk, listens, order_id, customer_id, subject_type, subject_id in locked
        if not (
            by_subject[subject_type, subject_id]  # a matter of a parcel names no order
            | (by_order[order_id] if order_id else set())
            | (by_customer[customer_id] if customer_id else set())
        ).isdisjoint(listens)
    ]
    return Enrolment.objects.filter(pk__in=awake).update(wake_at=now) if awake else 0


@dataclass(frozen=True, slots=True)
class Heard:
    kind: str
    subject: tuple[str, int | None]
    order_id: int | None
    customer_id: int | None

    @classmethod
    def of(cls, event: Event) -> "Heard":
        return cls(event.kind, (event.subject_type, event.subject_id), order_of(event), event.customer_id)


def _concerned(heard: Sequence[Heard]) -> list[int]:
    """Active enrolments about the same order, subject or customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM campaigns_enrolment WHERE state = 'active' AND order_id = ANY(%s)"
            " UNION SELECT id FROM campaigns_enrolment WHERE state = 'active' AND customer_id = ANY(%s)"
            " UNION SELECT e.id FROM unnest(%s::text[], %s::bigint[]) AS v(type, id) JOIN campaigns_enrolment e"
            " ON e.subject_type = v.type AND e.subject_id = v.id WHERE e.state = 'active' AND e.order_id IS NULL",
            [
                list({h.order_id for h in heard if h.order_id}),
                list({h.customer_id for h in heard if h.customer_id}),
                [h.subject[0] for h in heard],
                [h.subject[1] for h in heard],
            ],
        )
        return sorted(pk for (pk,) in cursor.fetchall())


def _note_goals(events: Sequence[Event]) -> None:
    """The earliest moment counts, in whatever order we learn of them; also after the last step."""
    told = [event for event in events if event.customer_id]
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_enrolment e SET goal_at = v.at FROM ("
            " SELECT u.customer_id, u.kind, u.order_id, min(u.at) AS at"
            " FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[])"
            " AS u(customer_id, kind, order_id, at)"
            " GROUP BY 1, 2, 3) v"
            " WHERE e.customer_id = v.customer_id AND e.goal <> '' AND v.at > e.since_at AND v.at <= e.goal_ends_at"
            " AND (e.goal = 'customer:' || v.kind OR (e.goal = v.kind AND e.order_id = v.order_id))"
            " AND (e.goal_at IS NULL OR e.goal_at > v.at)",
            [
                [event.customer_id for event in told],
                [event.kind for event in told],
                [order_of(event) for event in told],
                [event.at for event in told],
            ],
        )


# --- Dates -------------------------------------------------------------------------------------------


def enrol_by_dates(now: datetime | None = None) -> int:
    """Let in those whose date comes round, a day ahead, for it begins earlier in the east. How many were looked at."""
    now = now or timezone.now()
    until = (now + DAY).date()
    starts = [f"date:{name}" for name in DATES]
    return sum(_enrol_by_date(live, until, now) for live in live_versions(starts)) if starts else 0


@transaction.atomic
def _enrol_by_date(live: Live, until: date, now: datetime) -> int:
    """One day's people of one journey: the days that were missed are made up for, one with each call."""
    journey = Journey.objects.select_for_update(skip_locked=True).filter(pk=live.journey_id).first()
    if journey is None or (journey.let_in_up_to_on and journey.let_in_up_to_on >= until):
        return 0
    day = journey.let_in_up_to_on + DAY if journey.let_in_up_to_on else until
    start, after, many = live.plan.start, 0, 0
    while ids := DATES[start.date].on(day - timedelta(days=start.days), after, DATES_AT_ONCE):
        told = SUBJECTS["customer"].load(ids, now)
        insert_missing_rows(_by_date(live, pk, told[pk], day) for pk in ids if pk in told)
        after, many = ids[-1], many + len(ids)
    journey.let_in_up_to_on = day
    journey.save(update_fields=["let_in_up_to_on"])
    transaction.on_commit(lambda: nudges.nudge("journeys"), robust=True)
    return many + 1


def _by_date(live: Live, customer_id: int, told: Told, day: date) -> Enrolment:
    begins = begins_on(live.plan, day, told.zone)
    key = f"customer:{customer_id}" if live.plan.re_entry.how == "once" else f"customer:{customer_id}:{day}"
    return _row(
        live,
        ("customer", customer_id),
        customer_id=customer_id,
        entry_key=key,
        entered_at=begins,
        since_at=begins,
        wake_at=begins,
    )


def begins_on(plan: Plan, day: date, zone: str) -> datetime:
    """The moment of the plan's time of day where the customer is."""
    midnight = Delay("entered_at", on=day, at=plan.start.at)
    return seek(midnight, datetime.combine(day, time(0, 0), ZoneInfo(zone)).astimezone(UTC), ZoneInfo(zone))
