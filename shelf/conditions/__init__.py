"""Conditions that people write: a tree of plain JSON over a table of fields, asked in Python or in SQL.

``read`` makes a tree of what somebody typed or says what is wrong with it. ``holds`` asks it of one thing's values,
``where`` turns it into a filter over a million rows; both follow the one table of operators (operators.py), and
tests/shelf/test_conditions.py holds them against each other. ``next_change`` is when the mere passing of time may
change the answer. ``aloud`` reads a tree to people.

    {"all": [{"field": "customer.orders", "op": ">=", "value": 2},
             {"any": [{"field": "customer.country", "op": "is", "value": "UA"},
                      {"not": {"field": "customer.last_order", "op": "within_days", "value": 30}}]}]}

What is not known is not there: a comparison with it fails, and "is not" is exactly the contrary of "is".
"""

from shelf.conditions.asking import holds, next_change, outlook
from shelf.conditions.fields import ConditionRefused, Field, Rows, Type, choices_of
from shelf.conditions.operators import OPERATORS, Operator, operators_of
from shelf.conditions.speech import aloud
from shelf.conditions.sql import where
from shelf.conditions.tree import Group, Leaf, Node, Not, as_json, expand, fields_in, leaves_of, read

__all__ = [
    "OPERATORS",
    "ConditionRefused",
    "Field",
    "Group",
    "Leaf",
    "Node",
    "Not",
    "Operator",
    "Rows",
    "Type",
    "aloud",
    "as_json",
    "choices_of",
    "expand",
    "fields_in",
    "holds",
    "leaves_of",
    "next_change",
    "operators_of",
    "outlook",
    "read",
    "where",
]
