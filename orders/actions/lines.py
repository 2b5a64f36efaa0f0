"""The positions of orders, and the products learned from them."""

from collections.abc import Mapping, Sequence
from typing import Any

from orders.models import OrderLine, Product, Store
from orders.stores.seen import LineSeen
from shelf.rows import insert_missing_rows, insert_rows


def write_lines(store: Store, lines: Mapping[int, Sequence[LineSeen]], fresh: set[int]) -> dict[int, list[OrderLine]]:
    """Lines as the shop shows them; those it no longer shows go. Products are learned on the way."""
    products = learn_products(store, [line for many in lines.values() for line in many])
    rows = [
        OrderLine(order_id=pk, **line_values(line, products))
        for pk, many in lines.items()
        for line in {line.external_id: line for line in many}.values()
    ]
    changed = [pk for pk in lines if pk not in fresh]
    if changed:
        kept = {(r.order_id, r.external_id) for r in rows}
        old = OrderLine.objects.filter(order_id__in=changed).values_list("pk", "order_id", "external_id")
        gone = [pk for pk, order_id, external_id in old if (order_id, external_id) not in kept]
        if gone:
            OrderLine.objects.filter(pk__in=gone).delete()
    insert_rows(row for row in rows if row.order_id in fresh)
    OrderLine.objects.bulk_create(
        [row for row in rows if row.order_id not in fresh],
        update_conflicts=True,
        unique_fields=["order", "external_id"],
        update_fields=["product", "sku", "title", "quantity", "price", "total", "image_url"],
    )
    by_order: dict[int, list[OrderLine]] = {}
    for row in rows:
        by_order.setdefault(row.order_id, []).append(row)
    return by_order


def line_values(line: LineSeen, products: Mapping[str, Product]) -> dict[str, Any]:
    """The fields of a row, from what the shop showed."""
    product = products.get(line.product_id)
    return {
        "external_id": line.external_id[:100],
        "product_id": product.pk if product else None,
        "sku": line.sku[:100],
        "title": line.title[:300],
        "quantity": line.quantity,
        "price": line.price,
        "total": line.total,
        "image_url": line.image_url[:500] or _picture(product),
    }


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
