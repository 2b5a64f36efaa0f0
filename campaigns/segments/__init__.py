"""Segments: who fits a description. Asked when it is needed, and never rebuilt by night.

Other files of the app ask here: ``members``, ``walk``, ``count``, ``contains``, ``sample`` of a version. Whoever only
has a tree of conditions (an editor) asks ``campaigns.segments.asking``.
"""

from campaigns.segments.asking import Counted, contains, count, members, read_version, sample, walk
from campaigns.segments.following import cross_due, fill, follow
from campaigns.segments.writing import (
    Everyone,
    SegmentRefused,
    create,
    delete,
    live_version,
    publish,
    rename,
    set_followed,
    used_by,
)

__all__ = [
    "Counted",
    "Everyone",
    "SegmentRefused",
    "contains",
    "count",
    "create",
    "cross_due",
    "delete",
    "fill",
    "follow",
    "live_version",
    "members",
    "publish",
    "read_version",
    "rename",
    "sample",
    "set_followed",
    "used_by",
    "walk",
]
