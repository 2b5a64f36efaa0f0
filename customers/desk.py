"""How agents find and see a customer."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.channels import channel_name, channels_reaching
from customers.consent import SILENT, Standing, consents_of
from customers.models import Consent, Customer, Identifier, OpenMatter, Purpose
from shelf import formats
from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from staff.display import language, page_of, pill
from staff.lists import Find


def identifier_spellings(typed: str) -> Iterable[str]:
    """An e-mail or phone as we keep it, or a shop's own customer id as it stands."""
    if "@" in typed:
        return [normalise_email(typed) or typed]
    phones = [normalise_phone(typed, region) for region in ("", "UA", "RU")] if any(map(str.isdigit, typed)) else []
    return {typed, *filter(None, phones)}


FINDS = (Find("identifiers__value", identifier_spellings),)


def note_contacts(customers: list[Customer]) -> list[Customer]:
    """Each customer's e-mails and phones, in one query for all of them, as ``contacts``."""
    known: dict[int, list[str]] = {customer.pk: [] for customer in customers}
    rows = Identifier.objects.filter(customer__in=customers).exclude(kind=Identifier.Kind.EXTERNAL)
    for customer_id, value in rows.order_by("kind", "pk").values_list("customer_id", "value"):
        known[customer_id].append(value)
    for customer in customers:
        customer.contacts = known[customer.pk]
    return customers


MATTERS = OpenMatter.NAMES


def open_matters_of(customer: Customer) -> list[OpenMatter]:
    """What is not settled, oldest first, with its name and its page."""
    matters = list(customer.matters.filter(closed_at__isnull=True).order_by("opened_at"))
    for matter in matters:
        matter.title = MATTERS.get(matter.kind, matter.kind)
        matter.page_url = page_of(matter.subject_type, matter.subject_id)
    return matters


# --- Consent ------------------------------------------------------------------------------------------------------

HISTORY = 50
SOURCES = {
    "unsubscribe": _("the unsubscribe link of a message"),
    "preferences": _("the preference page"),
    "checkout": _("the shop's checkout"),
    "api": _("a form of the shop"),
    "agent": _("told to an agent"),
    "import": _("import"),
    "complaint": _("reported as spam"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """An address of a customer on one channel."""

    channel: str
    address: str

    @property
    def key(self) -> str:
        return f"{self.channel}|{self.address}"

    @property
    def name(self) -> str:
        return channel_name(self.channel)


def ways_of(customer: Customer) -> list[Way]:
    """Every address of the customer, on every channel that it serves."""
    known = customer.identifiers.order_by("kind", "pk").values_list("kind", "value")
    return [Way(channel, value) for kind, value in known for channel in channels_reaching(kind)]


@dataclass(frozen=True, slots=True)
class Word:
    """What a customer said last about one purpose on one channel, for people to read."""

    purpose: Purpose
    way: Way
    standing: Standing

    @property
    def line(self) -> Consent | None:
        return self.standing.line

    @property
    def pill(self) -> SafeString | str:
        if self.standing.line:
            return answer_pill(self.standing.line)
        if self.standing.waiting:
            return answer_pill(self.standing.waiting)
        if self.purpose.needs == Purpose.Needs.NO_OBJECTION:
            return pill(gettext("said nothing: may be asked"), "plain")
        return pill(gettext("said nothing: may not be written to"), "plain")

    @property
    def source(self) -> str:
        newest = self.standing.waiting or self.standing.line
        return source_of(newest) if newest else ""


def standings_of(customer: Customer) -> list[Word]:
    """By purpose: what was said on each channel. Phones appear where something was said about them."""
    ways = ways_of(customer)
    said = consents_of({way.address for way in ways})
    purposes = {purpose.pk: purpose for purpose in Purpose.objects.order_by("lane", "pk")}
    return [
        Word(purpose, way, said.get((way.address, way.channel, code), SILENT))
        for code, purpose in purposes.items()
        for way in ways
        if (way.address, way.channel, code) in said or (code in Purpose.CHOICES and way.channel == "email")
    ]


def history_of(customer: Customer) -> list[Consent]:
    """The lines of the ledger about this person's addresses, newest first."""
    addresses = {way.address for way in ways_of(customer)}
    lines = Consent.objects.filter(address__in=addresses).select_related("purpose", "wording").order_by("-pk")
    return [_spelled_out(line) for line in lines[:HISTORY]]


def _spelled_out(line: Consent) -> Consent:
    line.pill, line.channel_name = answer_pill(line), channel_name(line.channel)
    line.source_words, line.evidence_words = source_of(line), evidence_of(line)
    return line


def answer_pill(line: Consent) -> SafeString | str:
    if line.waits:
        return pill(gettext("yes, not confirmed yet"), "wait")
    if not line.is_yes:
        return pill(gettext("no"), "bad")
    return pill(gettext("yes") if line.basis == Consent.Basis.CONSENT else gettext("may be asked"), "good")


def source_of(line: Consent) -> str:
    return str(SOURCES.get(line.source, line.source))


EVIDENCE = {
    "message": _("message"),
    "by": _("pressed"),
    "told_by": _("told by"),
    "store": _("store"),
    "order": _("order"),
    "url": _("page"),
    "form": _("form"),
    "name": _("agent"),
    "words": _("what was said"),
    "confirms": _("confirms line"),
    "undoes": _("takes back line"),
    "ip": _("IP address"),
    "agent_string": _("browser"),
}


def evidence_of(line: Consent) -> list[tuple[str, str, str]]:
    """(name, value, address of its page) of each piece of evidence."""
    return [
        (str(EVIDENCE.get(key, key)), str(value), page_of("message", value) if key == "message" else "")
        for key, value in line.evidence.items()
        if key != "agent" and value not in (None, "")
    ]


def place_of(country: str) -> str:
    """Where a text holds, in words."""
    if not country:
        return gettext("everywhere else")
    return gettext("European Union") if country == "EU" else formats.country(country, language())
