"""What people type on the order pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AccountForm(forms.Form):
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": _("Please tell us your e-mail address."),
            "invalid": _("This does not look like an e-mail address."),
        },
    )


class FindForm(forms.Form):
    number = forms.CharField(max_length=64, error_messages={"required": _("Please tell us the order number.")})
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": _("Please tell us the e-mail of the order."),
            "invalid": _("This does not look like an e-mail address."),
        },
    )
