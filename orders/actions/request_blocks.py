"""The block of an order's page that tells what became of the customer's wishes."""

from orders.models import Order, OrderRequest
from orders.page_blocks import write_blocks


def draw_requests(order: Order) -> None:
    """The newest word about each wish. ``stuck``: the shop's own system did not take it, and a person sees to it."""
    newest = {row.kind: row for row in OrderRequest.objects.filter(order=order).order_by("pk")}
    drawn = {
        kind: {
            "state": row.state,
            "asked_at": row.asked_at.isoformat(),
            "refusal": row.refusal,
            "stuck": row.shop_state == OrderRequest.Shop.FAILED,
            "shop_words": row.shop_words,
        }
        for kind, row in newest.items()
    }
    write_blocks("requests", {order.pk: drawn})
