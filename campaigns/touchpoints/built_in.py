"""Which rows make which built-in touchpoint. All of them follow one group: orders placed in the period.

So the numbers of a path can be compared: of these orders, so many were confirmed, shipped, delivered. Every kind of
row is asked once, from the orders' index on ``placed_at`` and then by the other table's index on its order.
"""

from datetime import timedelta
from typing import Any

from django.contrib.postgres.aggregates import BoolAnd, BoolOr
from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import OpenMatter
from feedback.models import Request, Survey
from feedback.scales import SCALES
from messaging.models import Message
from orders.models import Order
from shelf.touchpoints import AFTER, PLACES, PURCHASE, Counted, Scope
from tracking.models import Shipment

SILENT = timedelta(days=14)  # asked so long ago, and no review
GONE = timedelta(days=90)  # ordered so long ago, and not again
GOOD_STARS = 4
State, Stage = Message.State, Order.Stage


# The points that are always there; the merchant may choose a place after each for one of his own.
TITLES = {
    "order": pgettext_lazy("touchpoint", "Order"),
    "confirmation": _("Confirmation"),
    "parcel": _("Parcel"),
    "delivery": _("Delivery"),
    "review": pgettext_lazy("touchpoint", "Review"),
    "survey": pgettext_lazy("touchpoint", "Survey"),
    "support": _("Help"),
    "next_order": _("Next order"),
}


def _point(name: str, rows: str, **counted: Any) -> Counted:
    """The numbers of one of them; ``rows``: whose list in the agent's room shows the things themselves."""
    place, url = PLACES[name], reverse(f"admin:{rows}_changelist")
    phase = PURCHASE if place <= PLACES["delivery"] else AFTER
    return Counted(name=name, title=TITLES[name], phase=phase, place=place, url=url, **counted)


def orders_of(scope: Scope) -> QuerySet[Order]:
    """Orders placed in the period; the index is order_newest."""
    rows = Order.objects.filter(
        placed_at__gte=scope.since, placed_at__lt=scope.until, placeholder=False, test=False
    ).order_by()
    if scope.store_id:
        rows = rows.filter(store_id=scope.store_id)
    return rows if scope.customers is None else rows.filter(customer__in=scope.customers)


def count_orders(scope: Scope) -> list[Counted]:
    lost = Q(stage__in=[Stage.CANCELLED, Stage.REFUNDED])
    found = orders_of(scope).aggregate(n=Count("pk"), lost=Count("pk", filter=lost))
    return [
        _point(
            "order",
            "orders_order",
            volume=found["n"],
            left=found["lost"],
            left_as=_("cancelled or refunded"),
        )
    ]


def count_confirmations(scope: Scope) -> list[Counted]:
    """News about the order that reached its customer. Whether they responded is known only where clicks are noticed."""
    wrote = Message.objects.filter(
        subject_type="order", subject_id__in=orders_of(scope).values("pk"), purpose="order_updates"
    )
    each = (
        wrote.order_by()
        .values("subject_id")
        .annotate(
            has_it=BoolOr(Q(state__in=[State.SENT, State.DELIVERED, State.COMPLAINED])),
            is_waiting=BoolOr(Q(state__in=[State.READY, State.SENDING, State.UNKNOWN])),
            is_watched=BoolAnd(Q(purpose__track_clicks=True)),
            has_clicked=BoolOr(Q(clicked_at__isnull=False)),
        )
    )
    found = each.aggregate(
        n=Count("subject_id", filter=Q(has_it=True)),
        lost=Count("subject_id", filter=Q(has_it=False, is_waiting=False)),
        waiting=Count("subject_id", filter=Q(has_it=False, is_waiting=True)),
        watched=Count("subject_id", filter=Q(has_it=True, is_watched=True)),
        clicked=Count("subject_id", filter=Q(has_it=True, is_watched=True, has_clicked=True)),
    )
    return [
        _point(
            "confirmation",
            "messaging_message",
            volume=found["n"],
            asked=found["watched"] or None,
            answered=found["clicked"] if found["watched"] else None,
            left=found["lost"],
            left_as=_("not reached by us"),
            waiting=found["waiting"],
        )
    ]


