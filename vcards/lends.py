"""What cards lend: fields of conditions; to the agent's room sentences, a tile, search, panels."""

from django.utils.translation import gettext_lazy, gettext_noop

from shelf.conditions import Field, Rows, Type
from staff.timeline import Sentence
from vcards.models import Activity, ShareCode

# --- Conditions -----------------------------------------------------------------------------------------------------


def _saved():
    kinds = (Activity.Kind.SAVE,)
    return Activity.objects.filter(kind__in=kinds, customer__isnull=False, is_machine=False).order_by()


FIELDS = (
    Field("customer.saved_cards", gettext_lazy("saved a business card from"), Type.SET,
          choices=ShareCode.Placement.choices, rows=Rows(_saved, "customer", "share__placement"),
          group=gettext_lazy("What was said")),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------

SENTENCES = {
    "card.assigned": Sentence(gettext_noop("The order got its manager"), "card"),
    "card.shared": Sentence(gettext_noop("A card got a new code"), "card"),
    "card.viewed": Sentence(gettext_noop("The customer opened the manager's card"), "card", "now"),
    "card.saved": Sentence(gettext_noop("The manager's card was saved to contacts"), "card", "good"),
    "card.retired": Sentence(gettext_noop("A card was retired"), "card", "wait"),
}
