"""Conditions in a plan: trees of shelf.conditions over the fields that apps lend (campaigns/fields.py)."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from campaigns import fields
from shelf.conditions import Node

# a condition in a journey may speak of its customer, and of the order and the parcel where it has them
SUBJECTS = ("customer", "order", "shipment")


def met(tree: Mapping[str, Any], values: Mapping[str, Any], now: datetime) -> bool:
    """Raises ConditionRefused, naming the field, when the tree asks for one that is no more."""
    return fields.holds(node_of(tree), values, now)


def node_of(tree: Mapping[str, Any]) -> Node:
    return _read(json.dumps(tree, sort_keys=True))


@lru_cache(maxsize=1000)
def _read(text: str) -> Node:
    return fields.read(json.loads(text), *SUBJECTS)
