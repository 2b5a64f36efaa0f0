"""What is known of many enrolments at once: their subjects, what happened to them, the fields that are asked for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns import fields
from campaigns.engine import OF_CUSTOMER, Facts, Plan
from campaigns.models import Enrolment
from campaigns.subjects import SUBJECTS
from events.models import Event
from messaging.subjects import Told
from tracking.models import Shipment


@dataclass(frozen=True, slots=True)
class Known:
    told: Told
    facts: Facts


def know(enrolments: Sequence[Enrolment], plans: Mapping[int, Plan], now: datetime) -> dict[int, Known]:
    """{enrolment: what is known}, in a fixed number of queries. Whoever's subject is gone, or waits, is absent."""
    told = told_of(enrolments, now)
    here = [e for e in enrolments if e.pk in told]
    for e in here:
        e.customer_id = e.customer_id or told[e.pk].customer_id
    happened = facts_of(here, {pk: Asked(plan, plan.facts) for pk, plan in plans.items()})
    values = values_of(here, plans, told)
    return {
        e.pk: Known(
            told[e.pk],
            Facts(
                anchors=_shifted(e, told[e.pk].anchors),
                happened=happened[e.pk],
                zone=told[e.pk].zone,
                values=values[e.pk],
                dice=dice_of(e),
            ),
        )
        for e in here
    }


def told_of(enrolments: Sequence[Enrolment], now: datetime) -> dict[int, Told]:
    by_type = defaultdict(list)
    for e in enrolments:
        by_type[e.subject_type].append(e)
    told: dict[int, Told] = {}
    for kind, many in by_type.items():
        loaded = SUBJECTS[kind].load(sorted({e.subject_id for e in many}), now) if kind in SUBJECTS else {}
        told |= {e.pk: loaded[e.subject_id] for e in many if e.subject_id in loaded}
    return told


def dice_of(e: Enrolment) -> str:
    """What a split is drawn from: the same for a person on a journey whenever they come."""
    return f"{e.journey_id}:{e.customer_id}" if e.customer_id else f"{e.journey_id}:{e.subject_type}:{e.subject_id}"


def _shifted(e: Enrolment, anchors: Mapping[str, datetime | None]) -> Mapping[str, datetime | None]:
    """Times before a pause whose length was added to all timers count as later by so much."""
    if not e.shifted_at:
        return anchors
    return {name: at + e.shift if at and at <= e.shifted_at else at for name, at in anchors.items()}


# --- Facts --------------------------------------------------------------------------------------------------------

Heard = dict[str, tuple[datetime, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which kinds of facts are asked for, of those who are in this plan."""

    plan: Plan
    kinds: Collection[str]


def facts_of(enrolments: Sequence[Enrolment], asked: Mapping[int, Asked]) -> dict[int, Heard]:
    """{enrolment: {fact: when we knew of it}}, of the facts that are asked for (by version).

    About its own subject everything counts that ever happened, whenever we learn of it; where a journey is entered
    again for the same subject, and of the customer at large, what happened since this start. The fact that let it in
    does not count.
    """
    heard: dict[int, dict[str, list[datetime]]] = {e.pk: defaultdict(list) for e in enrolments}
    by_customer: dict[int | None, list[Enrolment]] = defaultdict(list)
    by_subject: dict[tuple[str, int | None], list[Enrolment]] = defaultdict(list)
    own = {kind for one in asked.values() for kind in one.kinds if not kind.startswith(OF_CUSTOMER)}
    of_customer = {kind for one in asked.values() for kind in one.kinds if kind.startswith(OF_CUSTOMER)}
    parcels = parcels_of({e.order_id for e in enrolments if e.subject_type == "order"}) if own else {}
    for e in enrolments:
        by_customer[e.customer_id].append(e)
        for subject in _subjects_of(e, parcels):
            by_subject[subject].append(e)
    for event in _about_subjects(by_subject, own):
        for e in by_subject[event.subject_type, event.subject_id]:
            once = asked[e.version_id].plan.re_entry.how in ("subject", "order", "once")
            if event.pk != e.event_id and (once or event.at >= e.since_at):
                heard[e.pk][event.kind].append(_moment(event, asked[e.version_id].plan))
    for event in _about_customers(by_customer, of_customer):
        for e in by_customer[event.customer_id]:
            if event.pk != e.event_id and event.at >= e.since_at:
                heard[e.pk][OF_CUSTOMER + event.kind].append(_moment(event, asked[e.version_id].plan))
    return {pk: {kind: tuple(sorted(at)) for kind, at in kinds.items()} for pk, kinds in heard.items()}


def _moment(event: Event, plan: Plan) -> datetime:
    return event.at if plan.counts_from == "happened" else event.recorded_at


def parcels_of(order_ids: Collection[int | None]) -> dict[int, list[int]]:
    parcels = defaultdict(list)
    for pk, order_id in Shipment.objects.filter(order__in=order_ids).values_list("pk", "order_id"):
        parcels[order_id].append(pk)
    return parcels


def _subjects_of(e: Enrolment, parcels: Mapping[int, list[int]]) -> Iterable[tuple[str, int]]:
    """Whose facts it hears: its own, those of its order, and of all parcels when it is about the order."""
    yield e.subject_type, e.subject_id
    if e.subject_type != "order" and e.order_id:
        yield "order", e.order_id
    if e.subject_type == "order":
        yield from (("shipment", pk) for pk in parcels.get(e.subject_id, ()))


def _about_subjects(subjects: Mapping[tuple[str, int | None], Any], kinds: Collection[str]) -> Iterable[Event]:
    if not kinds:
        return
    ids = defaultdict(list)
    for kind, pk in subjects:
        ids[kind].append(pk)
    for kind, many in sorted(ids.items()):
        if kind != "customer":
            yield from Event.objects.filter(kind__in=kinds, subject_type=kind, subject_id__in=many)


def _about_customers(people: Mapping[int | None, Sequence[Enrolment]], kinds: Collection[str]) -> Iterable[Event]:
    if not kinds or not people:
        return
    since = min(e.since_at for many in people.values() for e in many)
    bare = [kind.removeprefix(OF_CUSTOMER) for kind in kinds]
    yield from Event.objects.filter(customer_id__in=[pk for pk in people if pk], at__gte=since, kind__in=bare)


# --- Fields -------------------------------------------------------------------------------------------------------


def values_of(
    enrolments: Sequence[Enrolment], plans: Mapping[int, Plan], told: Mapping[int, Told]
) -> dict[int, dict[str, Any]]:
    """{enrolment: {field: value}} of the fields that the plans of this batch ask for."""
    names = {name for plan in plans.values() for name in plan.fields}
    asked = [fields.FIELDS[name] for name in names if name in fields.FIELDS]
    values: dict[int, dict[str, Any]] = {e.pk: {} for e in enrolments}
    for subject in sorted({field.subject for field in asked}):
        ids = {e.pk: _id_of(subject, e, told[e.pk]) for e in enrolments}
        found = fields.values_of(asked, subject, sorted({pk for pk in ids.values() if pk}))
        for e in enrolments:
            values[e.pk] |= found.get(ids[e.pk] or 0, {})
    return values


def _id_of(subject: str, e: Enrolment, told: Told) -> int | None:
    """The row of another subject that belongs to this enrolment."""
    if subject == "customer":
        return e.customer_id
    if subject == "order":
        return told.order_id
    return e.subject_id if e.subject_type == subject else None
