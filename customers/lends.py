"""What customers lend: fields of conditions, and search to the agent's room."""

from django.conf import settings
from django.utils.translation import gettext_lazy, gettext_noop
from django.utils.translation import gettext_lazy as _

from customers import lifecycle
from customers.desk import FINDS, MATTERS, note_contacts
from customers.models import Customer, Identifier, OpenMatter, Purpose, Stats
from shelf.conditions import Field, Rows, Type
from staff import display
from staff.lists import search as find_in
from staff.search import Hit
from staff.timeline import Sentence

# --- Conditions -----------------------------------------------------------------------------------------------------

BOUGHT, PERSON, SAID = _("Purchases"), _("The person"), _("What was said")
VALUE = _("Value and lifecycle")

FIELDS = (
    Field("customer.orders", _("orders"), Type.NUMBER, "orders", group=BOUGHT),
    Field("customer.spent", _("spent"), Type.MONEY, "spent", quick=("only_currency", "only_spent"), group=BOUGHT),
    Field("customer.first_order", _("first order"), Type.MOMENT, "first_order_at", group=BOUGHT),
    Field("customer.last_order", _("last order"), Type.MOMENT, "last_order_at", group=BOUGHT),
    Field("customer.previous_order", _("order before the last"), Type.MOMENT, "previous_order_at", group=BOUGHT),
    Field("customer.usual_gap", _("usual days between orders"), Type.NUMBER, "usual_gap_days", group=BOUGHT),
    Field("customer.lifecycle", _("stage of life"), Type.CHOICE, choices=lifecycle.STAGES,
          meanings=lifecycle.stages, group=VALUE),
    Field("customer.recency", _("recency score"), Type.CHOICE, choices=lifecycle.SCORES,
          meanings=lifecycle.recency, group=VALUE, help=_("5: ordered most recently")),
    Field("customer.frequency", _("frequency score"), Type.CHOICE, choices=lifecycle.SCORES,
          meanings=lifecycle.frequency, group=VALUE, help=_("5: orders most often")),
    Field("customer.monetary", _("monetary score"), Type.CHOICE, choices=lifecycle.SCORES,
          meanings=lifecycle.monetary, group=VALUE, help=_("5: spent most, in the currency of the shop")),
    Field("customer.lifetime_value", _("expected lifetime value"), Type.MONEY, "expected",
          group=VALUE, help=_("what was spent, and what another year at the usual pace would bring")),
    Field("customer.country", _("country"), Type.CHOICE, "country", choices=lifecycle.countries, group=PERSON),
    Field("customer.language", _("language"), Type.CHOICE, "language", choices=settings.LANGUAGES, group=PERSON),
    Field("customer.known_since", _("known since"), Type.MOMENT, "customer__created_at", group=PERSON),
    Field("customer.tags", _("tags"), Type.SET, "tags", group=PERSON),
    Field("customer.reached_by", _("reached by"), Type.SET, choices=Identifier.Kind.choices,
          rows=Rows(Identifier.objects.all, "customer", "kind"), group=PERSON),
    Field("customer.marketing", _("marketing by e-mail"), Type.CHOICE, "marketing",
          choices=Stats.Said.choices, group=SAID),
    Field("customer.marketing_texts", _("marketing by text message"), Type.CHOICE, "marketing_texts",
          choices=Stats.Said.choices, group=SAID),
    Field("customer.last_rating", _("last rating"), Type.NUMBER, "last_rating", group=SAID),
    Field("customer.open_matters", _("open matters"), Type.SET, choices=tuple(MATTERS.items()),
          rows=Rows(lambda: OpenMatter.objects.filter(closed_at__isnull=True), "customer", "kind"), group=SAID),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------


def _of_purpose(data: dict) -> dict:
    return {"what": Purpose.NAMES.get(data["purpose"], data["purpose"])}


def _of_matter(data: dict) -> dict:
    return {"matter": MATTERS.get(data["matter"], data["matter"])}


SENTENCES = {
    "matter.opened": Sentence(gettext_noop("Not settled with the customer: %(matter)s"), "alert", "bad", _of_matter),
    "matter.closed": Sentence(gettext_noop("Settled with the customer: %(matter)s"), "check", "good", _of_matter),
    "customer.erased": Sentence(gettext_noop("The customer's data were erased"), "person"),
    "customer.changed": Sentence(gettext_noop("What we know about the customer changed"), "person"),
    "consent.granted": Sentence(gettext_noop("The customer said yes: %(what)s"), "check", "good", _of_purpose),
    "consent.revoked": Sentence(gettext_noop("The customer said no: %(what)s"), "cross", "bad", _of_purpose),
}


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
