"""What marketers fill in about a campaign."""

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.mailing.schedule import has_passed
from campaigns.models import Campaign, Segment, SegmentVersion
from campaigns.segments import live_version
from customers.channels import Channel
from messaging.models import Template

Goes = Campaign.Goes


class CampaignForm(forms.ModelForm):
    class Meta:
        model = Campaign
        fields = (
            *("name", "template", "store", "segment", "language", "since_on", "until_on", "min_orders"),
            *("goes", "goes_on", "goes_at", "holdout_percent"),
        )
        widgets = {
            **{
                name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
                for name in ("since_on", "until_on", "goes_on")
            },
            "goes_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = Template.objects.filter(channel=Channel.EMAIL).order_by("name")
        choices = [("", _("all")), *settings.LANGUAGES]
        self.fields["language"] = forms.ChoiceField(
            label=Campaign._meta.get_field("language").verbose_name, choices=choices, required=False
        )
        self.fields["segment"] = forms.ModelChoiceField(
            Segment.objects.filter(versions__isnull=False).distinct().order_by("name"),
            label=Campaign._meta.get_field("segment").verbose_name,
            required=False,
            empty_label=_("none: by the days and the number of orders"),
        )
        if self.instance.segment_id:
            self.initial["segment"] = self.instance.segment.segment_id
        self.fields["min_orders"].min_value = 1
        self.fields["goes"].required = self.fields["holdout_percent"].required = False  # a form of before them

    def clean_segment(self) -> SegmentVersion | None:
        """Its live version: saving takes up what was published since."""
        segment = self.cleaned_data["segment"]
        return live_version(segment) if segment else None

    def clean_goes(self) -> str:
        return self.cleaned_data["goes"] or Goes.NOW

    def clean_holdout_percent(self) -> int:
        percent = self.cleaned_data["holdout_percent"] or 0
        others = sum(v.percent for v in self.instance.variants.all()) if self.instance.pk else 0
        if percent > 50 or percent + others > 99:
            raise forms.ValidationError(_("At most 50, and something must be left to send."))
        return percent

    def clean_min_orders(self) -> int:
        wanted = self.cleaned_data["min_orders"]
        if wanted < 1:
            raise forms.ValidationError(_("Nobody is a customer without an order: at least 1."))
        return wanted

    def clean(self):
        data = self.cleaned_data
        since, until = data.get("since_on"), data.get("until_on")
        if since and until and since > until:
            self.add_error("until_on", _("This day lies before the first one."))
        self._clean_time(data)
        return data

    def _clean_time(self, data: dict) -> None:
        if data.get("goes") == Goes.NOW or "goes" not in data:
            data["goes_on"] = data["goes_at"] = None
            return
        for name in ("goes_on", "goes_at"):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("Say on which day and at which hour."))
        if data.get("store") and data.get("goes_on") and data.get("goes_at"):
            tried = Campaign(store=data["store"], goes=data["goes"], goes_on=data["goes_on"], goes_at=data["goes_at"])
            if has_passed(tried, timezone.now()):
                self.add_error("goes_on", _("That day and hour have passed."))


class VariantForm(forms.Form):
    """Another template, or other subjects for the same one."""

    percent = forms.IntegerField(label=_("percent of the people"), min_value=1, max_value=98, initial=50)
    template = forms.ModelChoiceField(
        Template.objects.none(),
        label=_("another template"),
        required=False,
        empty_label=_("the same, with another subject"),
    )

    def __init__(self, *args, campaign: Campaign, **kwargs):
        super().__init__(*args, auto_id="variant_%s", **kwargs)  # another form of the page has a template too
        same = Template.objects.filter(channel=Channel.EMAIL, purpose=campaign.template.purpose_id)
        self.fields["template"].queryset = same.exclude(pk=campaign.template_id).order_by("name")
        for code, name in settings.LANGUAGES:
            label = _("another subject, %(language)s") % {"language": _(name)}
            self.fields[f"subject_{code}"] = forms.CharField(label=label, max_length=300, required=False)

    def subjects(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"subject_{code}"] for code, _name in settings.LANGUAGES}
