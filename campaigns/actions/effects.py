"""What the engine asks for, written down: messages, asks, acts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from campaigns.acts import ACTS
from campaigns.engine import Act, Ask, Effect, Send
from campaigns.models import Enrolment
from feedback.asks import ASKS, Whom
from messaging.actions import Planned, plan
from messaging.models import Template
from messaging.subjects import Told
from shelf.acts import Doing

Asked = tuple[Enrolment, Told, Effect]


def write_down(effects: Sequence[Asked], now: datetime) -> dict[tuple[int, str], str]:
    """Rows for all effects; the outcome of those that came to nothing, by (enrolment, step).

    ``refused``: an ask or an act that was not to be had. ``unwritten``: its template is gone.
    """
    templates = templates_of(effects)
    unwritten = {
        _name(one): "unwritten"
        for one in effects
        if isinstance(one[2].step, Send | Ask) and one[2].step.template not in templates
    }
    todo = [one for one in effects if _name(one) not in unwritten]
    refused = dict.fromkeys(_open_asks(todo, now) | _do_acts(todo, now), "refused")
    plan(
        [
            planned(e, told, effect, templates[effect.step.template], now)
            for e, told, effect in todo
            if isinstance(effect.step, Send | Ask) and (e.pk, effect.step.id) not in refused
        ]
    )
    return unwritten | refused


def templates_of(effects: Sequence[Asked]) -> dict[str, int]:
    wanted = {effect.step.template for _e, _told, effect in effects if isinstance(effect.step, Send | Ask)}
    return dict(Template.objects.filter(slug__in=wanted).values_list("slug", "pk")) if wanted else {}


def _name(one: Asked) -> tuple[int, str]:
    return one[0].pk, one[2].step.id


def _open_asks(effects: Sequence[Asked], now: datetime) -> set[tuple[int, str]]:
    by_what = defaultdict(list)
    for one in effects:
        if isinstance(one[2].step, Ask):
            by_what[one[2].step.what].append(one)
    refused = set()
    for what, many in by_what.items():
        opened = ASKS[what].ask([whom_of(told) for _e, told, _effect in many], now)
        for one in many:  # two journeys may ask the same at once: one of them does
            if whom_of(one[1]) in opened:
                opened.discard(whom_of(one[1]))
            else:
                refused.add(_name(one))
    return refused


def whom_of(told: Told) -> Whom:
    return Whom(told.customer_id, told.order_id)


def _do_acts(effects: Sequence[Asked], now: datetime) -> set[tuple[int, str]]:
    by_act = defaultdict(list)
    for one in effects:
        if isinstance(one[2].step, Act):
            by_act[one[2].step.act].append(one)
    refused = set()
    for name, many in by_act.items():
        names = {key_of(e, effect): (e.pk, effect.step.id) for e, _told, effect in many}
        failed = ACTS[name].do([_doing(*one) for one in many], now) if name in ACTS else set(names)
        refused |= {names[key] for key in failed}
    return refused


def _doing(e: Enrolment, told: Told, effect: Effect) -> Doing:
    assert isinstance(effect.step, Act)
    return Doing(
        key=key_of(e, effect),
        customer_id=e.customer_id,
        subject=(e.subject_type, e.subject_id),
        values=effect.step.values,
        at=effect.due_at,
    )


def key_of(e: Enrolment, effect: Effect) -> str:
    """Unique for ever: journey, who entered, step, and in a circle which time."""
    again = f":{effect.round}" if effect.round > 1 else ""
    return f"journey:{e.journey.slug}:{e.entry_key}:{effect.step.id}{again}"


def planned(e: Enrolment, told: Told, effect: Effect, template_id: int, now: datetime) -> Planned:
    return Planned(
        key=key_of(e, effect),
        stream_id=e.journey.stream_id,
        template_id=template_id,
        customer_id=e.customer_id,
        address=told.address,
        language=told.language,
        subject=told.about,
        cause=("enrolment", e.pk),
        send_after=max(effect.due_at, now),
        expires_at=effect.expires_at,
        country=told.country,
        time_zone=told.store_zone,
        ask=effect.step.what if isinstance(effect.step, Ask) else "",
        variant=e.variant[:20],
        sender_id=told.sender_id,
    )
