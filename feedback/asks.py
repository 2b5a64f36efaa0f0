"""What customers can be asked for, by name; journeys name one in a step ``ask``."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from feedback.actions import ask_for_reviews
from feedback.actions.surveys import Whom, ask_for_surveys, once, were_asked
from feedback.models import Request
from feedback.scales import CES, CSAT, NPS
from orders.models import Order


@dataclass(frozen=True, slots=True)
class Asking:
    """``ask(whom, now)`` opens the asks in the caller's transaction, and gives those that were not asked before;
    ``asked(whom, now)`` those that were. ``once(whom)`` is what is asked about only once. ``subjects``: what a journey
    that asks for it may be about; ``purpose``: that of the mail which asks.
    """

    label: Any
    ask: Callable[[Sequence[Whom], datetime], set[Whom]]
    asked: Callable[[Iterable[Whom], datetime], set[Whom]]
    once: Callable[[Whom], Hashable]
    subjects: tuple[str, ...]
    purpose: str


def ask_reviews(whom: Sequence[Whom], now: datetime) -> set[Whom]:
    opened = ask_for_reviews(list(Order.objects.filter(pk__in=[one.order_id for one in whom if one.order_id])), now)
    return {one for one in whom if one.order_id in opened}


def asked_for_reviews(whom: Iterable[Whom], now: datetime) -> set[Whom]:
    orders = {one.order_id for one in whom if one.order_id}
    asked = set(Request.objects.filter(order__in=orders).values_list("order_id", flat=True))
    return {one for one in whom if one.order_id in asked}


def order_of(whom: Whom) -> Hashable:
    return whom.order_id


def _survey(kind: str, label: Any) -> Asking:
    return Asking(
        label,
        ask=partial(ask_for_surveys, kind),
        asked=partial(were_asked, kind),
        once=partial(once, kind),
        subjects=("order", "shipment", "customer"),
        purpose="surveys",
    )


ASKS: Mapping[str, Asking] = {
    "review": Asking(_("a review"), ask_reviews, asked_for_reviews, order_of, ("order", "shipment"), "review_requests"),
    NPS: _survey(NPS, _("a recommendation (NPS)")),
    CSAT: _survey(CSAT, _("satisfaction (CSAT)")),
    CES: _survey(CES, _("how easy it was (CES)")),
}
