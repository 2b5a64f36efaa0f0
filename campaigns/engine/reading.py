"""From a version's JSON to a plan. Whatever cannot be followed is refused in a sentence that names the step.

Only the shape is read here; whether facts, templates, fields and acts exist is asked when a version is published
(campaigns/checking.py).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any, TypeGuard

from django.utils.translation import gettext_noop as _

from campaigns.engine.graph import check_graph
from campaigns.engine.plan import (
    LATE_HOURS,
    OF_CUSTOMER,
    Act,
    Ask,
    Branch,
    Delay,
    Exit,
    Goal,
    JourneyRefused,
    Plan,
    ReEntry,
    Send,
    Split,
    Start,
    Step,
    Variant,
    Wait,
    WaitFor,
    Window,
)
from campaigns.subjects import SUBJECTS, anchors_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
NAME = r"[a-z0-9_-]{1,60}"
GOAL_DAYS = 30
MOST_STEPS = 200

Raw = Mapping[str, Any]


def read_plan(definition: Raw) -> Plan:
    """The plan in a version's JSON. Raises JourneyRefused with a sentence that names the step."""
    if not isinstance(definition, Mapping):
        raise JourneyRefused(_("A journey is a JSON object."))
    start = _read_start(definition.get("starts_with"))
    subject = definition.get("subject", "order")
    if not isinstance(subject, str) or subject not in SUBJECTS:
        text = _("The subject “%(subject)s” is not one of: %(subjects)s.")
        raise JourneyRefused(text, subject=str(subject), subjects=", ".join(SUBJECTS))
    if not start.fact and subject != "customer":
        raise JourneyRefused(_("A journey that starts with a segment or a date is about a customer."))
    counts_from = definition.get("counts_from", "recorded")
    if counts_from not in ("recorded", "happened"):
        raise JourneyRefused(_("counts_from is “recorded” or “happened”."))
    ends = definition.get("ends_with", [])
    if not isinstance(ends, list) or not all(isinstance(kind, str) for kind in ends):
        raise JourneyRefused(_("ends_with is a list of facts."))
    steps = _read_steps(definition.get("steps"), subject)
    return Plan(
        start=start,
        subject=subject,
        ends_with=tuple(_heard(kind, subject) for kind in ends),
        steps=steps,
        counts_from=counts_from,
        goal=_read_goal(definition.get("goal"), subject),
        re_entry=_read_re_entry(definition.get("re_entry"), subject),
        loops=check_graph(steps),
    )


def _heard(kind: str, subject: str) -> str:
    """A journey about a person hears everything of that person, whether it says so or not."""
    return OF_CUSTOMER + kind if subject == "customer" and not kind.startswith(OF_CUSTOMER) else kind


# --- Beginning, goal, coming back ---------------------------------------------------------------------------------


def _read_start(raw: Any) -> Start:
    if isinstance(raw, str) and raw:
        return Start(fact=raw)
    if not isinstance(raw, Mapping):
        raise JourneyRefused(_("The journey does not say which fact starts it (starts_with)."))
    named = [key for key in ("fact", "segment", "date") if raw.get(key)]
    if len(named) != 1 or not (_whole(raw["segment"]) if named == ["segment"] else isinstance(raw[named[0]], str)):
        raise JourneyRefused(_("starts_with names one fact, one segment or one date."))
    if "fact" in named:
        return Start(fact=raw["fact"])
    if "segment" in named:
        if raw.get("moves", "enters") not in ("enters", "leaves"):
            raise JourneyRefused(_("A segment starts a journey when somebody “enters” or “leaves” it."))
        return Start(segment=raw["segment"], moves=raw.get("moves", "enters"))
    days, at = raw.get("days", 0), raw.get("at", "00:00")
    if not _whole(days) or not -3650 <= days <= 3650 or not re.fullmatch(CLOCK, str(at)):
        raise JourneyRefused(
            _("A date starts a journey a whole number of days after or before it, at a time like 10:00.")
        )
    return Start(date=raw["date"], days=days, at=time.fromisoformat(at))


