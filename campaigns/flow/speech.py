"""The steps of a flow in sentences, also of one that is not right yet."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.engine import JourneyRefused
from campaigns.flow.links import Raw, ways_of
from campaigns.flow.problems import alone
from campaigns.read_aloud import Line, line_of
from campaigns.subjects import SUBJECTS

# kind → what it does, in two words: the menu of new steps and the boxes of the picture
NAMES = {
    "send": gettext_lazy("Send a message"),
    "wait": gettext_lazy("Wait"),
    "wait_for": gettext_lazy("Wait until something happens"),
    "branch": gettext_lazy("Part the way"),
    "split": gettext_lazy("Draw lots (A/B)"),
    "ask": gettext_lazy("Ask for an opinion"),
    "act": gettext_lazy("Do something"),
    "exit": gettext_lazy("Let them go"),
}
SHORT = {
    "send": pgettext_lazy("step", "Send"),
    "wait": pgettext_lazy("step", "Wait"),
    "wait_for": pgettext_lazy("step", "Wait until"),
    "branch": pgettext_lazy("step", "Whether"),
    "split": pgettext_lazy("step", "Lots"),
    "ask": pgettext_lazy("step", "Ask"),
    "act": pgettext_lazy("step", "Do"),
    "exit": pgettext_lazy("step", "Let go"),
}
SYMBOLS = {
    "send": "mail",
    "wait": "clock",
    "wait_for": "inbox",
    "branch": "route",
    "split": "grid",
    "ask": "star",
    "act": "bolt",
    "exit": "out",
}


def spoken(step: Raw, subject: str, templates: Mapping[str, str]) -> Line:
    """``templates``: names by slug."""
    subject = subject if subject in SUBJECTS else "order"
    try:
        plan = alone(step, subject)
    except JourneyRefused:
        return Line(step["do"], str(NAMES[step["do"]]), _("It is not filled in yet."), step["id"])
    return line_of(plan.steps[step["id"]], subject, templates)


def ways_in_words(step: Raw) -> dict[str, str]:
    """What stands over each way out, by its key."""
    if step["do"] == "split":
        variants = step.get("variants", [])
        said = {str(n): f"{v.get('name', '')} · {v.get('percent', 0)} %" for n, v in enumerate(variants)}
        held = _("held out")
        return {key: f"{text} · {held}" if variants[int(key)].get("holdout") else text for key, text in said.items()}
    if step["do"] == "wait_for":
        return {"then": _("it happened"), "otherwise": _("it did not")}
    if step["do"] == "branch":
        return {"then": _("yes"), "otherwise": _("no")}
    return {key: _("then") for key, _target in ways_of(step)}
