"""Verbs about journeys: publish a version, let events start and wake enrolments, advance those that are due."""

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from campaigns import engine
from campaigns.engine import Ask, Effect, Facts, JourneyRefused, Plan, Position, Taken, read_plan
from campaigns.models import Enrolment, Journey, JourneyVersion, StepTaken
from events import nudges
from events.facts import KINDS
from events.models import Event
from feedback.actions import ask_for_reviews
from messaging.actions import Planned, plan, stream
from messaging.models import Template
from orders.actions import speak, zone_of
from orders.models import Order
from shelf.rows import insert_missing_rows, insert_rows, update_rows
from tracking.models import Shipment

log = logging.getLogger(__name__)

BATCH = 500


# --- Publishing ---------------------------------------------------------------------------------------------------


@transaction.atomic
def publish(journey: Journey, definition: dict[str, Any], by=None) -> JourneyVersion:
    """Make a new version. People inside finish the one they entered. Raises JourneyRefused naming the step."""
    check(definition)
    last = journey.versions.aggregate(last=Max("number"))["last"] or 0
    return JourneyVersion.objects.create(
        journey=journey, number=last + 1, definition=definition, published_by=by, published_at=timezone.now()
    )


def check(definition: dict[str, Any]) -> Plan:
    """The plan, if facts and templates that it names exist."""
    plan_ = read_plan(definition)
    for kind in (plan_.starts_with, *plan_.ends_with):
        if kind not in KINDS:
            raise JourneyRefused(_("There is no fact called “%(fact)s”."), fact=kind)
    if not plan_.starts_with.startswith(f"{plan_.subject}."):
        text = _("“%(fact)s” does not speak of the subject “%(subject)s”.")
        raise JourneyRefused(text, fact=plan_.starts_with, subject=plan_.subject)
    known = set(Template.objects.values_list("slug", flat=True))
    for step in plan_.steps:
        if not isinstance(step, engine.Wait) and step.template not in known:
            text = _("Step “%(step)s”: there is no template “%(template)s”.")
            raise JourneyRefused(text, step=step.id, template=step.template)
    return plan_


def set_state(journey: Journey, state: str) -> None:
    """Live, paused or draft. A paused journey starts nobody and moves nobody; its messages wait too."""
    journey.state = state
    journey.save(update_fields=["state"])
    journey.stream.paused_at = timezone.now() if state == Journey.State.PAUSED else None
    journey.stream.save(update_fields=["paused_at"])
    nudges.nudge("journeys")
    nudges.nudge("messages")


def load_preset_journeys() -> list[Journey]:
    """Make the preset journeys that are missing; those that exist belong to the people who edit them."""
    made = []
    for path in sorted((Path(settings.BASE_DIR) / "campaigns" / "presets").glob("*.json")):
        preset = json.loads(path.read_text("utf-8"))
        if Journey.objects.filter(slug=preset["slug"]).exists():
            continue
        name = preset["name"].get(settings.LANGUAGE_CODE) or preset["name"]["en"]
        with transaction.atomic():
            journey = Journey.objects.create(
                slug=preset["slug"],
                name=name,
                stream=stream(f"journey-{preset['slug']}", name),
                state=Journey.State.LIVE if preset["live"] else Journey.State.DRAFT,
            )
            publish(journey, preset["definition"])
        made.append(journey)
    return made


# --- Routing: what events do to journeys --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Live:
    version: JourneyVersion
    plan: Plan


def live_versions() -> list[Live]:
    newest = (
        JourneyVersion.objects.filter(journey__state=Journey.State.LIVE)
        .order_by("journey_id", "-number")
        .distinct("journey_id")
        .select_related("journey")
    )
    return [Live(version, read_plan(version.definition)) for version in newest]


