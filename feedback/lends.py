"""What feedback lends: fields of conditions; to the agent's room sentences, tiles, reviews and surveys."""

from datetime import datetime, timedelta

from django.db.models import Avg, Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from feedback.models import Request, Review, Survey
from feedback.scales import CES, CSAT, NPS, SCALES
from shelf.conditions import Field, Rows, Type
from staff import display
from staff.home import Tile
from staff.panels import Panel
from staff.timeline import Sentence

# --- Conditions -----------------------------------------------------------------------------------------------------

SAID = gettext_lazy("What was said")


def _asked():
    return Request.objects.order_by()


def _answered():
    return Survey.objects.filter(state=Survey.State.ANSWERED).order_by()


FIELDS = (
    Field("customer.asked", gettext_lazy("review requests that are"), Type.SET, choices=Request.State.choices,
          rows=Rows(_asked, "customer", "state"), group=SAID),
    Field("order.review", gettext_lazy("order's review request"), Type.CHOICE, "review_request__state",
          choices=Request.State.choices, group=SAID),
    Field("customer.last_nps", gettext_lazy("last NPS score"), Type.NUMBER, "last_nps", group=SAID,
          help=gettext_lazy("0 to 10: from 9 on they recommend, up to 6 they do not")),
    Field("customer.last_csat", gettext_lazy("last CSAT score"), Type.NUMBER, "last_csat", group=SAID,
          help=gettext_lazy("1 to 5: 4 and 5 are satisfied")),
    Field("customer.last_ces", gettext_lazy("last CES score"), Type.NUMBER, "last_ces", group=SAID,
          help=gettext_lazy("1 to 7: from 5 on it was easy")),
    Field("customer.surveys_answered", gettext_lazy("answered the question"), Type.SET, choices=Survey.Kind.choices,
          rows=Rows(_answered, "customer", "kind"), group=SAID),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------


def _of_survey(data: dict) -> dict:
    return {"survey": data["survey"].upper(), "score": data.get("score"), "most": SCALES[data["survey"]].highest}


SENTENCES = {
    "review.requested": Sentence(gettext_noop("A review was asked for"), "star"),
    "review.submitted": Sentence(gettext_noop("The customer left a review: %(lowest)s of 5"), "star", "good"),
    "review.published": Sentence(gettext_noop("A review of the customer's was published"), "star", "good"),
    "survey.requested": Sentence(gettext_noop("A question was asked: %(survey)s"), "star", values=_of_survey),
    "survey.answered": Sentence(
        gettext_noop("The customer answered %(survey)s: %(score)s of %(most)s"), "star", values=_of_survey
    ),
}
ENOUGH = 10  # answers; below that a score says nothing (Wilson: ±30 points of a share)


def tiles(now: datetime) -> list[Tile]:
    """The stars of thirty days; the scores of ninety."""
    return [*_of_reviews(now), *_of_surveys(now)]


def _of_surveys(now: datetime) -> list[Tile]:
    """NPS is promoters less detractors; the others the share of good answers. No number from a handful of answers."""
    since = now - timedelta(days=90)
    low, good = Q(), Q()
    for kind, scale in SCALES.items():
        low |= Q(kind=kind, score__lte=scale.low)
        good |= Q(kind=kind, score__gte=scale.good)
    rows = Survey.objects.filter(answered_at__gte=since).order_by().values("kind")
    counted = {row["kind"]: row for row in rows.annotate(
        n=Count("pk"), low=Count("pk", filter=low), good=Count("pk", filter=good)
    )}  # fmt: skip
    url, note = reverse("admin:feedback_survey_changelist"), _("%(count)s in ninety days")
    return [
        Tile(
            kind.upper(),
            _figure(counted[kind]),
            f"{url}?kind__exact={kind}",
            note % {"count": counted[kind]["n"]},
            permission="feedback.view_survey",
        )
        for kind in (NPS, CSAT, CES)
        if kind in counted
    ]


def _figure(row: dict) -> str:
    if row["n"] < ENOUGH:
        return _("too few to tell")
    if row["kind"] != NPS:
        return display.percent(row["good"] / row["n"])
    return f"{round(100 * (row['good'] - row['low']) / row['n']):+d}".replace("-", "−")


def _of_reviews(now: datetime) -> list[Tile]:
    said = Review.objects.filter(created_at__gte=now - timedelta(days=30)).aggregate(mean=Avg("stars"), n=Count("pk"))
    if not said["n"]:
        return []
    url, note = reverse("admin:feedback_review_changelist"), _("%(count)s in thirty days")
    mean = f"{display.number(round(said['mean'], 1))} ★"
    return [Tile(_("Reviews"), mean, url, note % {"count": said["n"]}, permission="feedback.view_review")]


def order_surveys(order_id: int) -> Panel | None:
    return _surveys(Survey.objects.filter(order_id=order_id))


def customer_surveys(customer_id: int) -> Panel | None:
    return _surveys(Survey.objects.filter(customer_id=customer_id))


def _surveys(surveys) -> Panel | None:
    rows = list(surveys.order_by("-asked_at", "-pk")[:10])
    shown = {"surveys": [{"survey": s, "most": SCALES[s.kind].highest} for s in rows]}
    return Panel("surveys", _("Surveys"), "admin/panels/surveys.html", shown, place="side") if rows else None


def order_panel(order_id: int) -> Panel | None:
    return _panel(Request.objects.filter(order_id=order_id))


def customer_panel(customer_id: int) -> Panel | None:
    return _panel(Request.objects.filter(customer_id=customer_id))


def _panel(requests) -> Panel | None:
    rows = list(requests.prefetch_related("reviews__line").order_by("-created_at")[:10])
    return (
        Panel("reviews", _("Reviews"), "admin/panels/reviews.html", {"requests": rows}, place="side") if rows else None
    )
