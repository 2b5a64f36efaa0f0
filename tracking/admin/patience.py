"""How long a stage may last without a scan, where the owner knows a carrier better than we do."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from staff.lists import Room
from tracking.carriers.names import display_name
from tracking.flags import PATIENCE
from tracking.models import Patience
from tracking.templatetags.parcels import LABELS


def stages() -> list[tuple[str, str]]:
    """With the days that hold where nobody says otherwise."""
    return [
        (
            stage,
            ngettext("%(stage)s (%(days)d day)", "%(stage)s (%(days)d days)", days)
            % {"stage": LABELS[stage], "days": days},
        )
        for stage, days in PATIENCE.items()
    ]


class PatienceForm(forms.ModelForm):
    milestone = forms.ChoiceField(label=_("stage"), choices=stages)
    days = forms.IntegerField(label=_("days without a scan"), min_value=1, max_value=45)

    class Meta:
        model = Patience
        fields = ("carrier", "milestone", "days")


@admin.register(Patience)
class Patiences(Room):
    place = ("shop", 9)
    symbol = "clock"
    form = PatienceForm
    list_display = ("carrier_name", "stage", "days")
    ordering = ("carrier", "milestone")
    empty_text = _("Every stage may last as long as we think: 5 days on the way, 2 with the courier, and so on.")

    @admin.display(description=_("carrier"))
    def carrier_name(self, patience):
        return (display_name(patience.carrier, "en") or patience.carrier) if patience.carrier else _("all others")

    @admin.display(description=_("stage"))
    def stage(self, patience):
        return LABELS.get(patience.milestone, patience.milestone)
