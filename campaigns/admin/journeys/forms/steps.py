"""A form for every kind of step."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.acts import ACTS
from campaigns.admin.journeys.forms.delays import DelayForm, initial_of
from campaigns.admin.journeys.known import Known, flat
from campaigns.engine.plan import LATE_HOURS, OF_CUSTOMER
from campaigns.engine.reading import NAME
from campaigns.flow.links import Raw, ways_of
from campaigns.flow.speech import ways_in_words
from campaigns.segments import editing

LOTS = 6  # as many as a form shows; three are already hard to tell apart


class StepForm(forms.Form):
    """``targets``: the steps that a way may lead to. ``delays``: forms of waits within this one, by their heading."""

    template_name: ClassVar[str] = "admin/campaigns/journey/forms/plain.html"
    name = forms.CharField(
        label=_("short name"),
        max_length=60,
        help_text=_("Small letters, digits, _ and -. People inside are found by it when a new version is published."),
    )

    def __init__(self, data: Any, step: Raw, known: Known, targets: list[tuple[str, str]], taken: set[str]):
        self.step, self.known, self.taken = step, known, taken
        super().__init__(data, initial={"name": step["id"], **self.initial_of(step)})
        self.delays = self.delays_of(data)
        words = ways_in_words(step)
        for key, target in ways_of(step):
            self.fields[f"lead-{key}"] = forms.ChoiceField(
                label=words.get(key, key), choices=[("", _("the end")), *targets], required=False, initial=target or ""
            )

    def initial_of(self, step: Raw) -> dict[str, Any]:
        return {}

    def delays_of(self, data: Any) -> list[tuple[Any, DelayForm]]:
        return []

    @property
    def own(self) -> list[forms.BoundField]:
        return [self[n] for n in self.fields if n != "name" and not n.startswith("lead-")]

    @property
    def leads(self) -> list[forms.BoundField]:
        return [self[n] for n in self.fields if n.startswith("lead-")]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if not re.fullmatch(NAME, name):
            raise forms.ValidationError(_("Only small letters, digits, _ and -."))
        if name != self.step["id"] and name in self.taken:
            raise forms.ValidationError(_("Another step is called so."))
        return name

    def is_valid(self) -> bool:
        inner = [form.is_valid() for _heading, form in self.delays]
        return super().is_valid() and all(inner)

    def as_raw(self) -> Raw:
        """The step's own fields, without its name and where it leads."""
        return {}

    def links(self) -> dict[str, str]:
        return {name.removeprefix("lead-"): self.cleaned_data[name] for name in self.fields if name.startswith("lead-")}


class LateForm(StepForm):
    late_hours = forms.IntegerField(
        label=_("too late after so many hours"),
        min_value=1,
        max_value=10_000,
        required=False,
        help_text=_("Then it is not sent any more, and says so."),
    )

    def initial_of(self, step: Raw) -> dict[str, Any]:
        return {"late_hours": step.get("late_hours", LATE_HOURS)}

    def as_raw(self) -> Raw:
        late = self.cleaned_data["late_hours"] or LATE_HOURS
        return {} if late == LATE_HOURS else {"late_hours": late}


class SendForm(LateForm):
    template = forms.ChoiceField(label=_("message"), required=False)
    field_order = ("name", "template")

    def __init__(self, data: Any, step: Raw, known: Known, targets: list[tuple[str, str]], taken: set[str]):
        super().__init__(data, step, known, targets, taken)
        said = step.get("template", "")
        gone = [(said, said)] if said and said not in known.templates else []
        self.fields["template"].choices = [*known.template_choices, *gone]

    def initial_of(self, step: Raw) -> dict[str, Any]:
        return {**super().initial_of(step), "template": step.get("template", "")}

    def as_raw(self) -> Raw:
        return {"template": self.cleaned_data["template"], **super().as_raw()}


class AskForm(SendForm):
    what = forms.ChoiceField(label=_("what is asked for"), required=False)
    field_order = ("name", "what", "template")

    def __init__(self, data: Any, step: Raw, known: Known, targets: list[tuple[str, str]], taken: set[str]):
        super().__init__(data, step, known, targets, taken)
        said = step.get("what", "")
        self.fields["what"].choices = [*known.asks, *([(said, said)] if said not in dict(known.asks) else [])]

    def initial_of(self, step: Raw) -> dict[str, Any]:
        return {**super().initial_of(step), "what": step.get("what", "")}

    def as_raw(self) -> Raw:
        return {"what": self.cleaned_data["what"], **super().as_raw()}


