"""An order before it leaves, a store's policy, and a browser that proved whose it is."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from orders import links, verifying
from orders.actions import save_orders
from orders.actions.self_service import Asker
from orders.models import Order, SelfServicePolicy, Store
from tests.builders.door import order_seen


def placed(store: Store, number: int = 1042, **overrides: Any) -> Order:
    """Olena's paid order of one kettle, placed a moment ago."""
    return save_orders(store, [order_seen(number, timezone.now(), language="en", **overrides)])[0].order


def policy(store: Store, **ways: Any) -> SelfServicePolicy:
    return SelfServicePolicy.objects.update_or_create(store=store, defaults=ways)[0]


def asker(order: Order) -> Asker:
    return Asker(order.pk, order.link_version)


def door(order: Order, page: str) -> str:
    return f"{links.status_url(order).partition('8000')[2]}{page}/"


def prove(client: Any, order: Order) -> None:
    """The cookie that the mailed code leaves behind."""
    answer = HttpResponse()
    verifying.remember_verified(answer, order)
    client.cookies.update(answer.cookies)


def text(answer: Any) -> str:
    return answer.content.decode().replace("\xa0", " ")
