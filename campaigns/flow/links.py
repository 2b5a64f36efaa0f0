"""Where the steps of a definition lead. Every way out of a step has a key: next, then, otherwise, or the number of a
variant. An empty target is the end."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from django.utils.translation import gettext_noop as _

from campaigns.engine import JourneyRefused
from campaigns.engine.reading import DOES, MOST_STEPS, NAME

Raw = dict[str, Any]
KINDS = DOES
TWO_WAYS = ("branch", "wait_for")
PARTING = (*TWO_WAYS, "split")
LONGEST = 400_000  # letters of JSON; 200 steps with long conditions have a tenth of it


class NotEditable(JourneyRefused):
    """No definition that an editor could show."""


def check_editable(definition: Any) -> None:
    """Raises NotEditable unless this is a list of named steps of known kinds; all else may still be wrong."""
    steps = definition.get("steps", []) if isinstance(definition, Mapping) else None
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise NotEditable(_("A journey is a JSON object with a list of steps."))
    if len(steps) > MOST_STEPS:
        raise NotEditable(_("The journey has more than %(count)s steps."), count=MOST_STEPS)
    names = [step.get("id") for step in steps]
    for position, (name, step) in enumerate(zip(names, steps, strict=True), 1):
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            text = _("Step %(position)s needs an id of small letters, digits, _ and -.")
            raise NotEditable(text, position=position)
        if names.count(name) > 1:
            raise NotEditable(_("Two steps are called “%(step)s”."), step=name)
        if step.get("do") not in KINDS:
            text = _("Step “%(step)s”: “%(do)s” is not one of: %(known)s.")
            raise NotEditable(text, step=name, do=str(step.get("do"))[:40], known=", ".join(KINDS))
        variants = step.get("variants", [])
        if not isinstance(variants, list) or not all(isinstance(variant, dict) for variant in variants):
            raise NotEditable(_("Step “%(step)s” needs at least two variants."), step=name)
        targets = [target for _key, target in ways_of(step)]
        if not all(target is None or isinstance(target, str) for target in targets):
            raise NotEditable(_("Step “%(step)s”: “%(key)s” is the id of a step."), step=name, key="next")


def ways_of(step: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(key, target) of every way out, in the order in which they are written."""
    if step["do"] == "exit":
        return
    if step["do"] == "split":
        for number, variant in enumerate(step.get("variants", [])):
            yield str(number), variant.get("next")
        return
    for key in ("then", "otherwise") if step["do"] in TWO_WAYS else ("next",):
        yield key, step.get(key)


def lead(step: Raw, key: str, target: str) -> None:
    place = step["variants"][int(key)] if key.isdigit() else step
    place["next" if key.isdigit() else key] = target


def explicit(steps: list[Mapping[str, Any]]) -> dict[str, Raw]:
    """The steps by id, each saying itself where it leads."""
    found: dict[str, Raw] = {}
    names = [step["id"] for step in steps]
    for step, follower in zip(steps, [*names[1:], ""], strict=False):
        copy = deepcopy(dict(step))
        said = _said(copy)
        for key, _target in list(ways_of(copy)):
            lead(copy, key, said.get(key, follower))
        found[copy["id"]] = copy
    return found


def _said(step: Raw) -> dict[str, str]:
    if step["do"] == "split":
        variants = enumerate(step.get("variants", []))
        return {str(number): variant["next"] or "" for number, variant in variants if "next" in variant}
    return {key: step[key] or "" for key in ("next", "then", "otherwise") if key in step}


def compact(steps: list[Raw]) -> list[Raw]:
    """The steps as a file has them: who leads to the step below does not say so, unless the way parts there."""
    found = []
    for step, follower in zip(steps, [*(s["id"] for s in steps[1:]), ""], strict=False):
        short = deepcopy(step)
        if short["do"] not in PARTING and short.get("next") == follower:
            del short["next"]
        found.append(short)
    return found


def unlinked(step: Mapping[str, Any]) -> Raw:
    """The step by itself, leading nowhere."""
    alone = deepcopy(dict(step))
    for key, _target in list(ways_of(alone)):
        lead(alone, key, "")
    return alone
