"""The programme on one page: what is earned in each currency, when it can be used, and what that would have come to."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import AdminErrorList, AdminForm
from django.db import transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from loyalty.actions import forecast
from loyalty.models import EarnRule, Programme
from loyalty.words import points_said
from orders.models import Store
from staff import display
from staff.lists import Room

TRY = "_try"


class ProgrammeForm(forms.ModelForm):
    """Two numbers for each currency that a store sells in; without the first one nothing is earned there."""

    class Meta:
        model = Programme
        fields = (
            *("name", "rounding", "pending_days", "expires_after_days", "goodwill_a_day", "cancel_pool", "credit_pool"),
        )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        rules = {rule.currency: rule for rule in self.instance.rules.all()} if self.instance.pk else {}
        self.currencies = sorted({*rules, *Store.objects.values_list("currency", flat=True).order_by().distinct()})
        for currency in self.currencies:
            rule = rules.get(currency)
            self.fields[f"points_{currency}"] = forms.IntegerField(
                label=_("points"), required=False, min_value=1, max_value=100_000, initial=rule and rule.points
            )
            self.fields[f"amount_{currency}"] = forms.DecimalField(
                label=format_lazy("{every} {currency}", every=_("for every"), currency=currency),
                required=False,
                min_value=Decimal("0.01"),
                max_digits=10,
                decimal_places=2,
                initial=rule and rule.amount,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for currency in self.currencies:
            points, amount = (cleaned.get(f"{name}_{currency}") for name in ("points", "amount"))
            if bool(points) != bool(amount) and not self.errors.keys() & {f"points_{currency}", f"amount_{currency}"}:
                self.add_error(f"amount_{currency}", _("So many points for so much money: one of the two is missing."))
        return cleaned

    def rules(self) -> list[EarnRule]:
        """What the form says, not stored."""
        return [
            EarnRule(
                programme=self.instance,
                currency=currency,
                points=self.cleaned_data[f"points_{currency}"],
                amount=self.cleaned_data[f"amount_{currency}"],
            )
            for currency in self.currencies
            if self.cleaned_data.get(f"points_{currency}")
        ]


@admin.register(Programme)
class Programmes(Room):
    place = ("shop", 3)
    symbol = "star"
    keyset = ("pk",)
    list_display = ("name", "earns", "pending_days", "expires_after_days", "goodwill_a_day", "cancel_pool")
    list_select_related = ("cancel_pool",)
    empty_text = _("Nobody earns points yet. Begin a programme: what it says counts for deliveries from then on.")
    change_form_template = "admin/loyalty/programme/change_form.html"

    @admin.display(description=_("earned"))
    def earns(self, programme):
        return ", ".join(str(rule) for rule in programme.rules.order_by("currency")) or "–"

    def has_add_permission(self, request):
        here = request.resolver_match and (request.resolver_match.url_name or "").startswith("loyalty_programme")
        # the menu of every other page asks this, too, and there it need not cost a query
        return super().has_add_permission(request) and not (here and Programme.objects.exists())

    def get_form(self, request, obj=None, change=False, **kwargs):
        return ProgrammeForm

    def get_fieldsets(self, request, obj=None):
        currencies = ProgrammeForm(instance=obj).currencies
        return (
            (None, {"fields": ("name",)}),
            (
                _("What is earned"),
                {
                    "fields": (*((f"points_{c}", f"amount_{c}") for c in currencies), "rounding"),
                    "description": _("By orders that are delivered and paid, for the goods without the delivery."),
                },
            ),
            (_("When it can be used"), {"fields": (("pending_days", "expires_after_days"),)}),
            (_("What is given"), {"fields": ("goodwill_a_day", ("cancel_pool", "credit_pool"))}),
        )

    @transaction.atomic
    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        rules = form.rules()
        form.instance.rules.exclude(currency__in=[rule.currency for rule in rules]).delete()
        for rule in rules:
            form.instance.rules.update_or_create(
                currency=rule.currency, defaults={"points": rule.points, "amount": rule.amount}
            )

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and TRY in request.POST:
            return self.tried(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def tried(self, request, object_id):
        """The page with what was typed, and what it would have given; nothing is stored."""
        programme = self.get_object(request, object_id) if object_id else None
        form = ProgrammeForm(request.POST, instance=programme)
        fieldsets = self.get_fieldsets(request, programme)
        context = {
            **self.admin_site.each_context(request),
            "title": str(programme or ""),
            "adminform": AdminForm(form, list(fieldsets), {}, (), model_admin=self),
            "object_id": object_id,
            "original": programme,
            "is_popup": False,
            "to_field": None,
            "media": self.media,
            "inline_admin_formsets": [],
            "errors": AdminErrorList(form, []),
            "preserved_filters": self.get_preserved_filters(request),
            "tried": in_words(form.rules()) if form.is_valid() else None,
        }
        return self.render_change_form(
            request, context, add=programme is None, change=programme is not None, obj=programme
        )


def in_words(rules: list[EarnRule]) -> dict[str, Any]:
    found = forecast(rules, timezone.now())
    money = [display.money(total, currency) for currency, total in sorted(found.money.items())]
    return {"days": found.days, "orders": found.orders, "points": points_said(found.points), "money": money}
