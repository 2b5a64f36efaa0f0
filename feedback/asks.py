"""What customers can be asked for, by name; journeys name one in a step ``ask``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from feedback.actions import ask_for_reviews
from feedback.models import Request
from orders.models import Order


@dataclass(frozen=True, slots=True)
class Asking:
    """``ask(order_ids, now)`` opens the asks in the caller's transaction, and gives those that were not asked before;
    ``asked(order_ids)`` those that were. ``subjects``: what a journey that asks for it may be about.
    """

    label: Any
    ask: Callable[[Sequence[int], datetime], set[int]]
    asked: Callable[[Sequence[int]], set[int]]
    subjects: tuple[str, ...]


def ask_reviews(order_ids: Sequence[int], now: datetime) -> set[int]:
    return ask_for_reviews(list(Order.objects.filter(pk__in=order_ids)), now)


def asked_for_reviews(order_ids: Sequence[int]) -> set[int]:
    return set(Request.objects.filter(order__in=order_ids).values_list("order_id", flat=True))


ASKS: Mapping[str, Asking] = {"review": Asking(_("a review"), ask_reviews, asked_for_reviews, ("order", "shipment"))}
