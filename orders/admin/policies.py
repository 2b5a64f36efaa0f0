"""What each store lets its customers do, and what the law of countries says of returns."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from orders.models import NotReturnable, ReturnTerms, SelfServicePolicy
from staff.lists import Room

LAWYER = _("These are defaults that we read in the named source, and no legal advice: have a lawyer check them.")


@admin.register(SelfServicePolicy)
class Policies(Room):
    place = ("shop", 3)
    symbol = "people"
    keyset = ("store__name", "pk")
    list_display = ("store", "cancel", "change", "returns", "return_days", "warranty_months")
    list_select_related = ("store",)
    empty_text = _("Without a policy, customers may ask for everything and an agent decides.")
    fieldsets = (
        (None, {"fields": ("store",)}),
        (_("Before the parcel leaves"), {"fields": (("cancel", "change"),)}),
        (_("After it arrived"), {"fields": ("returns", "return_days", ("gives_exchange", "gives_credit"))}),
        (_("How it comes back"), {"fields": ("return_address", "warranty_months")}),
    )


@admin.register(ReturnTerms)
class Terms(Room):
    place = ("shop", 4)
    symbol = "back"
    keyset = ("country", "pk")
    list_display = ("country", "days", "source", "checked_on", "lawyer_checked_on")
    fieldsets = (
        (None, {"description": LAWYER, "fields": (("country", "days"), "source", ("checked_on", "lawyer_checked_on"))}),
    )


@admin.register(NotReturnable)
class NotReturnables(Room):
    place = ("shop", 5)
    symbol = "lock"
    keyset = ("country", "pk")
    empty_value_display = _("all")
    list_display = ("name", "country", "store", "product", "is_active", "checked_on")
    list_filter = ("country", "store", "is_active")
    list_select_related = ("store", "product")
    raw_id_fields = ("product",)
    fieldsets = (
        (None, {"description": LAWYER, "fields": ("name", ("country", "store"), "why", "is_active")}),
        (_("Which goods"), {"fields": ("words", "product")}),
        (_("Where it says so"), {"fields": ("source", "checked_on")}),
    )
