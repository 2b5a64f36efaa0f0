"""Customers, purposes, the consent ledger and the texts in it."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.channels import channel_name
from customers.consent import Said, grant, publish_text, withdraw
from customers.data_page import MAY_HAND_OUT, urls_of
from customers.desk import (
    FINDS,
    answer_pill,
    evidence_of,
    history_of,
    note_contacts,
    open_matters_of,
    place_of,
    source_of,
    standings_of,
    ways_of,
)
from customers.models import Ask, Consent, ConsentText, Customer, Erasure, Identifier, Limit, Purpose, QuietHours
from shelf.emails import normalise_email
from staff import timeline
from staff.display import money, pill, when
from staff.lists import Find, ReadingRoom, Room, deed


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

    def get_urls(self):
        return [*urls_of(self), *super().get_urls()]

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

    deeds = ("note_consent", "revoke_links")

    @deed("customers.add_consent")
    def note_consent(self, request: HttpRequest, customer: Customer) -> str:
        """What somebody said on the phone or wrote in a mail: a new line, with their words as evidence."""
        way = next((way for way in ways_of(customer) if way.key == request.POST.get("way")), None)
        purpose, words = request.POST.get("purpose", ""), request.POST.get("words", "").strip()[:1000]
        if way is None or purpose not in Purpose.CHOICES or not words:
            return gettext("Nothing was noted: say which messages, on which address, and what the customer said.")
        by = {"agent": request.user.pk, "name": str(request.user), "words": words}
        said = Said(way.address, way.channel, purpose, "agent", timezone.now(), by, customer=customer)
        line = (grant if request.POST.get("answer") == "yes" else withdraw)(said)
        return gettext("Noted.") if line else gettext("That was so already; nothing was added.")

    @deed("customers.add_consent")
    def revoke_links(self, request: HttpRequest, customer: Customer) -> str:
        """A forwarded mail has shown the page to somebody else: links in mails sent until now open it no more."""
        Identifier.objects.filter(customer=customer).update(links_revoked_at=timezone.now())
        return gettext("Links in mails sent until now no longer open the customer's preference page and account.")

    def page(self, request, customer):
        note_contacts([customer])
        standings = standings_of(customer)
        return {
            "deeds": [],  # their forms stand beside what they are about
            "may_note": self.allowed(request, "note_consent"),
            "ways": ways_of(customer),
            "purposes": Purpose.objects.filter(pk__in=Purpose.CHOICES).order_by("lane", "pk"),
            "history": history_of(customer),
            "title": customer.name or (customer.contacts[0] if customer.contacts else str(customer)),
            "identifiers": customer.identifiers.order_by("kind", "pk"),
            "stats": getattr(customer, "stats", None),
            "spent": spent_by(customer),
            "matters": open_matters_of(customer),
            "standings": standings,
            "entries": timeline.of_customer(customer.pk),
            "data_url": reverse("admin:customers_customer_data", args=[customer.pk])
            if request.user.has_perm(MAY_HAND_OUT)
            else "",
            "gone": Erasure.objects.filter(customer=customer).select_related("by").first(),
        }


def spent_by(customer: Customer) -> str:
    """Sums per currency; they are never added across."""
    sums = customer.stats.spent if hasattr(customer, "stats") else {}
    return format_html_join(", ", "{}", ((money(amount, currency),) for currency, amount in sorted(sums.items())))


@admin.register(Purpose)
class Purposes(Room):
    place = ("talk", 5)
    symbol = "flag"
    keyset = ("lane", "pk")
    list_display = ("name", "lane", "needs", "limit", "waits_for_open_matters", "obeys_quiet_hours")
    list_select_related = ("limit",)
    fieldsets = (
        (None, {"fields": ("code", "lane")}),
        (_("Consent"), {"fields": ("needs", "follows_country", "needs_confirmation")}),
        (_("How often, and when not"), {"fields": ("limit", "ask", "waits_for_open_matters", "obeys_quiet_hours")}),
        (_("Afterwards"), {"fields": ("when_unknown", "track_opens", "track_clicks")}),
    )

    @admin.display(description=_("purpose"))
    def name(self, purpose):
        return str(purpose)

    def has_add_permission(self, request):
        return False

    def get_readonly_fields(self, request, obj=None):
        return ("code",)


@admin.register(Limit)
class Limits(Room):
    """Two rows; which purposes share them is said on the purposes' page."""

    place = ("talk", 5)
    symbol = "clock"
    keyset = ("pk",)
    list_display = ("name", "most", "days", "shared_by")
    readonly_fields = ("code",)

    @admin.display(description=_("what"))
    def name(self, limit):
        return str(limit)

    @admin.display(description=_("purposes"))
    def shared_by(self, limit):
        return ", ".join(map(str, limit.purposes.order_by("lane", "pk")))

    def has_add_permission(self, request):
        return False


@admin.register(Ask)
class Asks(Room):
    """Who goes first when two asks are due for one person."""

    place = ("talk", 5)
    symbol = "flag"
    keyset = ("rank", "pk")
    list_display = ("name", "rank")
    readonly_fields = ("code",)

    @admin.display(description=_("what"))
    def name(self, ask):
        return str(ask)

    def has_add_permission(self, request):
        return False


