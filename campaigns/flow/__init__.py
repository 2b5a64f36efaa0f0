"""A journey's definition as people change it: plain JSON that need not be right yet.

``Flow`` takes it apart and puts it together again, ``tree`` lays it out for reading, ``problems_of`` says what is wrong
and where, ``differences`` what a draft changes, ``picture`` draws it. No database but for the names of what exists.
"""

from campaigns.flow.changes import add, copy, move, remove, rename
from campaigns.flow.links import KINDS, NotEditable, check_editable
from campaigns.flow.shape import Flow
from campaigns.flow.tree import Node, Sequence

__all__ = [
    "KINDS",
    "Flow",
    "Node",
    "NotEditable",
    "Sequence",
    "add",
    "check_editable",
    "copy",
    "move",
    "remove",
    "rename",
]