def route(events: Sequence[Event], now: datetime) -> None:
    """Start and wake enrolments. Routing decides nothing: the engine does, when it wakes."""
    by_start = defaultdict(list)
    for live in live_versions():
        by_start[live.plan.starts_with].append(live)
    about = [(event, order_id) for event in events if (order_id := order_of(event))]
    entered = [
        _enter(live, event, order_id, now)
        for event, order_id in about
        for live in by_start.get(event.kind, ())
        if event.subject_type == live.plan.subject
    ]
    insert_missing_rows(entered)
    woken = _wake([(order_id, event.kind) for event, order_id in about], now)
    if entered or woken:
        transaction.on_commit(lambda: nudges.nudge("journeys"), robust=True)


def _enter(live: Live, event: Event, order_id: int, now: datetime) -> Enrolment:
    return Enrolment(
        journey=live.version.journey,
        version=live.version,
        customer_id=event.customer_id,
        subject_type=event.subject_type,
        subject_id=event.subject_id or order_id,
        order_id=order_id,
        entry_key=f"{event.subject_type}:{event.subject_id}",
        entered_at=event.at if live.plan.counts_from == "happened" else event.recorded_at,
        wake_at=now,
        listens=list(live.plan.ends_with),
    )


def order_of(event: Event) -> int | None:
    return event.subject_id if event.subject_type == "order" else event.data.get("order_id")


def _wake(pairs: list[tuple[int, str]], now: datetime) -> int:
    if not pairs:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_enrolment e SET wake_at = %s"
            " FROM (SELECT * FROM unnest(%s::bigint[], %s::text[]) AS u(order_id, kind)) v"
            " WHERE e.order_id = v.order_id AND e.state = 'active' AND v.kind = ANY(e.listens)",
            [now, [p[0] for p in pairs], [p[1] for p in pairs]],
        )
        return cursor.rowcount


# --- Advancing ----------------------------------------------------------------------------------------------------


def advance_due(limit: int = BATCH) -> int:
    """Advance a batch of enrolments whose time has come; how many were taken. Effects are rows of one transaction."""
    now = timezone.now()
    with transaction.atomic():
        enrolments = list(
            Enrolment.objects.filter(state=Enrolment.State.ACTIVE, wake_at__lte=now, journey__state=Journey.State.LIVE)
            .filter(order__placeholder=False)  # nobody to write to until the order itself comes
            .select_for_update(skip_locked=True, of=("self",))
            .prefetch_related(
                "journey", "version", "order__store", "order__customer"
            )  # few of each: shared, not joined
            .order_by("wake_at", "id")[:limit]
        )
        _advance_apart(enrolments, now)
    return len(enrolments)


def _advance_apart(enrolments: list[Enrolment], now: datetime) -> None:
    """Advance in a savepoint; if it raises, halve until the culprit stands alone, and set that one aside."""
    if not enrolments:
        return
    try:
        with transaction.atomic():
            _advance_all(enrolments, now)
    except Exception as error:
        if len(enrolments) > 1:
            middle = len(enrolments) // 2
            _advance_apart(enrolments[:middle], now)
            _advance_apart(enrolments[middle:], now)
            return
        log.exception("enrolment %s is stuck", enrolments[0].pk)
        said = f"{type(error).__name__}: {error}"[:500]
        Enrolment.objects.filter(pk=enrolments[0].pk).update(
            state=Enrolment.State.FAILED, reason=STUCK, reason_values={"error": said}, wake_at=None
        )


STUCK = _("An error on our side: %(error)s")


def _advance_all(enrolments: list[Enrolment], now: datetime) -> None:
    plans = {v.pk: read_plan(v.definition) for v in {e.version_id: e.version for e in enrolments}.values()}
    happened = facts_since_entry(enrolments, {kind for p in plans.values() for kind in p.ends_with})
    effects: list[tuple[Enrolment, Effect]] = []
    steps: list[StepTaken] = []
    for e in enrolments:
        position = Position(e.step, e.seq, e.entered_at)
        facts = Facts(anchors_of(e.order), frozenset(happened[e.pk]), zone_of(e.order))
        position, todo, taken = engine.advance(plans[e.version_id], position, facts, now)
        _move(e, position)
        effects += [(e, effect) for effect in todo]
        steps += [_step(e, t, now) for t in taken]
    moved = ["step", "seq", "state", "wake_at", "listens", "reason", "reason_values", "customer"]
    update_rows(enrolments, moved)
    refused = _apply(effects, now)
    for step in steps:
        if (step.enrolment_id, step.step) in refused:
            step.outcome = "refused"
    insert_rows(steps)


