"""Requests and returns as what journeys are about, and what mails may say of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from events.models import Event
from messaging.contexts import Context
from messaging.subjects import Anchor, Subject, Told
from orders import subjects as orders
from orders.actions import speak
from orders.actions.behind import orders_behind
from orders.actions.self_service import policy_of
from orders.contexts import address_lines
from orders.contexts import load as load_orders
from orders.links import status_url
from orders.models import Order, OrderRequest, Return

Load = Callable[[Sequence[int], datetime], dict[int, dict[str, Any]]]


# --- Subjects ---------------------------------------------------------------------------------------------------------


def _subject_of(name: str) -> Callable[[Event], int | None]:
    return lambda event: event.subject_id if event.subject_type == name else None


def _tell(model: type[OrderRequest] | type[Return], name: str, times: Mapping[str, Anchor]) -> Any:
    def tell(ids: Sequence[int], now: datetime) -> dict[int, Told]:
        rows = model.objects.in_bulk(list(ids))
        known = {order.pk: order for order in orders.with_store([row.order_id for row in rows.values()])}
        return {pk: _told(known[row.order_id], (name, pk), row, times) for pk, row in rows.items()}

    return tell


def _told(order: Order, about: tuple[str, int], row: OrderRequest | Return, times: Mapping[str, Anchor]) -> Told:
    told = orders.of_order(order, about)
    own = {at: getattr(row, at) for at in times}
    return Told(**{**{f: getattr(told, f) for f in Told.__slots__}, "anchors": {**told.anchors, **own}})


ASKED = {"asked_at": Anchor(_("the request")), "decided_at": Anchor(_("the decision"))}
STAGES = {
    "requested_at": Anchor(_("the request")),
    "decided_at": Anchor(_("the decision")),
    "labelled_at": Anchor(_("the label"), ("return.labelled",)),
    "shipped_at": Anchor(_("the return was sent"), ("return.shipped",)),
    "received_at": Anchor(_("the return arrived"), ("return.received",)),
    "settled_at": Anchor(_("the return was settled"), ("return.settled",)),
}
REQUESTS = Subject(
    _("a request of a customer"),
    _tell(OrderRequest, "request", ASKED),
    _subject_of("request"),
    ("order.cancel_", "order.change_", "order.shop_"),
    {**orders.ANCHORS, **ASKED},
)
RETURNS = Subject(
    _("a return"), _tell(Return, "return", STAGES), _subject_of("return"), ("return.",), {**orders.ANCHORS, **STAGES}
)


# --- What mails may say -----------------------------------------------------------------------------------------------

TEXT = "text"
OF_REQUEST = {
    "request": {"kind": TEXT, "state": TEXT, "reason": TEXT, "refusal": TEXT, "address_lines": [TEXT], "url": "url"}
}
OF_RETURN = {
    "return": {
        **dict.fromkeys(
            ["number", "kind", "state", "wish", "reason", "refusal", "address", "carrier", "waybill"], TEXT
        ),
        "url": "url",
        "label_url": "url",
        "refunded": "money",
        "lines": [{"title": TEXT, "quantity": "number"}],
    }
}
REQUEST_WORDS = {
    "request.kind": _("what was asked for: cancel, change"),
    "request.state": _("what became of it: waiting, done, refused"),
    "request.reason": _("why, as the customer chose it"),
    "request.refusal": _("why an agent said no; else empty"),
    "request.address_lines": _("the address that was asked for"),
    "request.url": _("the page of the request"),
}
RETURN_WORDS = {
    "return.number": _("its number: R-7"),
    "return.kind": _("return or warranty"),
    "return.state": _("where it stands: requested, approved, labelled, shipped, received, refunded …"),
    "return.wish": _("what the customer wants instead, in words"),
    "return.reason": _("why, as the customer chose it"),
    "return.refusal": _("why an agent said no; else empty"),
    "return.address": _("where the goods go back to"),
    "return.carrier": _("the carrier of the way back; may be empty"),
    "return.waybill": _("the number of the parcel that comes back; may be empty"),
    "return.url": _("the page of the return"),
    "return.label_url": _("where the label is; empty as long as there is none"),
    "return.refunded": _("how much money went back; 0 as long as none did"),
    "return.lines": _("what comes back: title, quantity"),
}


def load_requests(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    rows = OrderRequest.objects.filter(pk__in=ids).select_related("order__store", "order__customer")
    told = load_orders([row.order_id for row in rows], now)
    return {row.pk: {**told[row.order_id], "markup": [], "request": _of_request(row)} for row in rows}


def _of_request(row: OrderRequest) -> dict[str, Any]:
    with translation.override(speak(row.order)):
        reason = row.get_reason_display()
    return {
        "kind": row.kind,
        "state": row.state,
        "reason": str(reason),
        "refusal": row.refusal,
        "address_lines": address_lines(row.wanted),
        "url": f"{status_url(row.order)}{row.kind}/",
    }


def load_returns(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    rows = Return.objects.filter(pk__in=ids).select_related("order__store", "order__customer")
    rows = rows.prefetch_related("lines")
    told = load_orders([row.order_id for row in rows], now)
    homes = {row.order.store_id: policy_of(row.order.store_id).return_address for row in rows}
    return {
        row.pk: {**told[row.order_id], "markup": [], "return": _of_return(row, homes[row.order.store_id])}
        for row in rows
    }


def _of_return(row: Return, home: str) -> dict[str, Any]:
    url = f"{status_url(row.order)}return/{row.pk}/"
    with translation.override(speak(row.order)):
        wish, reason = str(row.get_wish_display()), str(row.get_reason_display())
    return {
        "number": f"R-{row.pk}",
        "kind": row.kind,
        "state": row.state,
        "wish": wish,
        "reason": reason,
        "refusal": row.refusal,
        "address": home or row.order.store.address,
        "carrier": row.carrier,
        "waybill": row.number,
        "url": url,
        "label_url": row.label_url or (url if row.labelled_at else ""),
        "refunded": row.refunded or 0,
        "lines": [{"title": line.title, "quantity": line.quantity} for line in row.lines.all()],
    }


def _newest(model: type[OrderRequest] | type[Return]) -> Callable[[str, int], list[tuple[int, str]]]:
    def examples(typed: str, limit: int) -> list[tuple[int, str]]:
        rows = model.objects.select_related("order").order_by("-pk")
        found = rows.filter(order__number__in=[typed, f"#{typed}"]) if typed else rows
        return [(row.pk, str(row)) for row in found[:limit]]

    return examples


def _by_row(kind: str, context: Context) -> Context:
    """What a lower or upper floor says of orders, said of their requests or returns: one query more."""

    def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
        about = orders_behind(kind, ids)
        told = context.load(sorted(set(about.values())), now)
        return {pk: told[order_id] for pk, order_id in about.items() if order_id in told}

    return Context(load, context.describe, context.words)


def of_requests(context: Context) -> Context:
    return _by_row("request", context)


def of_returns(context: Context) -> Context:
    return _by_row("return", context)


REQUEST = Context(load_requests, OF_REQUEST, REQUEST_WORDS, _newest(OrderRequest))
RETURN = Context(load_returns, OF_RETURN, RETURN_WORDS, _newest(Return))
