"""What a draft changes, in sentences: compared with the version that is live, step by step, by their names."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.engine import JourneyRefused, read_plan
from campaigns.flow.links import Raw
from campaigns.flow.problems import HOLD
from campaigns.flow.shape import Flow
from campaigns.flow.speech import spoken, ways_in_words
from campaigns.read_aloud import read_aloud

ADDED, GONE, CHANGED = "added", "gone", "changed"
LINKS = ("next", "then", "otherwise")


@dataclass(frozen=True, slots=True)
class Difference:
    """``before`` and ``after`` are sentences; either is empty for what is new or gone."""

    kind: str
    step: str
    before: str
    after: str


def differences(before: Raw, after: Raw, templates: Mapping[str, str]) -> list[Difference]:
    old, new = Flow(before), Flow(after)
    found = _ends(before, after)
    for name in [*old.steps, *(name for name in new.steps if name not in old.steps)]:
        was, now = old.steps.get(name), new.steps.get(name)
        said = [_said(step, flow, templates) for step, flow in ((was, old), (now, new))]
        if was is None:
            found.append(Difference(ADDED, name, "", said[1]))
        elif now is None:
            found.append(Difference(GONE, name, said[0], ""))
        elif _without_links(was) != _without_links(now):
            found.append(Difference(CHANGED, name, said[0], said[1]))
        elif _leads(old, name) != _leads(new, name):
            found.append(Difference(CHANGED, name, _leads(old, name), _leads(new, name)))
    if old.first != new.first and old.first and new.first:
        texts = [_("The first step is “%(step)s”.") % {"step": flow.first} for flow in (old, new)]
        found.append(Difference(CHANGED, "", *texts))
    return found


def _said(step: Raw | None, flow: Flow, templates: Mapping[str, str]) -> str:
    if step is None:
        return ""
    line = spoken(step, flow.subject, templates)
    text = line.text if line.text.endswith(".") else f"{line.text}."
    return f"{text} {line.note}".strip()


def _without_links(step: Raw) -> Raw:
    """Its fields, and of a split the lots without their ways."""
    bare = {key: value for key, value in step.items() if key not in LINKS}
    if "variants" in bare:
        bare["variants"] = [{k: v for k, v in variant.items() if k != "next"} for variant in bare["variants"]]
    return bare


def _leads(flow: Flow, name: str) -> str:
    words = ways_in_words(flow.steps[name])
    end = _("the end")
    return "; ".join(f"{words[key]} → {to or end}" for _name, key, to in flow.edges([name]))


def _ends(before: Raw, after: Raw) -> list[Difference]:
    """Beginning, goal, ends: the lines that are not about steps."""
    was, now = _frame(before), _frame(after)
    if was == now:
        keys = sorted(key for key in {*before, *after} - {"steps"} if before.get(key) != after.get(key))
        return [Difference(CHANGED, "", f"{k}: {before.get(k)}", f"{k}: {after.get(k)}") for k in keys]
    found = []
    for kind in dict.fromkeys([*was, *now]):
        if was.get(kind) != now.get(kind):
            sort = ADDED if kind not in was else GONE if kind not in now else CHANGED
            found.append(Difference(sort, "", was.get(kind, ""), now.get(kind, "")))
    return found


def _frame(definition: Raw) -> dict[str, str]:
    try:
        lines = read_aloud(read_plan({**definition, "steps": [HOLD]}), {})
    except JourneyRefused as refusal:
        return {"start": str(refusal)}
    return {line.kind: f"{line.text} {line.note}".strip() for line in lines if line.kind != "exit"}
