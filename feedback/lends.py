"""What feedback lends: fields of conditions; to the agent's room sentences, tiles, reviews."""

from datetime import datetime, timedelta

from django.db.models import Avg, Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from feedback.models import Request, Review
from shelf.conditions import Field, Rows, Type
from staff import display
from staff.home import Tile
from staff.panels import Panel
from staff.timeline import Sentence

# --- Conditions -----------------------------------------------------------------------------------------------------

SAID = gettext_lazy("What was said")


def _asked():
    return Request.objects.order_by()


FIELDS = (
    Field("customer.asked", gettext_lazy("review requests that are"), Type.SET, choices=Request.State.choices,
          rows=Rows(_asked, "customer", "state"), group=SAID),
    Field("order.review", gettext_lazy("order's review request"), Type.CHOICE, "review_request__state",
          choices=Request.State.choices, group=SAID),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------

SENTENCES = {
    "review.requested": Sentence(gettext_noop("A review was asked for"), "star"),
    "review.submitted": Sentence(gettext_noop("The customer left a review: %(lowest)s of 5"), "star", "good"),
}


def tiles(now: datetime) -> list[Tile]:
    """The average of thirty days."""
    said = Review.objects.filter(created_at__gte=now - timedelta(days=30)).aggregate(mean=Avg("stars"), n=Count("pk"))
    if not said["n"]:
        return []
    url, note = reverse("admin:feedback_review_changelist"), _("%(count)s in thirty days")
    mean = f"{display.number(round(said['mean'], 1))} ★"
    return [Tile(_("Reviews"), mean, url, note % {"count": said["n"]}, permission="feedback.view_review")]


def order_panel(order_id: int) -> Panel | None:
    return _panel(Request.objects.filter(order_id=order_id))


def customer_panel(customer_id: int) -> Panel | None:
    return _panel(Request.objects.filter(customer_id=customer_id))


def _panel(requests) -> Panel | None:
    rows = list(requests.prefetch_related("reviews__line").order_by("-created_at")[:10])
    return (
        Panel("reviews", _("Reviews"), "admin/panels/reviews.html", {"requests": rows}, place="side") if rows else None
    )
