"""Whether a plan can work here: do the facts, templates, fields, asks and acts exist that it names?"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from campaigns import fields
from campaigns.acts import ACTS
from campaigns.dates import DATES
from campaigns.engine import (
    OF_CUSTOMER,
    Act,
    Ask,
    Branch,
    Delay,
    JourneyRefused,
    Plan,
    Send,
    Step,
    Wait,
    WaitFor,
    read_plan,
)
from campaigns.models import Segment
from campaigns.subjects import SUBJECTS
from events.facts import KINDS
from feedback.asks import ASKS
from messaging.models import Template
from shelf.acts import ActRefused, check_values
from shelf.conditions import ConditionRefused

# Facts about the house, not about a customer: nobody enters a journey by them.
OF_THE_HOUSE = ("stream.", "sender.", "marketing.", "message.", "article.")
CONDITIONS = {"customer": ("customer",), "order": ("customer", "order"), "shipment": ("customer", "order", "shipment")}


def check(definition: Mapping[str, Any], now: datetime) -> Plan:
    """The plan, if it can be followed here. Raises JourneyRefused naming the step."""
    plan = read_plan(definition)
    check_ends(plan)
    templates = set(Template.objects.values_list("slug", flat=True))
    for step in plan.steps.values():
        check_step(step, plan, templates, now)
    return plan


def check_ends(plan: Plan) -> None:
    """Beginning, goal and end."""
    _check_start(plan)
    for kind in (*plan.ends_with, *([plan.goal.fact] if plan.goal else [])):
        _check_fact(kind)


def check_step(step: Step, plan: Plan, templates: Collection[str], now: datetime) -> None:
    if isinstance(step, Send | Ask) and step.template not in templates:
        text = _("Step “%(step)s”: there is no template “%(template)s”.")
        raise JourneyRefused(text, step=step.id, template=step.template)
    if isinstance(step, Ask):
        _check_ask(step, plan)
    if isinstance(step, Act):
        _check_act(step, plan)
    if isinstance(step, Branch):
        _check_branch(step, plan)
    if isinstance(step, Wait | WaitFor):
        _check_wait(step, now)


def _check_start(plan: Plan) -> None:
    start = plan.start
    if start.fact:
        _check_fact(start.fact)
        begins = SUBJECTS[plan.subject].starts
        speaks = start.fact.startswith(begins) if begins else not start.fact.startswith(OF_THE_HOUSE)
        if not speaks:
            text = _("“%(fact)s” does not speak of the subject “%(subject)s”.")
            raise JourneyRefused(text, fact=start.fact, subject=plan.subject)
    if start.segment and not Segment.objects.filter(pk=start.segment).exists():
        raise JourneyRefused(_("There is no segment %(segment)s."), segment=start.segment)
    if start.date and start.date not in DATES:
        text = _("There is no date “%(date)s”; there are: %(known)s.")
        raise JourneyRefused(text, date=start.date, known=", ".join(DATES))


def _check_fact(kind: str, step: str = "") -> None:
    kind = kind.removeprefix(OF_CUSTOMER)
    if kind in KINDS:
        return
    if step:
        raise JourneyRefused(_("Step “%(step)s”: there is no fact called “%(fact)s”."), step=step, fact=kind)
    raise JourneyRefused(_("There is no fact called “%(fact)s”."), fact=kind)


def _check_ask(step: Ask, plan: Plan) -> None:
    if step.what not in ASKS:
        text = _("Step “%(step)s” asks for “%(what)s”; what can be asked for: %(known)s.")
        raise JourneyRefused(text, step=step.id, what=step.what, known=", ".join(ASKS))
    if plan.subject not in ASKS[step.what].subjects:
        text = _("Step “%(step)s” asks for “%(what)s”, which needs a journey about: %(subjects)s.")
        raise JourneyRefused(text, step=step.id, what=step.what, subjects=", ".join(ASKS[step.what].subjects))
    purpose = Template.objects.filter(slug=step.template).values_list("purpose_id", flat=True).first()
    right = ASKS[step.what].purpose
    if purpose and purpose != right:  # BGH VI ZR 225/17: asking for an opinion is advertising, whatever it stands in
        text = _("Step “%(step)s”: a mail that asks for “%(what)s” has the purpose “%(right)s”, and not “%(purpose)s”.")
        raise JourneyRefused(text, step=step.id, what=step.what, purpose=purpose, right=right)


def _check_act(step: Act, plan: Plan) -> None:
    act = ACTS.get(step.act)
    if act is None:
        text = _("Step “%(step)s”: “%(act)s” is nothing that can be done here; there are: %(known)s.")
        raise JourneyRefused(text, step=step.id, act=step.act, known=", ".join(ACTS))
    if act.subjects and plan.subject not in act.subjects:
        text = _("Step “%(step)s”: “%(act)s” needs a journey about: %(subjects)s.")
        raise JourneyRefused(text, step=step.id, act=step.act, subjects=", ".join(act.subjects))
    try:
        check_values(act, step.values)
    except ActRefused as refusal:
        raise _at(step.id, refusal.reason) from None


def _check_branch(step: Branch, plan: Plan) -> None:
    if step.fact:
        _check_fact(step.fact, step.id)
        return
    try:
        fields.read(step.condition, *CONDITIONS.get(plan.subject, ("customer",)))
    except ConditionRefused as refusal:
        raise _at(step.id, refusal.reason) from None


def _check_wait(step: Wait | WaitFor, now: datetime) -> None:
    delays: Iterable[Delay | None] = (step.delay, step.otherwise) if isinstance(step, Wait) else (step.within,)
    for delay in delays:
        # where the day ends last, it is over everywhere
        if delay and delay.on and delay.on < (now - timedelta(hours=12)).date():
            text = _("Step “%(step)s” waits for %(on)s, which has passed.")
            raise JourneyRefused(text, step=step.id, on=delay.on.isoformat())
    if isinstance(step, WaitFor):
        for fact in step.facts:
            _check_fact(fact, step.id)


def _at(step: str, why: Any) -> JourneyRefused:
    return JourneyRefused(_("Step “%(step)s”: %(why)s"), step=step, why=str(why))