def count_parcels(scope: Scope) -> list[Counted]:
    """Parcels on their way, and delivered: two points of one question."""
    sent = Shipment.objects.outward().filter(order__in=orders_of(scope), cancelled_at=None).order_by()
    each = sent.values("order").annotate(
        is_shipped=BoolOr(Q(shipped_at__isnull=False) | Q(fulfilled_at__isnull=False) | Q(delivered_at__isnull=False)),
        is_delivered=BoolOr(Q(delivered_at__isnull=False)),
        is_back=BoolOr(Q(milestone__in=["returning", "returned"])),
        is_lost=BoolOr(Q(reason__in=["lost", "destroyed"])),
        is_doubted=BoolOr(Q(disputed=True)),
    )
    found = each.aggregate(
        shipped=Count("order", filter=Q(is_shipped=True)),
        packed=Count("order", filter=Q(is_shipped=False)),
        delivered=Count("order", filter=Q(is_delivered=True)),
        on_the_way=Count("order", filter=Q(is_shipped=True, is_delivered=False, is_back=False, is_lost=False)),
        never=Count("order", filter=Q(is_shipped=True, is_delivered=False) & (Q(is_back=True) | Q(is_lost=True))),
        doubted=Count("order", filter=Q(is_delivered=True) & (Q(is_back=True) | Q(is_doubted=True))),
    )
    return [
        _point(
            "parcel",
            "tracking_shipment",
            volume=found["shipped"],
            left=found["never"],
            left_as=_("lost, or on its way back"),
            waiting=found["packed"],
        ),
        _point(
            "delivery",
            "tracking_shipment",
            volume=found["delivered"],
            left=found["doubted"],
            left_as=_("sent back, or in dispute"),
            waiting=found["on_the_way"],
        ),
    ]


def count_reviews(scope: Scope) -> list[Counted]:
    """Asked for a review: who answered, and whose lowest star was good."""
    asked = Request.objects.filter(order__in=orders_of(scope)).order_by()
    each = asked.annotate(lowest=Min("reviews__stars"))
    found = each.aggregate(
        n=Count("pk"),
        answered=Count("pk", filter=Q(lowest__isnull=False)),
        good=Count("pk", filter=Q(lowest__gte=GOOD_STARS)),
        silent=Count("pk", filter=Q(lowest=None, created_at__lt=scope.now - SILENT)),
    )
    return [
        _point(
            "review",
            "feedback_review",
            volume=found["answered"],
            asked=found["n"],
            answered=found["answered"],
            rated=found["answered"],
            satisfied=found["good"],
            left=found["silent"],
            left_as=_("asked two weeks ago, and silent"),
            waiting=found["n"] - found["answered"] - found["silent"],
        )
    ]


def count_surveys(scope: Scope) -> list[Counted]:
    """One question after the order (NPS, CSAT, CES): how many orders were asked about, who answered, whose was good.

    An order that was asked several questions is satisfied when none of its answers is less than good.
    """
    good, given = Q(), Q(score__isnull=False)
    for kind, scale in SCALES.items():
        good |= Q(kind=kind, score__gte=scale.good)
    asked = Survey.objects.filter(order__in=orders_of(scope)).order_by().values("order")
    each = asked.annotate(is_answered=BoolOr(given), is_short=BoolOr(given & ~good), last=Max("asked_at"))
    found = each.aggregate(
        n=Count("order"),
        answered=Count("order", filter=Q(is_answered=True)),
        good=Count("order", filter=Q(is_answered=True, is_short=False)),
        silent=Count("order", filter=Q(is_answered=False, last__lt=scope.now - SILENT)),
    )
    return [
        _point(
            "survey",
            "feedback_survey",
            volume=found["answered"],
            asked=found["n"],
            answered=found["answered"],
            rated=found["answered"],
            satisfied=found["good"],
            waiting=found["n"] - found["answered"] - found["silent"],
            is_aside=True,
        )
    ]


def count_matters(scope: Scope) -> list[Counted]:
    """Returns, late parcels and questions of these customers since the period began; answered is settled."""
    of_whom = orders_of(scope).filter(customer__isnull=False).values("customer")
    opened = OpenMatter.objects.filter(customer__in=of_whom, opened_at__gte=scope.since).order_by()
    found = opened.aggregate(n=Count("pk"), closed=Count("pk", filter=Q(closed_at__isnull=False)))
    return [
        _point(
            "support",
            "messaging_inboundmail",
            volume=found["n"],
            asked=found["n"],
            answered=found["closed"],
            waiting=found["n"] - found["closed"],
            is_aside=True,
        )
    ]


def count_next_orders(scope: Scope) -> list[Counted]:
    """Of the people who ordered in the period: who ordered once more after their first order in it."""
    last = Order.objects.filter(customer=OuterRef("customer"), placeholder=False, test=False).order_by("-placed_at")
    people = orders_of(scope).filter(customer__isnull=False).values("customer").annotate(first=Min("placed_at"))
    each = people.annotate(last=Subquery(last.values("placed_at")[:1]))
    again = Q(last__gt=F("first"))
    found = each.aggregate(
        n=Count("customer"),
        again=Count("customer", filter=again),
        gone=Count("customer", filter=~again & Q(first__lt=scope.now - GONE)),
    )
    return [
        _point(
            "next_order",
            "customers_customer",
            volume=found["again"],
            asked=found["n"],
            answered=found["again"],
            left=found["gone"],
            left_as=_("nothing more in 90 days"),
            waiting=found["n"] - found["again"] - found["gone"],
        )
    ]


BUILT_IN = (
    count_orders,
    count_confirmations,
    count_parcels,
    count_reviews,
    count_surveys,
    count_matters,
    count_next_orders,
)
