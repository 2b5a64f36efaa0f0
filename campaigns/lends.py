"""What journeys lend to the agent's room: what waits for a customer or an order."""

from django.utils.translation import gettext as _

from campaigns.desk import ENROLMENT_TONES
from campaigns.models import Enrolment
from staff import display
from staff.panels import Panel

# --- The agent's room -----------------------------------------------------------------------------------------------

PANEL_ROWS = 20


def customer_panel(customer_id: int) -> Panel | None:
    return _panel(Enrolment.objects.filter(customer_id=customer_id))


def order_panel(order_id: int) -> Panel | None:
    return _panel(Enrolment.objects.filter(order_id=order_id))


def _panel(enrolments) -> Panel | None:
    """On which journeys they are, when each wakes, and why others were left."""
    rows = list(enrolments.select_related("journey").order_by("-entered_at", "-pk")[:PANEL_ROWS])
    if not rows:
        return None
    for enrolment in rows:
        enrolment.pill = display.pill(enrolment.get_state_display(), ENROLMENT_TONES[enrolment.state])
        enrolment.page_url = display.page_of("enrolment", enrolment.pk)
    return Panel("journeys", _("Journeys"), "admin/panels/journeys.html", {"enrolments": rows}, place="side")
