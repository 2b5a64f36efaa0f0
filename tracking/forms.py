"""What an agent types about a parcel."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tracking.carriers.seen import CheckpointSeen
from tracking.milestones import RANKS
from tracking.templatetags.parcels import LABELS, REASONS


class ScanForm(forms.Form):
    """A scan that somebody told on the telephone; times are of the person's own zone."""

    milestone = forms.ChoiceField(
        label=_("what happened"), choices=[(key, LABELS[key]) for key in RANKS if key in LABELS and key != "pending"]
    )
    occurred_at = forms.DateTimeField(
        label=_("when"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    reason = forms.ChoiceField(label=_("why"), required=False, choices=[("", "—"), *REASONS.items()])
    city = forms.CharField(label=_("where"), required=False, max_length=120)

    def seen(self) -> CheckpointSeen:
        return CheckpointSeen(**self.cleaned_data)
