"""A customer cancels an order, or sends it elsewhere, before anything has left; the policy or an agent decides.

Everything is looked at under the order's lock, which tracking takes too before it says that a parcel left: whoever
comes second finds what the first one did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from customers.actions import lock_customers
from events.facts import Fact, Recorded, record_all
from orders.actions import addresses
from orders.actions.contacts import OrderRefused
from orders.actions.counting import count
from orders.actions.request_blocks import draw_requests
from orders.actions.saved import Saved
from orders.actions.saving import SHOP_FIELDS, stage_of
from orders.actions.shop_calls import first_word
from orders.events import (
    OrderCancelAccepted,
    OrderCancelled,
    OrderCancelRefused,
    OrderCancelRequested,
    OrderChangeAccepted,
    OrderChangeRefused,
    OrderChangeRequested,
)
from orders.models import Order, OrderRequest, Return, SelfServicePolicy, Way
from orders.page_blocks import moving_parts, write_fields
from staff.models import User

Kind, State = OrderRequest.Kind, OrderRequest.State
LONGEST = 1000
BY_CUSTOMER = "customer"  # in Shopify's words

REVOKED = _("This link is no longer valid. Open the order from your newest e-mail.")
CANCELLED = _("This order is cancelled already.")
LEFT = _("This order has already left the shop, so it cannot be changed any more. You can return it when it arrives.")
NOT_OFFERED = _("The shop does not offer this here. Please write to us.")
ASKED_ALREADY = _("You have asked for this already. The shop decides and writes to you.")
NO_REASON = _("Please choose a reason.")
NOT_WAITING = _("This has been decided already.")
NO_WORDS = _("Please say why: the customer reads it.")
IN_RETURN = _(
    "Something of this order is in a return already, so it cannot be cancelled as a whole. Please write to us."
)
CASH_BACK = _("The money for this order went back already, so there is nothing left to cancel.")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as their link proved it: for which order, and by which version of its links."""

    order_id: int
    link_version: int


def policy_of(store_id: int) -> SelfServicePolicy:
    return SelfServicePolicy.objects.filter(store=store_id).first() or SelfServicePolicy(store_id=store_id)


def hold_order(asker: Asker) -> Order:
    """The order of whoever asks, locked with its customer (customer → order → rest), still theirs."""
    lock_customers(Order.objects.filter(pk=asker.order_id, customer__isnull=False).values_list("customer", flat=True))
    rows = Order.objects.select_for_update(of=("self",)).select_related("store", "customer")
    order = rows.filter(pk=asker.order_id, link_version=asker.link_version, placeholder=False).first()
    if order is None:
        raise OrderRefused(REVOKED)
    return order


def why_not(order: Order, way: str) -> str:
    """The sentence that speaks against a change of this order now; empty: nothing does."""
    if order.cancelled_at:
        return CANCELLED
    if order.dispatched_at or order.delivered_at:
        return LEFT
    if order.financial == Order.Financial.REFUNDED:
        return CASH_BACK
    return NOT_OFFERED if way == Way.OFF else ""


# --- Asking -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def request_cancel(asker: Asker, reason: str, words: str, now: datetime) -> OrderRequest:
    """Raises OrderRefused; nothing has changed then."""
    order = hold_order(asker)
    way = _open_way(order, Kind.CANCEL)
    if reason not in OrderRequest.Reason.values:
        raise OrderRefused(NO_REASON)
    return _ask(OrderRequest(order=order, kind=Kind.CANCEL, reason=reason, words=cleaned(words), asked_at=now), way)


@transaction.atomic
def request_change(asker: Asker, wanted: Mapping[str, str], words: str, now: datetime) -> OrderRequest:
    """Another address or pick-up point. ``wanted`` is read by ``addresses.read_address``; raises OrderRefused."""
    order = hold_order(asker)
    way = _open_way(order, Kind.CHANGE)
    address = addresses.read_address(wanted, order)
    asked = OrderRequest(
        order=order, kind=Kind.CHANGE, words=cleaned(words), was=order.address, wanted=address, asked_at=now
    )
    return _ask(asked, way)


def cleaned(words: str) -> str:
    return words.replace("\0", "").strip()[:LONGEST]


def _open_way(order: Order, kind: OrderRequest.Kind) -> str:
    way = getattr(policy_of(order.store_id), str(kind))
    refusal = why_not(order, way)
    if not refusal and OrderRequest.objects.filter(order=order, kind=kind, state=State.WAITING).exists():
        refusal = ASKED_ALREADY
    if not refusal and kind == Kind.CANCEL and Return.objects.filter(order=order, state__in=Return.OPEN).exists():
        refusal = IN_RETURN
    if refusal:
        raise OrderRefused(refusal)
    return way


