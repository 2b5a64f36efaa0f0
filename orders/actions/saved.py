"""One order on its way through ``save_orders``."""

from dataclasses import dataclass, field
from typing import Any

from orders.models import Order


@dataclass(slots=True)
class Saved:
    """One order after ``save_orders``: what became of it."""

    order: Order
    created: bool = False
    outdated: bool = False
    before: dict[str, Any] = field(default_factory=dict)  # the shop's fields as they were; empty for a new order
    confirmed: list[str] = field(default_factory=list)  # what of our own words the shop has taken over
