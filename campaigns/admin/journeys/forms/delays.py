"""How long a step waits: an anchor, days and hours after it, then a time of day, a window, weekdays; or a date."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.admin.journeys.known import Known
from campaigns.engine.reading import WEEKDAYS
from campaigns.read_aloud import WEEKDAYS as NAMES

CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class DelayForm(forms.Form):
    days = forms.IntegerField(label=_("days"), min_value=0, max_value=3650, required=False)
    hours = forms.IntegerField(label=_("hours"), min_value=0, max_value=10_000, required=False)
    side = forms.ChoiceField(label=_("before or after"), choices=[("after", _("after")), ("before", _("before"))])
    after = forms.ChoiceField(label=_("what"))
    at = forms.TimeField(label=_("then at this time of the customer's day"), required=False, widget=CLOCK)
    since = forms.TimeField(label=_("or between"), required=False, widget=CLOCK)
    until = forms.TimeField(label=_("and"), required=False, widget=CLOCK)
    weekdays = forms.MultipleChoiceField(
        label=_("on these days only"),
        choices=list(zip(WEEKDAYS, NAMES, strict=True)),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    on = forms.DateField(
        label=_("or on this date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, known: Known, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["after"].choices = known.anchors

    @property
    def span(self) -> list[forms.BoundField]:
        return [self[name] for name in ("days", "hours", "side", "after")]

    @property
    def clock(self) -> list[forms.BoundField]:
        return [self[name] for name in ("at", "since", "until", "on")]

    @property
    def is_narrowed(self) -> bool:
        """Does it say more than a span?"""
        return bool(self.errors) or any(self[name].value() for name in ("at", "since", "until", "on", "weekdays"))

    def as_raw(self) -> dict[str, Any]:
        said = self.cleaned_data
        raw: dict[str, Any] = {}
        if said["on"]:
            raw["on"] = said["on"].isoformat()
        else:
            days = said["days"] or 0
            span = {"days": -days if said["side"] == "before" else days, "hours": said["hours"] or 0}
            raw = {"after": said["after"], **{unit: n for unit, n in span.items() if n}}
            if said["weekdays"]:
                raw["weekdays"] = said["weekdays"]
        if said["at"]:
            raw["at"] = f"{said['at']:%H:%M}"
        if said["since"] and said["until"]:
            raw["between"] = [f"{said['since']:%H:%M}", f"{said['until']:%H:%M}"]
        return raw

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if bool(said.get("since")) != bool(said.get("until")):
            self.add_error("until", _("A window has a beginning and an end."))
        return said


def initial_of(raw: Any, after: str = "entered_at") -> dict[str, Any]:
    """A delay of a definition as values of the form; what is no delay gives an empty one."""
    said: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    days = said.get("days") if isinstance(said.get("days"), int) else 0
    between = said.get("between") if isinstance(said.get("between"), list) else []
    since, until = between if len(between) == 2 else ("", "")
    return {
        "days": abs(days) or None,
        "hours": said.get("hours") or None,
        "side": "before" if days < 0 else "after",
        "after": said.get("after", after),
        "at": said.get("at"),
        "since": since,
        "until": until,
        "weekdays": said.get("weekdays") or [],
        "on": said.get("on"),
    }
