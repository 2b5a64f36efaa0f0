"""What people type about cards: each way to reach somebody is cleaned, each picture made anew."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shelf import images
from shelf.reasons import Refusal
from vcards.actions.cards import check_colours
from vcards.contacts import clean
from vcards.models import Card, CardText, CompanyDesign, Contact

TEXTS = ("first_name", "last_name", "role", "department", "about")
SPEAK = [("uk", _("Ukrainian")), ("en", _("English")), ("ru", _("Russian")), ("pl", _("Polish")), ("de", _("German")),
         ("fr", _("French")), ("es", _("Spanish")), ("tr", _("Turkish")), ("kk", _("Kazakh"))]  # fmt: skip
PICTURE = {"accept": "image/jpeg,image/png,image/webp"}


class Languages(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class CardForm(forms.ModelForm):
    """``made_photo``: the picture that came in, made anew; None when none came."""

    new_photo = forms.FileField(
        label=_("photo"), required=False, widget=forms.ClearableFileInput(attrs=PICTURE),
        help_text=_("JPEG, PNG or WebP. It is cut to a square, and nothing else of the file is kept."),
    )  # fmt: skip
    drop_photo = forms.BooleanField(label=_("without a photo"), required=False)
    languages = Languages(label=_("speaks"), required=False, choices=SPEAK)
    made_photo: images.Image | None = None

    class Meta:
        model = Card
        fields = ("design", "state", "first_name", "last_name", "role", "department", "about", "languages",
                  "successor", "user")  # fmt: skip
        widgets = {"about": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "successor" in self.fields:
            self.fields["successor"].queryset = Card.objects.exclude(pk=self.instance.pk)  # type: ignore[attr-defined]
        said = {text.language: text for text in self.instance.texts.all()} if self.instance.pk else {}
        for code, _name in settings.LANGUAGES:
            for field in TEXTS:
                model_field = CardText._meta.get_field(field)
                self.fields[f"{field}_{code}"] = forms.CharField(
                    label=model_field.verbose_name,  # type: ignore[union-attr]
                    required=False,
                    max_length=model_field.max_length,  # type: ignore[union-attr]
                    initial=getattr(said.get(code), field, ""),
                )

    def clean_new_photo(self) -> None:
        self.made_photo = _made(self.cleaned_data.get("new_photo"), images.photo)

    def texts(self) -> dict[str, dict[str, str]]:
        """Language → what it says otherwise; what equals the card itself is left out."""
        return {
            code: {
                name: typed
                for name in TEXTS
                if (typed := self.cleaned_data.get(f"{name}_{code}", "")) and typed != self.cleaned_data.get(name, "")
            }
            for code, _name in settings.LANGUAGES
        }


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ("kind", "value", "label", "in_file", "position")
        widgets = {"position": forms.NumberInput(attrs={"min": 0, "max": 99})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("value") and cleaned.get("kind"):
            try:
                cleaned["value"] = clean(cleaned["kind"], cleaned["value"])
            except Refusal as refusal:
                self.add_error("value", str(refusal))
        return cleaned


class DesignForm(forms.ModelForm):
    new_logo = forms.FileField(
        label=_("logo"), required=False, widget=forms.ClearableFileInput(attrs=PICTURE),
        help_text=_("JPEG, PNG or WebP, best with a transparent ground; it stands on the brand colour."),
    )  # fmt: skip
    drop_logo = forms.BooleanField(label=_("without a logo"), required=False)
    languages = Languages(label=_("languages"), required=False, choices=settings.LANGUAGES)
    language = forms.ChoiceField(label=_("default language"), choices=settings.LANGUAGES)
    made_logo: images.Image | None = None

    class Meta:
        model = CompanyDesign
        fields = ("name", "store", "tagline", "accent", "accent_ink", "email", "phone", "url", "address",
                  "language", "languages")  # fmt: skip
        widgets = {name: forms.TextInput(attrs={"type": "color"}) for name in ("accent", "accent_ink")}

    def clean_new_logo(self) -> None:
        self.made_logo = _made(self.cleaned_data.get("new_logo"), images.logo)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("accent") and cleaned.get("accent_ink"):
            try:
                check_colours(cleaned["accent"], cleaned["accent_ink"])
            except Refusal as refusal:
                self.add_error("accent_ink", str(refusal))
        return cleaned


def _made(file: Any, make: Any) -> images.Image | None:
    if not file:
        return None
    try:
        return make(file.read(images.MOST_BYTES + 1))
    except Refusal as refusal:
        raise forms.ValidationError(str(refusal)) from None
