"""What marketers type: macros, in each language."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from support.actions.macros import check_texts
from support.actions.tickets import TicketRefused
from support.models import Macro

HINT = _("Variables as in mails: {{ customer.first_name }}, {{ order.number }}, {{ ticket.url }}")


class MacroForm(forms.ModelForm):
    """One text per language; a language that is left empty is answered in another."""

    class Meta:
        model = Macro
        fields = ("name", "slug", "solves", "pool")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        said = {text.language: text.body for text in self.instance.texts.all()} if self.instance.pk else {}
        for code, name in settings.LANGUAGES:
            self.fields[f"text_{code}"] = forms.CharField(
                label=name,
                required=False,
                initial=said.get(code, ""),
                widget=forms.Textarea(attrs={"rows": 6}),
                help_text=HINT,
            )

    def texts(self) -> dict[str, str]:
        return {code: self.cleaned_data.get(f"text_{code}", "") for code, _name in settings.LANGUAGES}

    def clean(self):
        cleaned = super().clean()
        try:
            check_texts(self.texts())
        except TicketRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return cleaned
