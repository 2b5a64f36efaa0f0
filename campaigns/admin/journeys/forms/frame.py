"""Beginning, goal and end of a journey."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.admin.journeys.known import Known, flat
from campaigns.engine.reading import GOAL_DAYS
from campaigns.subjects import SUBJECTS

STARTS = (
    ("fact", _("something happens")),
    ("segment", _("somebody comes into a segment or leaves it")),
    ("date", _("a date comes round")),
)
RE_ENTRIES = (
    ("", _("as usual: once per order, parcel or occasion")),
    ("once", _("once for good")),
    ("order", _("once per order")),
    ("subject", _("once per order or parcel")),
    ("event", _("every time")),
    ("days", _("at most once in so many days")),
)
OWN = ("starts_with", "subject", "counts_from", "re_entry", "ends_with", "goal")


class FrameForm(forms.Form):
    subject = forms.ChoiceField(label=_("what it is about"))
    starts = forms.ChoiceField(label=_("it starts when"), choices=STARTS)
    fact = forms.ChoiceField(label=_("what happens"), required=False)
    segment = forms.TypedChoiceField(label=_("segment"), required=False, coerce=int, empty_value=None)
    moves = forms.ChoiceField(
        label=_("somebody"), choices=[("enters", _("comes in")), ("leaves", _("leaves"))], required=False
    )
    date = forms.ChoiceField(label=_("date"), required=False)
    days = forms.IntegerField(label=_("days"), min_value=0, max_value=3650, required=False)
    side = forms.ChoiceField(
        label=_("before or after"), choices=[("before", _("before")), ("after", _("after"))], required=False
    )
    at = forms.TimeField(label=_("at"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    re_entry = forms.ChoiceField(label=_("everybody may enter"), choices=RE_ENTRIES, required=False)
    re_entry_days = forms.IntegerField(label=_("in so many days"), min_value=1, max_value=3650, required=False)
    happened = forms.BooleanField(
        label=_("count from when it happened, not from when we learned of it"),
        help_text=_("Then news that reach us late are too late, instead of starting everything late."),
        required=False,
    )
    goal = forms.ChoiceField(label=_("it succeeds when"), required=False)
    goal_days = forms.IntegerField(label=_("within so many days"), min_value=1, max_value=3650, required=False)
    goal_ends = forms.BooleanField(label=_("and then it ends"), required=False)
    ends_with = forms.MultipleChoiceField(
        label=_("it ends early when"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, known: Known, segments: bool = True, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = [(name, subject.label) for name, subject in SUBJECTS.items()]
        self.fields["fact"].choices = known.starts
        self.fields["segment"].choices = known.segments if segments else []
        self.fields["date"].choices = known.dates
        self.fields["goal"].choices = [("", _("no goal")), *known.facts]
        self.fields["ends_with"].choices = known.facts
        self._keep("ends_with", self.initial.get("ends_with", []), known)
        self._keep("goal", [self.initial.get("goal")], known)
        fact = self.initial.get("fact")
        if fact and fact not in dict(known.starts):
            self.fields["fact"].choices = [*known.starts, (fact, fact)]

    def _keep(self, name: str, said: list[Any], known: Known) -> None:
        """What stands in the definition stays to be seen, also when there is no such fact any more."""
        strange = [(kind, kind) for kind in said if kind and kind not in flat(known.facts)]
        if strange:
            self.fields[name].choices = [*self.fields[name].choices, (_("gone"), strange)]

    def as_raw(self) -> dict[str, Any]:
        said = self.cleaned_data
        raw: dict[str, Any] = {"starts_with": self._start(), "subject": said["subject"]}
        if said["happened"]:
            raw["counts_from"] = "happened"
        if said["re_entry"]:
            days = said["re_entry_days"] or 30
            raw["re_entry"] = {"days": days} if said["re_entry"] == "days" else said["re_entry"]
        if said["ends_with"]:
            raw["ends_with"] = said["ends_with"]
        if said["goal"]:
            raw["goal"] = {"fact": said["goal"], "days": said["goal_days"] or GOAL_DAYS}
            if said["goal_ends"]:
                raw["goal"]["ends"] = True
        return raw

    def _start(self) -> Any:
        said = self.cleaned_data
        if said["starts"] == "segment":
            return {"segment": said["segment"], "moves": said["moves"] or "enters"}
        if said["starts"] == "date":
            days = said["days"] or 0
            at = f"{said['at']:%H:%M}" if said["at"] else "10:00"
            return {"date": said["date"], "days": -days if said["side"] == "before" else days, "at": at}
        return said["fact"]


def initial_of(definition: Mapping[str, Any], subject: str) -> dict[str, Any]:
    start, goal, again = definition.get("starts_with"), definition.get("goal"), definition.get("re_entry")
    start = start if isinstance(start, Mapping) else {"fact": start}
    goal = goal if isinstance(goal, Mapping) else {"fact": goal}
    days = start.get("days") if isinstance(start.get("days"), int) else 0
    ends = definition.get("ends_with")
    customer = subject == "customer"
    return {
        "subject": definition.get("subject", "order"),
        "starts": next((kind for kind in ("segment", "date") if start.get(kind)), "fact"),
        **{key: start.get(key) for key in ("fact", "segment", "moves", "date", "at")},
        "days": abs(days) or None,
        "side": "after" if days > 0 else "before",
        "re_entry": "days" if isinstance(again, Mapping) else again or "",
        "re_entry_days": again.get("days") if isinstance(again, Mapping) else None,
        "happened": definition.get("counts_from") == "happened",
        "goal": _heard(goal.get("fact"), customer),
        "goal_days": goal.get("days"),
        "goal_ends": bool(goal.get("ends")),
        "ends_with": [_heard(kind, customer) for kind in ends] if isinstance(ends, list) else [],
    }


def _heard(kind: Any, customer: bool) -> Any:
    """A journey about a person hears everything of that person, whether it says so or not."""
    return f"customer:{kind}" if customer and isinstance(kind, str) and ":" not in kind and kind else kind