class QuietForm(forms.ModelForm):
    # the browser's own clock; the admin's is drawn by a script and has no name for those who cannot see it
    begins = forms.TimeField(label=_("begins at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(
        label=_("ends at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Earlier than the beginning: on the next morning."),
    )

    def clean_country(self) -> str:
        country = self.cleaned_data["country"].strip().upper()
        if country and not country.isalpha():
            raise forms.ValidationError(_("Two letters, such as UA or PL."))
        return country


@admin.register(QuietHours)
class Nights(Room):
    place = ("talk", 5)
    symbol = "moon"
    keyset = ("country", "pk")
    form = QuietForm
    list_display = ("where", "begins", "ends")

    @admin.display(description=_("country"))
    def where(self, hours):
        return place_of(hours.country)

    def has_delete_permission(self, request, obj=None):
        """Without its own hours a country keeps those of everywhere else."""
        return bool(obj and obj.country) and request.user.has_perm("customers.delete_quiethours")

    def delete_model(self, request, obj):
        obj.delete()

    def get_readonly_fields(self, request, obj=None):
        return ("country",) if obj else ()


class Waiting(admin.SimpleListFilter):
    title = _("confirmation")
    parameter_name = "waits"

    def lookups(self, request, model_admin):
        return [("1", _("waits for confirmation"))]

    def queryset(self, request, queryset):
        return queryset.filter(waits=True) if self.value() else queryset


@admin.register(Consent)
class Consents(ReadingRoom):
    place = ("talk", 7)
    symbol = "check"
    subject = "consent"
    list_display = ("address", "answer", "purpose", "way", "said_by", "said")
    list_filter = ("purpose", "action", Waiting)
    list_select_related = ("purpose",)
    finds = (Find("address", lambda typed: [normalise_email(typed) or typed]),)
    search_hint = _("E-mail or phone")
    empty_text = _("What customers say about your messages is written down here, line by line, and never changed.")
    export = (
        ("address", _("address")),
        ("channel", _("channel")),
        ("purpose_id", _("purpose")),
        ("action", _("what was said")),
        ("basis", _("legal basis")),
        ("waits", _("waits for confirmation")),
        ("wording_id", _("text that was shown")),
        ("source", _("source")),
        ("evidence", _("evidence")),
        ("at", _("at")),
        ("customer_id", _("customer")),
    )

    @admin.display(description=_("consent"))
    def answer(self, consent):
        return answer_pill(consent)

    @admin.display(description=_("channel"))
    def way(self, consent):
        return channel_name(consent.channel)

    @admin.display(description=_("source"))
    def said_by(self, consent):
        return source_of(consent)

    @admin.display(description=_("at"))
    def said(self, consent):
        return when(consent.at)

    def page(self, request, consent):
        text = consent.wording
        return {
            "answer": answer_pill(consent),
            "channel": channel_name(consent.channel),
            "source": source_of(consent),
            "evidence": evidence_of(consent),
            "text_url": reverse("admin:customers_consenttext_change", args=[text.pk]) if text else "",
        }


class TextForm(forms.ModelForm):
    class Meta:
        model = ConsentText
        fields = ("purpose", "country", "language", "body")

    def clean_country(self) -> str:
        return self.cleaned_data["country"].upper()

    def clean_language(self) -> str:
        language = self.cleaned_data["language"].lower()
        if language not in dict(settings.LANGUAGES):
            raise ValidationError(gettext("Our pages speak en, uk and ru."))
        return language

    def save(self, commit: bool = True) -> ConsentText:
        data = self.cleaned_data
        return publish_text(data["purpose"].pk, data["country"], data["language"], data["body"], timezone.now())

    def clean(self):
        data = super().clean()
        same = ConsentText.objects.filter(**{k: data.get(k) for k in ("purpose", "country", "language")})
        last = same.order_by("-version").first()
        if last and last.body == data.get("body"):
            raise ValidationError(gettext("This text is published already, as version %(version)s.") % vars(last))
        return data

    def save_m2m(self) -> None:
        """There is nothing of the kind; the admin calls it all the same."""


@admin.register(ConsentText)
class ConsentTexts(Room):
    """A text is published once and stays; what may change is the lawyer's mark. A changed text is a new version."""

    place = ("talk", 8)
    symbol = "flag"
    keyset = ("purpose_id", "country", "language", "-version")
    list_display = ("name", "where", "language", "version", "lawyer", "published")
    list_filter = ("purpose", "is_checked_by_lawyer")
    fields = ("purpose", "country", "language", "version", "body", "published_at", "is_checked_by_lawyer")
    empty_text = _("The words by which you ask for consent stand here, by country and language.")

    @admin.display(description=_("purpose"))
    def name(self, text):
        return str(text.purpose)

    @admin.display(description=_("country of the shop"))
    def where(self, text):
        return place_of(text.country)

    @admin.display(description=_("lawyer"))
    def lawyer(self, text):
        if text.is_checked_by_lawyer:
            return pill(gettext("checked"), "good")
        return pill(gettext("have a lawyer check"), "wait")

    @admin.display(description=_("published"))
    def published(self, text):
        return when(text.published_at)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("purpose")

    def get_fields(self, request, obj=None):
        return self.fields if obj else TextForm.Meta.fields

    def get_readonly_fields(self, request, obj=None):
        return [name for name in self.fields if name != "is_checked_by_lawyer"] if obj else []

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **({} if obj else {"form": TextForm}), **kwargs)

    def get_changeform_initial_data(self, request):
        """A new version begins with the words of the one before."""
        number = request.GET.get("from", "")
        before = ConsentText.objects.filter(pk=number).first() if number.isdecimal() and len(number) < 18 else None
        if before is None:
            return super().get_changeform_initial_data(request)
        return {name: getattr(before, name) for name in ("purpose", "country", "language", "body")}

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
        else:
            ConsentText.objects.filter(pk=obj.pk).update(created_by=request.user)
