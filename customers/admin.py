"""Customers, purposes, the consent ledger."""

from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from customers.desk import FINDS, note_contacts, open_matters_of
from customers.models import Consent, Customer, Purpose
from shelf.emails import normalise_email
from staff import timeline
from staff.display import money, pill, when
from staff.lists import Find, ReadingRoom, Room


class ByLanguage(admin.SimpleListFilter):
    title = _("language")
    parameter_name = "language"

    def lookups(self, request, model_admin):
        return settings.LANGUAGES

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset


@admin.register(Customer)
class Customers(ReadingRoom):
    place = ("day", 3)
    symbol = "people"
    subject = "customer"
    keyset = ("-created_at", "-pk")
    list_display = ("name_or_contact", "reached_at", "orders", "spent", "last_order", "language", "known_since")
    list_filter = (ByLanguage,)
    list_select_related = ("stats",)
    finds = FINDS
    search_hint = _("E-mail, phone or the shop's customer id")
    empty_text = _("Customers appear here with their first order.")
    export = (
        ("first_name", _("first name")),
        ("last_name", _("last name")),
        ("language", _("language")),
        ("country", _("country")),
        ("stats__orders", _("orders")),
        ("stats__last_order_at", _("last order")),
        ("created_at", _("created at")),
    )

    def decorate(self, request, page):
        return note_contacts(page)

    @admin.display(description=_("customer"))
    def name_or_contact(self, customer):
        return customer.name or (customer.contacts[0] if customer.contacts else str(customer))

    @admin.display(description=_("reached at"))
    def reached_at(self, customer):
        return " · ".join(customer.contacts)

    @admin.display(description=_("orders"))
    def orders(self, customer):
        return customer.stats.orders if hasattr(customer, "stats") else ""

    @admin.display(description=_("spent"))
    def spent(self, customer):
        return spent_by(customer)

    @admin.display(description=_("last order"))
    def last_order(self, customer):
        return when(customer.stats.last_order_at) if hasattr(customer, "stats") else ""

    @admin.display(description=_("known since"))
    def known_since(self, customer):
        return when(customer.created_at)

    def page(self, request, customer):
        note_contacts([customer])
        return {
            "title": customer.name or (customer.contacts[0] if customer.contacts else str(customer)),
            "identifiers": customer.identifiers.order_by("kind", "pk"),
            "stats": getattr(customer, "stats", None),
            "spent": spent_by(customer),
            "matters": open_matters_of(customer),
            "consents": newest_consents(customer),
            "entries": timeline.of_customer(customer.pk),
        }


def spent_by(customer: Customer) -> str:
    """Sums per currency; they are never added across."""
    sums = customer.stats.spent if hasattr(customer, "stats") else {}
    return format_html_join(", ", "{}", ((money(amount, currency),) for currency, amount in sorted(sums.items())))


def newest_consents(customer: Customer) -> list[Consent]:
    """The line that counts for each address, channel and purpose."""
    rows = customer.consents.order_by("address", "channel", "purpose_id", "-id")
    return list(rows.distinct("address", "channel", "purpose_id").select_related("purpose")[:30])


@admin.register(Purpose)
class Purposes(Room):
    place = ("talk", 5)
    symbol = "flag"
    keyset = ("lane", "pk")
    list_display = ("name", "lane", "needs", "waits_for_open_matters", "when_unknown")

    @admin.display(description=_("purpose"))
    def name(self, purpose):
        return str(purpose)

    def has_add_permission(self, request):
        return False

    def get_readonly_fields(self, request, obj=None):
        return ("code",)


@admin.register(Consent)
class Consents(ReadingRoom):
    place = ("talk", 7)
    symbol = "check"
    list_display = ("address", "answer", "purpose", "channel", "source", "said")
    list_filter = ("purpose",)
    finds = (Find("address", lambda typed: [normalise_email(typed) or typed]),)
    search_hint = _("E-mail or phone")

    @admin.display(description=_("consent"))
    def answer(self, consent):
        return pill(str(_("yes")), "good") if consent.granted else pill(str(_("no")), "bad")

    @admin.display(description=_("at"))
    def said(self, consent):
        return when(consent.at)
