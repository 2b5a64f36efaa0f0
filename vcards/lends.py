"""What cards lend: fields of conditions; to the agent's room sentences, a tile, the manager of an order."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from shelf.conditions import Field, Rows, Type
from staff import display
from staff.home import Tile
from staff.panels import Panel
from staff.timeline import Sentence
from vcards.models import Activity, Assignment, Card, ShareCode

MOST_CARDS = 200  # to choose from

# --- Conditions -----------------------------------------------------------------------------------------------------


def _saved():
    kinds = (Activity.Kind.SAVE,)
    return Activity.objects.filter(kind__in=kinds, customer__isnull=False, is_machine=False).order_by()


FIELDS = (
    Field("customer.saved_cards", gettext_lazy("saved a business card from"), Type.SET,
          choices=ShareCode.Placement.choices, rows=Rows(_saved, "customer", "share__placement"),
          group=gettext_lazy("What was said")),
    Field("order.manager_named", gettext_lazy("order got its manager"), Type.MOMENT, "manager__assigned_at",
          group=gettext_lazy("The order")),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------

SENTENCES = {
    "card.assigned": Sentence(gettext_noop("The order got its manager"), "card"),
    "card.shared": Sentence(gettext_noop("A card got a new code"), "card"),
    "card.viewed": Sentence(gettext_noop("The customer opened the manager's card"), "card", "now"),
    "card.saved": Sentence(gettext_noop("The manager's card was saved to contacts"), "card", "good"),
    "card.retired": Sentence(gettext_noop("A card was retired"), "card", "wait"),
}


def order_panel(order_id: int) -> Panel | None:
    """Whose card the order carries, and the form that changes it; nothing where nobody has a card."""
    manager = Assignment.objects.filter(order=order_id).select_related("card", "by").first()
    cards = list(Card.objects.filter(state=Card.State.ACTIVE).order_by("first_name", "last_name")[:MOST_CARDS])
    if manager is None and not cards:
        return None
    url = display.page_of("card", manager.card_id) if manager else ""
    shown = {"manager": manager, "url": url, "cards": cards, "order_id": order_id}
    return Panel("manager", _("Manager"), "admin/panels/manager.html", shown, place="side")


def tiles(now: datetime) -> list[Tile]:
    """How many people took a card into their contacts; nothing before the first."""
    since = (now - timedelta(days=30)).date()
    saves = Activity.objects.filter(kind=Activity.Kind.SAVE, is_machine=False, seen_on__gte=since).count()
    if not saves:
        return []
    note, url = _("in thirty days"), reverse("admin:vcards_card_changelist")
    return [Tile(_("Cards saved"), display.number(saves), url, note, permission="vcards.view_card")]
