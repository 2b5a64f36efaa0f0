"""Which order a request or a return belongs to."""

from collections.abc import Sequence

from orders.models import OrderRequest, Return

KINDS = {"request": OrderRequest, "return": Return}


def orders_behind(kind: str, ids: Sequence[int]) -> dict[int, int]:
    """{its id: its order's}; no query where nothing is asked."""
    rows = KINDS[kind]._default_manager.filter(pk__in=ids).order_by()
    return dict(rows.values_list("pk", "order_id")) if ids else {}