class WaitForm(StepForm):
    has_otherwise = forms.BooleanField(label=_("otherwise, if that is not known"), required=False)

    def initial_of(self, step: Raw) -> dict[str, Any]:
        return {"has_otherwise": bool(step.get("otherwise"))}

    def delays_of(self, data: Any) -> list[tuple[Any, DelayForm]]:
        said, other = initial_of(self.step), initial_of(self.step.get("otherwise"), "entered_at")
        return [
            (_("Until"), DelayForm(data, prefix="until", initial=said, known=self.known)),
            (
                _("If that never becomes known: until"),
                DelayForm(data, prefix="otherwise", initial=other, known=self.known),
            ),
        ]

    def as_raw(self) -> Raw:
        raw = self.delays[0][1].as_raw()
        if self.cleaned_data["has_otherwise"]:
            raw["otherwise"] = self.delays[1][1].as_raw()
        return raw


class WaitForForm(StepForm):
    facts = forms.MultipleChoiceField(
        label=_("until one of these happens"), required=False, widget=forms.CheckboxSelectMultiple
    )
    since = forms.ChoiceField(
        label=_("what counts"),
        choices=[
            ("entered", _("everything since the start")),
            ("step", _("only what happens while somebody stands here")),
        ],
    )

    def __init__(self, data: Any, step: Raw, known: Known, targets: list[tuple[str, str]], taken: set[str]):
        super().__init__(data, step, known, targets, taken)
        groups: list[tuple[Any, Any]] = list(known.facts)
        strange = [(kind, kind) for kind in self.initial["facts"] if kind not in flat(known.facts)]
        self.fields["facts"].choices = [*groups, (_("gone"), strange)] if strange else groups

    def initial_of(self, step: Raw) -> dict[str, Any]:
        said = step.get("fact")
        facts = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        facts = [_heard(fact, self.known) for fact in facts if isinstance(fact, str) and fact]
        return {"facts": facts, "since": step.get("since", "entered")}

    def delays_of(self, data: Any) -> list[tuple[Any, DelayForm]]:
        said = initial_of(self.step.get("within"), "step_at")
        return [(_("At the latest until"), DelayForm(data, prefix="within", initial=said, known=self.known))]

    def as_raw(self) -> Raw:
        facts = self.cleaned_data["facts"]
        since = {"since": "step"} if self.cleaned_data["since"] == "step" else {}
        within = self.delays[0][1].as_raw()
        if within.get("after") == "step_at":
            del within["after"]
        return {"fact": facts[0] if len(facts) == 1 else facts, "within": within, **since}


class BranchForm(StepForm):
    """A fact, or a tree of conditions: that form is the one of segments."""

    template_name = "admin/campaigns/journey/forms/branch.html"
    asks = forms.ChoiceField(
        label=_("it looks whether"),
        choices=[("if", _("conditions hold")), ("fact", _("something has happened"))],
        widget=forms.RadioSelect,
    )
    fact = forms.ChoiceField(label=_("what has happened"), required=False)

    def __init__(self, data: Any, step: Raw, known: Known, targets: list[tuple[str, str]], taken: set[str]):
        super().__init__(data, step, known, targets, taken)
        said = self.initial["fact"]
        gone = [(said, said)] if said and said not in flat(known.facts) else []
        self.fields["fact"].choices = [("", _("choose one")), *known.facts, *gone]
        typed = data is not None and "node" in data
        self.tree = editing.draft_in(data) if typed else editing.draft_of(step.get("if") or {"all": []})

    def initial_of(self, step: Raw) -> dict[str, Any]:
        return {"asks": "fact" if step.get("fact") else "if", "fact": _heard(step.get("fact", ""), self.known)}

    def as_raw(self) -> Raw:
        if self.cleaned_data["asks"] == "fact":
            return {"fact": self.cleaned_data["fact"]}
        return {"if": self.tree.as_json()} if self.tree.parts else {}