def _read_goal(raw: Any, subject: str) -> Goal | None:
    if not raw:
        return None
    if isinstance(raw, str):
        raw = {"fact": raw}
    fact, days = (raw.get("fact"), raw.get("days", GOAL_DAYS)) if isinstance(raw, Mapping) else (None, 0)
    if not isinstance(fact, str) or not fact or not _whole(days) or not 1 <= days <= 3650:
        raise JourneyRefused(_("The goal is a fact and a number of days, at least 1."))
    return Goal(_heard(fact, subject), days, ends=raw.get("ends") is True)


def _read_re_entry(raw: Any, subject: str) -> ReEntry:
    if raw is None:
        return ReEntry("event" if subject == "customer" else "subject")
    if raw in ("once", "order", "subject", "event"):
        return ReEntry(raw)
    days = raw.get("days") if isinstance(raw, Mapping) else None
    if not _whole(days) or not 1 <= days <= 3650:
        raise JourneyRefused(_("re_entry is “once”, “order”, “subject”, “event” or a number of days, at least 1."))
    return ReEntry("days", days)


# --- Steps --------------------------------------------------------------------------------------------------------


def _read_steps(raw: Any, subject: str) -> dict[str, Step]:
    if not isinstance(raw, list) or not raw:
        raise JourneyRefused(_("The journey has no steps."))
    if len(raw) > MOST_STEPS:
        raise JourneyRefused(_("The journey has more than %(count)s steps."), count=MOST_STEPS)
    names = [_name_of(position, step) for position, step in enumerate(raw, 1)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise JourneyRefused(_("Two steps are called “%(step)s”."), step=twice)
    followers = [*names[1:], ""]
    return {
        name: _read_step(name, step, follower, subject)
        for name, step, follower in zip(names, raw, followers, strict=True)
    }


def _name_of(position: int, raw: Any) -> str:
    name = raw.get("id") if isinstance(raw, Mapping) else None
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        raise JourneyRefused(_("Step %(position)s needs an id of small letters, digits, _ and -."), position=position)
    return name


def _read_step(name: str, raw: Raw, follower: str, subject: str) -> Step:
    reader = READERS.get(str(raw.get("do")))
    if reader is None:
        text = _("Step “%(step)s”: “%(do)s” is not one of: %(known)s.")
        raise JourneyRefused(text, step=name, do=str(raw.get("do")), known=", ".join(DOES))
    return reader(name, raw, _lead(name, raw, "next", follower), subject)


def _lead(name: str, raw: Raw, key: str, default: str) -> str:
    """A step's id, or empty for the end."""
    target = raw.get(key, default)
    target = "" if target is None else target
    if not isinstance(target, str):
        raise JourneyRefused(_("Step “%(step)s”: “%(key)s” is the id of a step."), step=name, key=key)
    return target


def _read_wait(name: str, raw: Raw, follower: str, subject: str) -> Wait:
    otherwise = _read_delay(name, raw["otherwise"], subject) if raw.get("otherwise") else None
    delay = _read_delay(name, raw, subject)
    delays = [delay, *([otherwise] if otherwise else [])]
    return Wait(name, delay, otherwise, follower, _moved_by(delays, subject))


def _read_wait_for(name: str, raw: Raw, follower: str, subject: str) -> WaitFor:
    said = raw.get("fact")
    facts = [said] if isinstance(said, str) else said
    if not isinstance(facts, list) or not facts or not all(isinstance(f, str) and f for f in facts):
        raise JourneyRefused(_("Step “%(step)s” does not say which fact it waits for."), step=name)
    if not isinstance(raw.get("within"), Mapping):
        raise JourneyRefused(_("Step “%(step)s” does not say how long it waits (within)."), step=name)
    if raw.get("since", "entered") not in ("entered", "step"):
        raise JourneyRefused(_("Step “%(step)s”: since is “entered” or “step”."), step=name)
    within = _read_delay(name, {"after": "step_at", **raw["within"]}, subject)
    return WaitFor(
        name,
        tuple(_heard(fact, subject) for fact in facts),
        within,
        then=_lead(name, raw, "then", follower),
        otherwise=_lead(name, raw, "otherwise", follower),
        since=raw.get("since", "entered"),
        moved_by=_moved_by([within], subject),
    )


def _moved_by(delays: Sequence[Delay], subject: str) -> tuple[str, ...]:
    known = anchors_of(subject)
    return tuple(dict.fromkeys(_heard(k, subject) for d in delays if not d.on for k in known[d.after].moved_by))


def _read_send(name: str, raw: Raw, follower: str, subject: str) -> Send:
    return Send(name, _template(name, raw), _late(name, raw), follower)


def _read_ask(name: str, raw: Raw, follower: str, subject: str) -> Ask:
    what = raw.get("what")
    if not isinstance(what, str) or not what:
        raise JourneyRefused(_("Step “%(step)s” does not say what it asks for."), step=name)
    return Ask(name, what, _template(name, raw), _late(name, raw), follower)


def _template(name: str, raw: Raw) -> str:
    template = raw.get("template")
    if not isinstance(template, str) or not template:
        raise JourneyRefused(_("Step “%(step)s” does not say which template to send."), step=name)
    return template


def _late(name: str, raw: Raw, default: int | None = LATE_HOURS) -> Any:
    late = raw.get("late_hours", default)
    if (late is not None and (not _whole(late) or not 1 <= late <= 10_000)) or (late is None and default is not None):
        raise JourneyRefused(_("Step “%(step)s”: late_hours is a number of hours, at least 1."), step=name)
    return late


def _read_branch(name: str, raw: Raw, follower: str, subject: str) -> Branch:
    tree, fact = raw.get("if"), raw.get("fact")
    if (tree is None) == (fact is None) or not isinstance(tree if fact is None else fact, Mapping | str):
        raise JourneyRefused(_("Step “%(step)s” needs a condition (if) or a fact, and not both."), step=name)
    if tree is not None and not isinstance(tree, Mapping):
        raise JourneyRefused(_("Step “%(step)s”: the condition is a JSON object."), step=name)
    if fact is not None and (not isinstance(fact, str) or not fact):
        raise JourneyRefused(_("Step “%(step)s” needs a condition (if) or a fact, and not both."), step=name)
    return Branch(
        name,
        then=_lead(name, raw, "then", follower),
        otherwise=_lead(name, raw, "otherwise", follower),
        condition=tree,
        fact=_heard(fact, subject) if fact else "",
    )


def _read_split(name: str, raw: Raw, follower: str, subject: str) -> Split:
    given = raw.get("variants")
    if not isinstance(given, list) or len(given) < 2:
        raise JourneyRefused(_("Step “%(step)s” needs at least two variants."), step=name)
    variants = tuple(_read_variant(name, variant, follower) for variant in given)
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names):
        raise JourneyRefused(_("Step “%(step)s”: two variants have the same name."), step=name)
    if sum(variant.percent for variant in variants) != 100:
        raise JourneyRefused(_("Step “%(step)s”: the percentages of its variants must add up to 100."), step=name)
    return Split(name, variants)


