"""Mails as ordered lists of blocks: what a marketer writes instead of MJML. Pure: no models, no database.

A mail is a list of plain dicts, ``{"block": "button", "label": "See my order", "url": "{{ order.url }}"}``, with an
optional ``"only_if"``. A block is a small form (fields as data) and two files in ``templates/messaging/blocks/``:
``<name>.mjml`` and ``<name>.txt``. So the plain-text part is written by the blocks too, never scraped off the HTML.

1. ``check`` names every problem by block and field; ``to_mjml`` and ``to_text`` put the blocks together.
2. From there on it is a mail like any other: ``rendering.compile_content`` when it is published.

A block of an app above (coupons, cards) is defined here by the variables it names, and shows nothing while nobody
gives them. ``catalogue.BLOCKS`` is the list; config/wiring.py says what is in it.
"""

from messaging.blocks.catalogue import BLOCKS, CONDITIONS, Block, described, lend_with
from messaging.blocks.compose import (
    MAX_BLOCKS,
    BlockProblem,
    BlocksRefused,
    check,
    in_block,
    liquid_sources,
    new,
    shape,
    to_mjml,
    to_text,
    where,
)
from messaging.blocks.fields import Choice, Field, Line, Link, Passage, Picture, Rows, Tick

__all__ = [
    "BLOCKS",
    "CONDITIONS",
    "MAX_BLOCKS",
    "Block",
    "BlockProblem",
    "BlocksRefused",
    "Choice",
    "Field",
    "Line",
    "Link",
    "Passage",
    "Picture",
    "Rows",
    "Tick",
    "check",
    "described",
    "in_block",
    "lend_with",
    "liquid_sources",
    "new",
    "shape",
    "to_mjml",
    "to_text",
    "where",
]
