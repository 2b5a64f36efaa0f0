"""Questions to a segment: how many, who, the next page of them, is this one inside.

A version that names a field which is gone raises ConditionRefused, with a sentence; it has no members, not all of them.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from campaigns import fields
from campaigns.models import SegmentVersion
from customers.models import Stats
from shelf import conditions
from shelf.conditions import Node, Not

PATIENCE = 2000  # milliseconds that a count may take before the planner's estimate has to do


@dataclass(frozen=True, slots=True)
class Counted:
    """``about``: the count took too long, and this is what the database expects."""

    people: int
    about: bool = False


def read_tree(raw: Any) -> Node:
    return fields.read(raw, "customer")


def read_version(version: SegmentVersion) -> Node:
    return read_tree(version.definition)


_NODES: dict[int, Node] = {}  # by version; versions never change


def expanded(version: SegmentVersion) -> Node:
    """For whoever asks often: read once for each process, with every meaning written out."""
    node = _NODES.get(version.pk)
    if node is None:
        node = _NODES[version.pk] = conditions.expand(read_version(version), fields.FIELDS)
    return node


# --- Of a version -------------------------------------------------------------------------------------------------


def members(version: SegmentVersion, now: datetime) -> QuerySet[Stats]:
    """The counted facts of everybody inside; their ``pk`` is the customer's."""
    return found(read_version(version), now)


def count(version: SegmentVersion, now: datetime) -> Counted:
    return count_of(read_version(version), now)


def contains(version: SegmentVersion, customer_id: int, now: datetime) -> bool:
    """Asked of the customer's values and not of the table: a third of the time of a query with its conditions."""
    return holds_for(expanded(version), customer_id, now)


def walk(version: SegmentVersion, after: int, limit: int, now: datetime) -> list[int]:
    """The next customers' ids behind ``after``, in order; empty: the end. A page costs what the first one costs."""
    rows = members(version, now).filter(pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def sample(version: SegmentVersion, limit: int, now: datetime) -> list[Stats]:
    return sample_of(read_version(version), limit, now)


# --- Of a tree ----------------------------------------------------------------------------------------------------


def found(node: Node, now: datetime) -> QuerySet[Stats]:
    return Stats.objects.filter(fields.where(node, now))


def holds_for(node: Node, customer_id: int, now: datetime) -> bool:
    known = fields.values_of(fields.fields_in([node]), "customer", [customer_id])
    return customer_id in known and fields.holds(node, known[customer_id], now)


def sample_of(node: Node, limit: int, now: datetime) -> list[Stats]:
    """Some of them, the newest customers first."""
    return list(found(node, now).select_related("customer").order_by("-pk")[:limit])


def count_of(node: Node, now: datetime, patience: int = PATIENCE) -> Counted:
    """How many; after ``patience`` milliseconds the planner's estimate, marked as such."""
    rows = found(node, now).order_by()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(patience)])
            people = rows.count()
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")  # the caller's own transaction goes on
            return Counted(people)
    except OperationalError:
        return Counted(_estimate(rows), about=True)


def _estimate(rows: QuerySet[Stats]) -> int:
    plan = json.loads(rows.values("pk").explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def matches_everyone(node: Node, now: datetime) -> bool:
    """Is nobody outside? Stops at the first who is."""
    return Stats.objects.exists() and not found(Not(node), now).exists()
