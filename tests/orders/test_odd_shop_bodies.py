"""Whatever a platform that is asked puts into a field, its order is read or refused with a sentence: nothing breaks."""

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest

from events.sources import Ignored, Unreadable
from orders.stores import horoshop, opencart, prom, rozetka
from orders.stores.seen import OrderSeen
from tests.builders import horoshop as horoshop_shop
from tests.builders import opencart as opencart_shop
from tests.builders import prom as prom_shop
from tests.builders import rozetka as rozetka_shop

ODD: list[Any] = [
    None,
    "",
    [],
    {},
    [None],
    {"a": []},
    True,
    1.5,
    -1,
    10**30,
    1e400,
    "\0",
    "\ud800",
    "0000-00-00",
    "я" * 999,
]


def paths(value: Any, at: tuple = ()) -> list[tuple]:
    """The way to each field of a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return ([at] if at else []) + [path for key, each in inner for path in paths(each, (*at, key))]


def with_odd(body: Any, path: tuple, odd: Any) -> Any:
    changed = copy.deepcopy(body)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = odd
    return changed


@pytest.mark.parametrize(
    ("adapter", "body"),
    [
        (prom, prom_shop.by_cash(cancellation={"title": "x"}, status="canceled")),
        (rozetka, rozetka_shop.order(payment=rozetka_shop.card("paid"), carrier={"carrier_track_num": "1"})),
        (horoshop, horoshop_shop.asked()),
        (opencart, opencart_shop.order()),
    ],
    ids=["prom", "rozetka", "horoshop", "opencart"],
)
def test_no_odd_value_in_any_field_breaks_anything(adapter, body):
    for path in paths(body):
        for odd in ODD:
            try:
                seen = adapter.read("order", with_odd(body, path, odd))
            except Unreadable:
                continue
            if not isinstance(seen, Ignored):
                order = next(each for each in seen if isinstance(each, OrderSeen))
                assert order.external_id and "\0" not in repr(order)
                assert isinstance(order.placed_at, datetime) and order.placed_at.utcoffset() == timedelta(0)
