"""Which blocks there are, and when one may be left out. config/wiring.py fills the list in the order of the menu."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.blocks.fields import Field, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """``<name>.mjml`` and ``<name>.txt`` hold its look, ``words.<language>.toml`` what it says by itself.

    ``variables`` describes namespaces that only this block's data bring (a coupon): without them it shows nothing.
    ``speaks_of``: the namespace whose absence leaves the block out.
    """

    name: str
    title: Words
    help: Words = ""
    symbol: str = "dot"
    fields: Sequence[Field] = ()
    speaks_of: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


BLOCKS: dict[str, Block] = {}

# "Show only if", as a list to choose from: key → (what the author reads, what Liquid asks).
CONDITIONS: dict[str, tuple[Words, str]] = {
    "name": (_("we know the first name"), 'customer.first_name and customer.first_name != ""'),
    "discount": (_("the order has a discount"), "order and order.discount > 0"),
    "several": (_("the order has more than one product"), "order and order.lines.size > 1"),
    "parcel": (_("the message is about a parcel"), "shipment"),
    "day": (_("the carrier has named a day of delivery"), "shipment.estimated_on"),
    "no_day": (_("the carrier has named no day of delivery"), "shipment and shipment.estimated_on == nil"),
    "phone": (_("the store has a telephone number"), 'store.support_phone and store.support_phone != ""'),
}


def lend_with(blocks: Iterable[Block]) -> None:
    """Given once by config/apps.py."""
    BLOCKS.clear()
    BLOCKS.update({block.name: block for block in blocks})


def described(known: Mapping[str, Any]) -> dict[str, Any]:
    """``known`` and what the blocks' own data would bring: what a field of a block may name."""
    lent = {name: what for block in BLOCKS.values() for name, what in block.variables.items()}
    return {**lent, **known}
