"""What a journey may give: a coupon from a pool, points. Given when the journey comes to the step, never by a mail."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from loyalty.actions import Award, Issue, award_points, issue_coupons
from loyalty.models import Coupon, Pool
from shelf.acts import Act, ActField, Doing


def pools() -> list[tuple[str, str]]:
    return list(Pool.objects.order_by("name").values_list("slug", "name"))


def issue(doings: Sequence[Doing], now: datetime) -> set[str]:
    """The keys of those for whom the pool had nothing, or who are nobody we know."""
    ids = dict(Pool.objects.filter(slug__in={d.values["pool"] for d in doings}).values_list("slug", "pk"))
    issues = [
        Issue(ids[d.values["pool"]], d.customer_id, d.key, Coupon.Cause.JOURNEY, d.subject)
        for d in doings
        if d.customer_id and d.values["pool"] in ids
    ]
    given = issue_coupons(issues, now)
    return {doing.key for doing in doings if doing.key not in given}


def award(doings: Sequence[Doing], now: datetime) -> set[str]:
    awards = [
        Award(d.customer_id, int(d.values["points"]), d.key, str(d.values.get("reason") or ""))
        for d in doings
        if d.customer_id
    ]
    given = award_points(awards, now)
    return {doing.key for doing in doings if doing.key not in given}


ISSUE_COUPON = Act(
    _("give a coupon"),
    issue,
    (ActField("pool", _("pool of coupons"), "choice", choices=pools),),
)
AWARD_POINTS = Act(
    _("give points"),
    award,
    (
        ActField("points", _("points"), "number"),
        ActField("reason", _("what for"), required=False, help=_("The customer reads it beside the points.")),
    ),
)
