"""What journeys and campaigns lend to the agent's room: what waits for a customer, an order, or a person of ours."""

from collections import Counter
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from campaigns.desk import ENROLMENT_TONES, shown_ahead
from campaigns.forecast import DAYS, ahead
from campaigns.models import Campaign, Enrolment, Segment
from staff import display
from staff.home import Tile
from staff.panels import Panel
from staff.timeline import Sentence

# --- The agent's room -----------------------------------------------------------------------------------------------

PANEL_ROWS = 20


def _segment(data: dict) -> dict:
    return {"segment": Segment.objects.filter(pk=data["segment_id"]).values_list("name", flat=True).first() or "–"}


SENTENCES = {
    "segment.entered": Sentence(gettext_noop("Now in the segment “%(segment)s”"), "people", "now", _segment),
    "segment.left": Sentence(gettext_noop("No more in the segment “%(segment)s”"), "people", "plain", _segment),
}


def tiles(now: datetime) -> list[Tile]:
    """Campaigns that wait for somebody: a stopped one to be looked at, another for its second person."""
    url, may = reverse("admin:campaigns_campaign_changelist"), "campaigns.view_campaign"
    waiting = (
        (Campaign.State.STOPPED, _("Campaigns that stopped"), "bad"),
        (Campaign.State.APPROVAL, _("Campaigns that wait for approval"), "wait"),
    )
    rows = Campaign.objects.filter(state__in=[state for state, _title, _tone in waiting])
    counts = Counter(rows.order_by().values_list("state", flat=True))
    return [
        Tile(title, display.number(counts[state]), f"{url}?state__exact={state}", "", None, tone, "trouble", may)
        for state, title, tone in waiting
        if counts[state]
    ]


def customer_panel(customer_id: int) -> Panel | None:
    return _panel(Enrolment.objects.filter(customer_id=customer_id))


def order_panel(order_id: int) -> Panel | None:
    return _panel(Enrolment.objects.filter(order_id=order_id))


def ahead_panel(customer_id: int) -> Panel | None:
    """What they will get in the next sixty days, and what not, and why."""
    rows = shown_ahead(ahead(customer_id, DAYS, timezone.now()))
    if not rows:
        return None
    title = _("What this customer gets in the next %(days)s days") % {"days": DAYS}
    return Panel("ahead", title, "admin/panels/ahead.html", {"rows": rows})


def _panel(enrolments) -> Panel | None:
    """On which journeys they are, when each wakes, and why others were left."""
    rows = list(enrolments.select_related("journey").order_by("-entered_at", "-pk")[:PANEL_ROWS])
    if not rows:
        return None
    for enrolment in rows:
        enrolment.pill = display.pill(enrolment.get_state_display(), ENROLMENT_TONES[enrolment.state])
        enrolment.page_url = display.page_of("enrolment", enrolment.pk)
    return Panel("journeys", _("Journeys"), "admin/panels/journeys.html", {"enrolments": rows}, place="side")
