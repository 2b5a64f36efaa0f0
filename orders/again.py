"""The link that orders the same once more: the shop's own cart, filled by the pattern that the merchant gave."""

from collections.abc import Iterable
from urllib.parse import quote

from orders.models import OrderLine, Storefront

LONGEST = 2000  # characters of an address that every browser and shop takes


def again_url(front: Storefront, lines: Iterable[OrderLine]) -> str:
    """Where the cart is filled, or "" where no line can be told to the shop.

    With ``{items}`` all lines, as many as fit into an address; else the first one.
    """
    told = [values for line in lines if (values := _values(line))]
    if not front.again_url or not told:
        return ""
    if "{items}" not in front.again_url:
        return front.again_url.format(**told[0])
    room = LONGEST - len(front.again_url)
    items: list[str] = []
    for values in told:
        item = front.again_item.format(**values)
        room -= len(item) + 1
        if room < 0:
            break
        items.append(item)
    return front.again_url.format(**told[0], items=",".join(items))


def _values(line: OrderLine) -> dict[str, str] | None:
    """Each fit for an address. What is no variant is its own product."""
    product = line.product.external_id if line.product else ""
    said = {"sku": line.sku, "product": product, "variant": line.variant_key or product}
    if not any(said.values()):
        return None
    return {name: quote(value, safe="") for name, value in said.items()} | {"quantity": str(line.quantity)}