def _move(e: Enrolment, position: Position) -> None:
    e.step, e.seq, e.state = position.step, position.seq, position.state
    e.wake_at, e.listens = position.wake_at, list(position.listens)
    e.reason, e.reason_values = position.reason.text, position.reason.values
    e.customer_id = e.customer_id or e.order.customer_id


def _step(e: Enrolment, taken: Taken, now: datetime) -> StepTaken:
    return StepTaken(enrolment=e, seq=taken.seq, step=taken.step, outcome=taken.outcome, at=now)


def anchors_of(order: Order) -> dict[str, datetime | None]:
    return {name: getattr(order, name) for name in ("placed_at", "paid_at", "dispatched_at", "delivered_at")}


def facts_since_entry(enrolments: Sequence[Enrolment], kinds: set[str]) -> dict[int, set[str]]:
    """Which of these kinds happened since each entered, to its order and the order's parcels, or to its one parcel."""
    happened: dict[int, set[str]] = defaultdict(set)
    if not kinds:
        return happened
    by_order = defaultdict(list)
    for e in enrolments:
        by_order[e.order_id].append(e)
    parcels = dict(Shipment.objects.filter(order__in=list(by_order)).values_list("pk", "order_id"))
    about_orders = Event.objects.filter(kind__in=kinds, subject_type="order", subject_id__in=list(by_order))
    about_parcels = Event.objects.filter(kind__in=kinds, subject_type="shipment", subject_id__in=list(parcels))
    for event in [*about_orders, *(about_parcels if parcels else ())]:
        order_id = event.subject_id if event.subject_type == "order" else parcels[event.subject_id]
        for e in by_order[order_id]:
            another_parcel = event.subject_type == e.subject_type == "shipment" and event.subject_id != e.subject_id
            if event.recorded_at >= e.entered_at and not another_parcel:
                happened[e.pk].add(event.kind)
    return happened


def _apply(effects: list[tuple[Enrolment, Effect]], now: datetime) -> set[tuple[int, str]]:
    """Write the messages that the engine asked for; (enrolment, step) of asks that feedback refused."""
    asked = {e.order_id: e.order for e, effect in effects if isinstance(effect.step, Ask)}
    taken_up = ask_for_reviews(list(asked.values()), now) if asked else set()
    refused = {
        (e.pk, effect.step.id) for e, effect in effects if isinstance(effect.step, Ask) and e.order_id not in taken_up
    }
    wanted = {effect.step.template for _e, effect in effects}
    templates = dict(Template.objects.filter(slug__in=wanted).values_list("slug", "pk")) if wanted else {}
    plan(
        [
            _planned(e, effect, templates[effect.step.template], now)
            for e, effect in effects
            if (e.pk, effect.step.id) not in refused and effect.step.template in templates
        ]
    )
    return refused


def _planned(e: Enrolment, effect: Effect, template_id: int, now: datetime) -> Planned:
    return Planned(
        key=f"journey:{e.journey.slug}:{e.entry_key}:{effect.step.id}",
        stream_id=e.journey.stream_id,
        template_id=template_id,
        customer_id=e.customer_id or e.order.customer_id,
        address=e.order.email,
        language=speak(e.order),
        subject=(e.subject_type, e.subject_id),
        cause=("enrolment", e.pk),
        send_after=max(effect.due_at, now),
        expires_at=effect.expires_at,
        country=e.order.store.country,
        sender_id=e.order.store.sender_id,
    )
