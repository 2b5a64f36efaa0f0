"""Telling the shop's own system of what was decided here: by its API where it has one, else it is an agent's task.

A request is leased (its next try is pushed ahead, and committed) before anything leaves: who dies with it in hand
loses nothing, and cancelling twice is cancelling once. "Confirmed" is only ever the shop's own word (own_words), or an
agent's. What the shop refuses is told to the customer and the agent, who may have it asked again.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events.facts import record
from orders.actions.contacts import OrderRefused
from orders.actions.request_blocks import draw_requests
from orders.events import OrderShopRefused
from orders.models import Order, OrderRequest
from orders.stores.telling import Ask, ask_to_cancel, ask_to_send_to, words_of
from orders.stores.telling import Shop as Platform
from shelf import safe_http
from shelf.reasons import Reason
from staff.models import User

Shop = OrderRequest.Shop
BATCH = 20
TIMEOUT = 15  # seconds
LEASE = timedelta(minutes=10)
BACK_OFF = [60, 600, 3_600]  # seconds; after the last an agent does it: the parcel may leave today

ANSWERED = _("The shop answered %(status)s.")
KEY_REFUSED = _("The shop does not take our key (%(status)s). Give its connection a new one.")
NOT_KNOWN = _("The shop does not know this order.")
NO_KEY = _("The shop cannot be asked: its address or its key is missing.")
CANNOT_ASK = _("This shop cannot be asked by its API. Do it there by hand.")
NOT_STUCK = _("The shop does not have to be asked again.")


def first_word(request: OrderRequest, now: datetime) -> tuple[str, datetime | None]:
    """What the shop knows of a request that was just carried out, and when it is to be asked."""
    return (Shop.TO_ASK, now) if ask_of(request) else (Shop.TO_DO, None)


def ask_of(request: OrderRequest) -> Ask | None:
    """None where nobody can be asked. A shop's own address for its API stands in its connection's options."""
    order: Order = request.order
    known = order.store.connection
    if known is None:
        return None
    shop = Platform(known.source, order.store.url, known.token, str(known.options.get("address") or ""))
    if request.kind == OrderRequest.Kind.CANCEL:
        return ask_to_cancel(shop, order.external_id)
    return ask_to_send_to(shop, order.external_id, request.wanted)


def ask_shops(limit: int = BATCH, resolver: safe_http.Resolver | None = None) -> int:
    """The clock: ask the shops that are due, one after the other; how many were asked."""
    leased = _lease(limit, timezone.now())
    for request in leased:
        _settle(request, *_answer_of(request, resolver))
    return len(leased)


@transaction.atomic
def ask_shop_again(request_id: int, by: User | None, now: datetime) -> OrderRequest:
    """An agent mended the key, or what the shop spoke of. Raises OrderRefused."""
    request = OrderRequest.objects.select_related("order__store__connection").get(pk=request_id)
    Order.objects.select_for_update().get(pk=request.order_id)
    request.refresh_from_db(fields=["shop_state", "shop_tries"])
    if request.shop_state not in (Shop.FAILED, Shop.TO_DO):
        raise OrderRefused(NOT_STUCK)
    if ask_of(request) is None:
        raise OrderRefused(CANNOT_ASK)
    request.shop_state, request.shop_next_at = Shop.TO_ASK, now
    request.save(update_fields=["shop_state", "shop_next_at"])
    draw_requests(request.order)
    return request


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


def _answer_of(request: OrderRequest, resolver: safe_http.Resolver | None) -> tuple[bool, bool, Reason, str]:
    """(it took it, it is worth another try, what an agent reads, the shop's own words)."""
    ask, connection = ask_of(request), request.order.store.connection
    if ask is None or connection is None:  # its key was taken away meanwhile
        return False, False, Reason(NO_KEY), ""
    approved = {str(host).lower() for host in connection.options.get("private_hosts", [])}
    try:
        answer = safe_http.fetch(
            ask.method, ask.url, headers=ask.headers, body=ask.body, timeout=TIMEOUT, max_bytes=4_096,
            allow_private=(urlsplit(ask.url).hostname or "") in approved, resolver=resolver,
        )  # fmt: skip
    except safe_http.Unreachable as error:
        return False, True, error.reason, ""
    except safe_http.Blocked as error:
        return False, False, error.reason, ""
    taken = 200 <= answer.status < 300
    again = answer.status in (408, 429) or answer.status >= 500
    words = words_of(answer.body) if answer.status in (400, 409, 422) else ""
    return taken, again, Reason("") if taken else _why(answer.status), words


def _why(status: int) -> Reason:
    sentence = {401: KEY_REFUSED, 403: KEY_REFUSED, 404: NOT_KNOWN}.get(status, ANSWERED)
    return Reason(sentence, {"status": status})


@transaction.atomic
def _settle(request: OrderRequest, taken: bool, again: bool, said: Reason, words: str) -> None:
    """Who has lost its lease to another worker writes nothing, nor does who comes after the shop's own word."""
    now, next_at = timezone.now(), None
    state = Shop.ASKED if taken else Shop.FAILED
    if not taken and again and request.shop_tries <= len(BACK_OFF):
        state, next_at = Shop.TO_ASK, now + timedelta(seconds=BACK_OFF[request.shop_tries - 1])
    order = Order.objects.select_for_update().get(pk=request.order_id)
    mine = OrderRequest.objects.filter(pk=request.pk, shop_tries=request.shop_tries, shop_state=Shop.TO_ASK)
    told = mine.update(
        shop_state=state,
        shop_next_at=next_at,
        shop_said=said.text[:300],
        reason_values=said.values,
        shop_words=words,
    )
    if not told:
        return
    draw_requests(order)
    if state == Shop.FAILED:
        fact = OrderShopRefused(order.pk, order.number, request.kind)
        key = f"{fact.kind}:{request.pk}:{request.shop_tries}"
        record(fact, subject=("request", request.pk), customer_id=order.customer_id, at=now, key=key)