def _read_variant(name: str, raw: Any, follower: str) -> Variant:
    called = raw.get("name") if isinstance(raw, Mapping) else None
    if not isinstance(called, str) or not re.fullmatch(NAME, called):
        text = _("Step “%(step)s”: every variant needs a name of small letters, digits, _ and -.")
        raise JourneyRefused(text, step=name)
    percent = raw.get("percent")
    if not _whole(percent) or not 0 <= percent <= 100:
        text = _("Step “%(step)s”: the variant “%(variant)s” needs a whole percentage from 0 to 100.")
        raise JourneyRefused(text, step=name, variant=called)
    return Variant(called, percent, _lead(name, raw, "next", follower), raw.get("holdout") is True)


def _read_act(name: str, raw: Raw, follower: str, subject: str) -> Act:
    act, values = raw.get("act"), raw.get("with", {})
    if not isinstance(act, str) or not act:
        raise JourneyRefused(_("Step “%(step)s” does not say what to do (act)."), step=name)
    if not isinstance(values, Mapping):
        raise JourneyRefused(_("Step “%(step)s”: the values of an act (with) are a JSON object."), step=name)
    return Act(name, act, dict(values), _late(name, raw, None), follower)


def _read_exit(name: str, raw: Raw, follower: str, subject: str) -> Exit:
    return Exit(name)


