"""What customers lend to the agent's room: search."""

from django.utils.translation import gettext_lazy, gettext_noop

from customers.desk import FINDS, note_contacts
from customers.models import Customer
from staff import display
from staff.lists import search as find_in
from staff.search import Hit
from staff.timeline import Sentence

SENTENCES = {"matter.closed": Sentence(gettext_noop("Settled with the customer: %(matter)s"), "check", "good")}

# --- The agent's room -----------------------------------------------------------------------------------------------


def search(typed: str, limit: int) -> list[Hit]:
    """Customers by e-mail, phone or a shop's own id."""
    found = note_contacts(list(find_in(Customer.objects.all(), FINDS, typed).order_by("-created_at", "-pk")[:limit]))
    return [
        Hit(
            customer.name or (customer.contacts[0] if customer.contacts else str(customer)),
            " · ".join(customer.contacts),
            display.page_of("customer", customer.pk),
            gettext_lazy("Customers"),
            "customers.view_customer",
        )
        for customer in found
    ]
