"""Telling the shop's own system of what was decided here: by its API where it has one, else it is an agent's task.

A request is leased (its next try is pushed ahead, and committed) before anything leaves: who dies with it in hand
loses nothing, and cancelling twice is cancelling once. "Confirmed" is only ever the shop's own word (own_words), or an
agent's.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from orders.models import Order, OrderRequest
from orders.stores.cancelling import Ask, ask_to_cancel
from shelf import safe_http
from shelf.reasons import Reason

Shop = OrderRequest.Shop
BATCH = 20
TIMEOUT = 15  # seconds
LEASE = timedelta(minutes=10)
BACK_OFF = [60, 600, 3_600]  # seconds; after the last an agent does it: the parcel may leave today

ANSWERED = _("The shop answered %(status)s.")


def first_word(request: OrderRequest, now: datetime) -> tuple[str, datetime | None]:
    """What the shop knows of a request that was just carried out, and when it is to be asked."""
    can = request.kind == OrderRequest.Kind.CANCEL and _ask_of(request.order)
    return (Shop.TO_ASK, now) if can else (Shop.TO_DO, None)


def _ask_of(order: Order) -> Ask | None:
    shop = order.store.connection
    return ask_to_cancel(shop.source, order.store.url, shop.token, order.external_id) if shop else None


def ask_shops(limit: int = BATCH, resolver: safe_http.Resolver | None = None) -> int:
    """The clock: ask the shops that are due, one after the other; how many were asked."""
    leased = _lease(limit, timezone.now())
    for request in leased:
        _settle(request, *_answer_of(request, resolver))
    return len(leased)


@transaction.atomic
def _lease(limit: int, now: datetime) -> list[OrderRequest]:
    due = OrderRequest.objects.filter(shop_state=Shop.TO_ASK, shop_next_at__lte=now).order_by("shop_next_at", "pk")
    rows = list(
        due.select_for_update(skip_locked=True, of=("self",)).select_related("order__store__connection")[:limit]
    )
    pks = [row.pk for row in rows]
    OrderRequest.objects.filter(pk__in=pks).update(shop_next_at=now + LEASE, shop_tries=F("shop_tries") + 1)
    for row in rows:
        row.shop_tries += 1
    return rows


def _answer_of(request: OrderRequest, resolver: safe_http.Resolver | None) -> tuple[bool, bool, Reason]:
    """(it took it, it is worth another try, what it said)."""
    ask = _ask_of(request.order)
    if ask is None:  # its key was taken away meanwhile
        return False, False, Reason("")
    try:
        answer = safe_http.fetch(
            ask.method, ask.url, headers=ask.headers, body=ask.body, timeout=TIMEOUT, max_bytes=4_096, resolver=resolver
        )
    except safe_http.Unreachable as error:
        return False, True, error.reason
    except safe_http.Blocked as error:
        return False, False, error.reason
    taken = 200 <= answer.status < 300
    return taken, answer.status in (408, 429) or answer.status >= 500, Reason(ANSWERED, {"status": answer.status})


def _settle(request: OrderRequest, taken: bool, again: bool, said: Reason) -> None:
    """Who has lost its lease to another worker writes nothing, nor does who comes after the shop's own word."""
    now, next_at = timezone.now(), None
    state = Shop.ASKED if taken else Shop.FAILED
    if not taken and again and request.shop_tries <= len(BACK_OFF):
        state, next_at = Shop.TO_ASK, now + timedelta(seconds=BACK_OFF[request.shop_tries - 1])
    mine = OrderRequest.objects.filter(pk=request.pk, shop_tries=request.shop_tries, shop_state=Shop.TO_ASK)
    mine.update(shop_state=state, shop_next_at=next_at, shop_said=said.text[:300], reason_values=said.values)