def _ask(request: OrderRequest, way: str) -> OrderRequest:
    order = request.order
    request.save()
    if request.kind == Kind.CANCEL:
        _tell(request, OrderCancelRequested(order.pk, order.number, request.reason), request.asked_at)
    else:
        _tell(request, OrderChangeRequested(order.pk, order.number), request.asked_at)
    if way == Way.AUTOMATIC:
        request.is_automatic = True
        _carry_out(request, request.asked_at)
    draw_requests(order)
    return request


# --- Deciding ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def accept_request(request_id: int, by: User, now: datetime) -> OrderRequest:
    """An agent says yes; whether anything has left meanwhile is looked at again."""
    request = _hold_request(request_id)
    refusal = why_not(request.order, Way.REQUEST)
    if refusal:
        raise OrderRefused(refusal)
    request.decided_by = by
    _carry_out(request, now)
    draw_requests(request.order)
    return request


@transaction.atomic
def refuse_request(request_id: int, why: str, by: User, now: datetime) -> OrderRequest:
    request = _hold_request(request_id)
    if not cleaned(why):
        raise OrderRefused(NO_WORDS)
    request.state, request.refusal = State.REFUSED, cleaned(why)
    request.decided_by, request.decided_at = by, now
    request.save()
    kind = OrderCancelRefused if request.kind == Kind.CANCEL else OrderChangeRefused
    _tell(request, kind(request.order_id, request.order.number), now)
    draw_requests(request.order)
    return request


@transaction.atomic
def note_done_in_shop(request_id: int, by: User, now: datetime) -> OrderRequest:
    """An agent did by hand in the shop what its system was not asked, or would not do."""
    request = _hold_order_of(request_id)
    if request.state != State.DONE or request.shop_state in ("", OrderRequest.Shop.CONFIRMED):
        raise OrderRefused(NOT_WAITING)
    request.shop_state, request.shop_confirmed_at = OrderRequest.Shop.CONFIRMED, now
    request.save()
    draw_requests(request.order)
    return request


def _hold_order_of(request_id: int) -> OrderRequest:
    order_id, version = OrderRequest.objects.values_list("order", "order__link_version").get(pk=request_id)
    order = hold_order(Asker(order_id, version))
    request = OrderRequest.objects.get(pk=request_id)
    request.order = order
    return request


def _hold_request(request_id: int) -> OrderRequest:
    request = _hold_order_of(request_id)
    if request.state != State.WAITING:
        raise OrderRefused(NOT_WAITING)
    return request


def _carry_out(request: OrderRequest, now: datetime) -> None:
    request.state, request.decided_at = State.DONE, now
    request.shop_state, request.shop_next_at = first_word(request, now)
    request.save()
    if request.kind == Kind.CANCEL:
        _cancel(request, now)
    else:
        _send_elsewhere(request, now)


def _cancel(request: OrderRequest, now: datetime) -> None:
    order = request.order
    before = {name: getattr(order, name) for name in (*SHOP_FIELDS, "customer_id")}
    order.cancelled_at, order.cancel_reason = now, BY_CUSTOMER
    order.own_words = {**order.own_words, "cancelled_at": now.isoformat()}
    order.stage, order.updated_at = stage_of(order), now
    order.save(update_fields=["cancelled_at", "cancel_reason", "own_words", "stage", "updated_at"])
    count(order.store, [(Saved(order, before=before),)])
    write_fields({order.pk: moving_parts(order)})
    cancelled = OrderCancelled(order.number, BY_CUSTOMER)
    record_all([Recorded(cancelled, ("order", order.pk), order.customer_id, now, f"order.cancelled:{order.pk}")])
    _tell(request, OrderCancelAccepted(order.pk, order.number, request.is_automatic), now)


def _send_elsewhere(request: OrderRequest, now: datetime) -> None:
    order = request.order
    order.own_words = {**order.own_words, "address": request.wanted, "was": order.own_words.get("was", order.address)}
    order.address, order.updated_at = request.wanted, now
    order.save(update_fields=["address", "own_words", "updated_at"])
    write_fields({order.pk: {"address": order.address}})
    _tell(request, OrderChangeAccepted(order.pk, order.number, request.is_automatic), now)


def _tell(request: OrderRequest, fact: Fact, now: datetime) -> None:
    key = f"{fact.kind}:{request.pk}"
    by = request.decided_by_id
    record_all([Recorded(fact, ("request", request.pk), request.order.customer_id, now, key, created_by_id=by)])