class SplitForm(StepForm):
    template_name = "admin/campaigns/journey/forms/split.html"

    def __init__(self, data: Any, step: Raw, known: Known, targets: list[tuple[str, str]], taken: set[str]):
        super().__init__(data, step, known, targets, taken)
        variants = step.get("variants", [])
        self.rows = []
        for number in range(min(LOTS, max(len(variants) + 1, 3))):
            said = variants[number] if number < len(variants) else {}
            self.fields[f"lot-{number}"] = forms.CharField(
                label=_("name"), max_length=60, required=False, initial=said.get("name", "")
            )
            self.fields[f"percent-{number}"] = forms.IntegerField(
                label=_("percent"), min_value=0, max_value=100, required=False, initial=said.get("percent")
            )
            self.fields[f"held-{number}"] = forms.BooleanField(
                label=_("held out: gets nothing"), required=False, initial=said.get("holdout") is True
            )
            self.rows.append([self[f"{part}-{number}"] for part in ("lot", "percent", "held")])

    def as_raw(self) -> Raw:
        """A lot without a name is taken out; a new one goes where the first one goes."""
        variants = []
        for number in range(len(self.rows)):
            said = {part: self.cleaned_data[f"{part}-{number}"] for part in ("lot", "percent", "held")}
            if not said["lot"].strip():
                continue
            to = self.cleaned_data.get(f"lead-{number}", self.meeting)
            row = {"name": said["lot"].strip(), "percent": said["percent"] or 0, "next": to}
            variants.append({**row, "holdout": True} if said["held"] else row)
        return {"variants": variants}

    meeting = ""  # where the ways meet: there a new lot leads at once

    def links(self) -> dict[str, str]:
        return {}


class ActForm(StepForm):
    """The fields of the act that was chosen; another act shows its own once it is saved."""

    act = forms.ChoiceField(label=_("what is done"), required=False)

    def __init__(self, data: Any, step: Raw, known: Known, targets: list[tuple[str, str]], taken: set[str]):
        super().__init__(data, step, known, targets, taken)
        said = step.get("act", "")
        self.fields["act"].choices = [*known.acts, *([(said, said)] if said and said not in ACTS else [])]
        values = step.get("with") if isinstance(step.get("with"), Mapping) else {}
        for one in ACTS[said].fields if said in ACTS else ():
            shown: dict[str, Any] = {"label": one.label, "required": False, "help_text": one.help}
            shown["initial"] = values.get(one.name)
            if one.choices:
                made: forms.Field = forms.ChoiceField(choices=[("", _("choose one")), *one.choices()], **shown)
            elif one.kind == "number":
                made = forms.IntegerField(min_value=0, **shown)
            else:
                made = forms.CharField(max_length=one.longest, **shown)
            self.fields[f"with-{one.name}"] = made
        self.fields["late_hours"] = forms.IntegerField(
            label=_("too late after so many hours"), min_value=1, max_value=10_000, required=False
        )
        self.initial["late_hours"] = step.get("late_hours")

    def initial_of(self, step: Raw) -> dict[str, Any]:
        return {"act": step.get("act", "")}

    def as_raw(self) -> Raw:
        said = self.cleaned_data
        raw: Raw = {"act": said["act"]}
        filled = {name.removeprefix("with-"): said[name] for name in self.fields if name.startswith("with-")}
        filled = {name: value for name, value in filled.items() if value not in (None, "")}
        if filled and said["act"] == self.step.get("act"):
            raw["with"] = filled
        if said["late_hours"]:
            raw["late_hours"] = said["late_hours"]
        return raw


class ExitForm(StepForm):
    pass


def _heard(kind: str, known: Known) -> str:
    """In a journey about a person every fact is one about anything of theirs, written or not."""
    if known.subject == "customer" and kind and not kind.startswith(OF_CUSTOMER):
        return OF_CUSTOMER + kind
    return kind


FORMS: dict[str, type[StepForm]] = {
    "send": SendForm,
    "wait": WaitForm,
    "wait_for": WaitForForm,
    "branch": BranchForm,
    "split": SplitForm,
    "ask": AskForm,
    "act": ActForm,
    "exit": ExitForm,
}