# In the order of the editor's menu.
READERS: Mapping[str, Callable[[str, Raw, str, str], Step]] = {
    "send": _read_send,
    "wait": _read_wait,
    "wait_for": _read_wait_for,
    "branch": _read_branch,
    "split": _read_split,
    "ask": _read_ask,
    "act": _read_act,
    "exit": _read_exit,
}
DOES = tuple(READERS)


# --- Delays -------------------------------------------------------------------------------------------------------


def _read_delay(name: str, raw: Any, subject: str) -> Delay:
    known = anchors_of(subject)
    after = raw.get("after", "entered_at") if isinstance(raw, Mapping) else None
    if not isinstance(after, str) or after not in known:
        text = _("Step “%(step)s” waits after “%(after)s”, which is not one of: %(anchors)s.")
        raise JourneyRefused(text, step=name, after=str(after), anchors=", ".join(known))
    days, hours = raw.get("days", 0), raw.get("hours", 0)
    if not (_whole(days) and _whole(hours)) or abs(days) > 3650 or not 0 <= hours <= 10_000:
        raise JourneyRefused(_("Step “%(step)s”: days and hours are whole numbers, hours not below zero."), step=name)
    if days < 0 and after in ("entered_at", "step_at"):
        raise JourneyRefused(_("Step “%(step)s” waits for a time before its own start."), step=name)
    delay = Delay(after, days, hours, _clock(name, raw.get("at")), _weekdays(name, raw), _window(name, raw))
    if raw.get("on") is not None:
        delay = replace(delay, on=_date(name, raw))
    if delay.at and delay.between:
        raise JourneyRefused(_("Step “%(step)s” has a time (at) and a window (between): choose one."), step=name)
    return delay


def _clock(name: str, at: Any) -> time | None:
    if at is None:
        return None
    if not isinstance(at, str) or not re.fullmatch(CLOCK, at):
        raise JourneyRefused(_("Step “%(step)s”: “%(at)s” is not a time such as 10:00."), step=name, at=str(at))
    return time.fromisoformat(at)


def _weekdays(name: str, raw: Raw) -> frozenset[int]:
    days = raw.get("weekdays")
    if days is None:
        return frozenset()
    if not isinstance(days, list) or not days or not all(day in WEEKDAYS for day in days):
        text = _("Step “%(step)s”: weekdays is a list of: %(known)s.")
        raise JourneyRefused(text, step=name, known=", ".join(WEEKDAYS))
    return frozenset(WEEKDAYS.index(day) for day in days)


def _window(name: str, raw: Raw) -> Window | None:
    given = raw.get("between")
    if given is None:
        return None
    if not isinstance(given, list) or len(given) != 2:
        raise JourneyRefused(_("Step “%(step)s”: between is two times, such as 10:00 and 18:00."), step=name)
    since, until = _clock(name, given[0]), _clock(name, given[1])
    if since is None or until is None or since == until:
        raise JourneyRefused(_("Step “%(step)s”: between is two times, such as 10:00 and 18:00."), step=name)
    return Window(since, until)


def _date(name: str, raw: Raw) -> date:
    if raw.get("after", "step_at") != "step_at":
        raise JourneyRefused(_("Step “%(step)s” waits for a date (on) and after an anchor: choose one."), step=name)
    try:
        return date.fromisoformat(str(raw["on"]))
    except ValueError:
        text = _("Step “%(step)s”: “%(on)s” is not a date such as 2026-12-24.")
        raise JourneyRefused(text, step=name, on=str(raw["on"])) from None


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
