"""The positions of orders, and the products learned from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orders.models import OrderLine, Product, Store
from orders.stores.seen import LineSeen
from shelf.rows import insert_missing_rows, insert_rows

KEPT = ("completed_at", "renews_on", "renewal_failed_at", "renewal_told_on", "pause_asked_at")
OF_SHOP = (
    "product", "variant_key", "sku", "title", "quantity", "price", "total", "image_url",
    "kind", "completed_at", "renews_on", "renewal_failed_at",
)  # fmt: skip


@dataclass(slots=True)
class LineSaved:
    """A line after it was written, with what was known of its completion and renewal before."""

    row: OrderLine
    before: dict[str, Any]

    def is_new(self, name: str) -> bool:
        return bool(getattr(self.row, name)) and getattr(self.row, name) != self.before.get(name)


def write_lines(store: Store, lines: Mapping[int, Sequence[LineSeen]], fresh: set[int]) -> dict[int, list[LineSaved]]:
    """Lines as the shop shows them; those it no longer shows go. Products are learned on the way.

    What an agent or a customer said of a line stays: that it is done, that it should rest.
    """
    products = learn_products(store, [line for many in lines.values() for line in many])
    rows = [
        _as_row(pk, line, products.get(line.product_id))
        for pk, many in lines.items()
        for line in {line.external_id: line for line in many}.values()
    ]
    old = _known([pk for pk in lines if pk not in fresh])
    gone = old.keys() - {(r.order_id, r.external_id) for r in rows}
    if gone:
        OrderLine.objects.filter(pk__in=[old[key]["pk"] for key in gone]).delete()
    by_order: dict[int, list[LineSaved]] = {}
    for row in rows:
        before = old.get((row.order_id, row.external_id), {})
        for name in KEPT:
            setattr(row, name, getattr(row, name) or before.get(name))
        by_order.setdefault(row.order_id, []).append(LineSaved(row, before))
    insert_rows(row for row in rows if row.order_id in fresh)
    OrderLine.objects.bulk_create(
        [row for row in rows if row.order_id not in fresh],
        update_conflicts=True,
        unique_fields=["order", "external_id"],
        update_fields=OF_SHOP,
    )
    return by_order


def _as_row(order_id: int, line: LineSeen, product: Product | None) -> OrderLine:
    return OrderLine(
        order_id=order_id,
        **line_values(line, product),
        kind=line.kind,
        completed_at=line.completed_at,
        renews_on=line.renews_on,
        renewal_failed_at=line.renewal_failed_at,
    )


def line_values(line: LineSeen, product: Product | None) -> dict[str, Any]:
    """The fields of every line, goods or not."""
    return {
        "external_id": line.external_id[:100],
        "product_id": product.pk if product else None,
        "variant_key": line.variant_id[:100],
        "sku": line.sku[:100],
        "title": line.title[:300],
        "quantity": line.quantity,
        "price": line.price,
        "total": line.total,
        "image_url": line.image_url[:500] or _picture(product),
    }


def _known(order_ids: Sequence[int]) -> dict[tuple[int, str], dict[str, Any]]:
    if not order_ids:
        return {}
    rows = OrderLine.objects.filter(order_id__in=order_ids).values("pk", "order_id", "external_id", *KEPT)
    return {(row["order_id"], row["external_id"]): row for row in rows}


def _picture(product: Product | None) -> str:
    """Some shops (Shopify) show lines without pictures: then the product's own, if somebody gave it one."""
    return product.image_url if product else ""


def learn_products(store: Store, lines: Sequence[LineSeen]) -> dict[str, Product]:
    """Products by the shop's id; only unknown ones are written, so that a busy product is not a busy row."""
    wanted = {line.product_id[:100]: line for line in lines if line.product_id}
    if not wanted:
        return {}
    known = {p.external_id: p for p in Product.objects.filter(store=store, external_id__in=list(wanted))}
    missing = [
        Product(store=store, external_id=key, sku=w.sku[:100], title=w.title[:300], image_url=w.image_url[:500])
        for key, w in sorted(wanted.items())
        if key not in known
    ]
    if missing:
        insert_missing_rows(missing)
        known = {p.external_id: p for p in Product.objects.filter(store=store, external_id__in=list(wanted))}
    return known
