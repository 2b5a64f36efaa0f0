"""How agents find and see a customer."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Identifier, OpenMatter
from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from staff.display import page_of
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


MATTERS = {"return": _("a return"), "late": _("a late parcel"), "ticket": _("a ticket"), "review": _("a bad review")}


def open_matters_of(customer: Customer) -> list[OpenMatter]:
    """What is not settled, oldest first, with its name and its page."""
    matters = list(customer.matters.filter(closed_at__isnull=True).order_by("opened_at"))
    for matter in matters:
        matter.title = MATTERS.get(matter.kind, matter.kind)
        matter.page_url = page_of(matter.subject_type, matter.subject_id)
    return matters
