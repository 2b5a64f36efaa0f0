"""A template before it has contents, and its settings."""

from collections.abc import Mapping

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.channels import Channel
from messaging.actions import Written, drafts
from messaging.actions.templates import refuse_loop
from messaging.models import Template
from messaging.presets import read_presets
from shelf.reasons import Refusal


class NewTemplate(forms.ModelForm):
    """Name, purpose, channel, and where to start from."""

    start = forms.ChoiceField(label=gettext_lazy("start with"), required=False)

    class Meta:
        model = Template
        fields = ("name", "purpose", "channel")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        presets = [(f"preset:{preset.slug}", _preset_name(preset.name)) for preset in read_presets()]
        copies = [(f"copy:{pk}", name) for pk, name in Template.objects.order_by("name").values_list("pk", "name")]
        choices = [("", _("an empty mail")), (_("Ready-made mails"), presets), (_("A copy of"), copies)]
        self.fields["start"].choices = choices

    def contents(self) -> dict[str, Written]:
        kind, _colon, which = self.cleaned_data["start"].partition(":")
        if self.cleaned_data["channel"] != Channel.EMAIL:
            kind = "" if kind == "preset" else kind
        if kind == "preset":
            preset = next(preset for preset in read_presets() if preset.slug == which)
            return {lang: Written(c.subject, c.preheader, "", "", c.blocks) for lang, c in preset.contents.items()}
        if kind == "copy":
            source = Template.objects.get(pk=which)
            if source.channel == self.cleaned_data["channel"]:
                return {lang: Written.of(content) for lang, content in drafts.working(source).contents.items()}
        return {}


def _preset_name(names: Mapping[str, str]) -> str:
    return names.get(settings.LANGUAGE_CODE) or names["en"]


class Settings(forms.ModelForm):
    """Name and purpose; and which template of another channel follows where this one does not arrive."""

    class Meta:
        model = Template
        fields = ("name", "purpose", "instead", "instead_after_hours")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        of_others = Template.objects.exclude(channel=self.instance.channel)
        follower = self.fields["instead"]
        follower.queryset = of_others.filter(purpose=self.instance.purpose_id).order_by("name")
        follower.label_from_instance = lambda one: f"{one.name} ({one.get_channel_display()})"
        follower.empty_label = _("nothing")
        follower.help_text = _("Where this one reaches nobody, is refused or stays unread. Only of the same purpose.")
        self.fields["instead_after_hours"].required = False

    def clean_instead_after_hours(self) -> int:
        return self.cleaned_data["instead_after_hours"] or self.initial["instead_after_hours"] or 1

    def clean(self):
        cleaned = super().clean() or {}
        follower = cleaned.get("instead")
        if follower and cleaned.get("purpose") and follower.purpose_id != cleaned["purpose"].pk:
            self.add_error("instead", _("It has another purpose, so its readers may have said no to it."))
        try:
            refuse_loop(self.instance, follower)
        except Refusal as refusal:
            self.add_error("instead", str(refusal))
        return cleaned
