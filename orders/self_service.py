"""The customer's pages of self-service: cancel, another address. A GET shows, only a POST asks; who asks is proven."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from orders import links
from orders.actions import OrderRefused, speak
from orders.actions.addresses import LONGEST as ADDRESS_FIELDS
from orders.actions.self_service import LONGEST, Asker, policy_of, request_cancel, request_change, why_not
from orders.brand import brand_of
from orders.models import Order, OrderPage, OrderRequest, SelfServicePolicy, Way
from orders.verifying import is_verified, verify_url
from shelf import pages

Page = Callable[..., HttpResponse]


def of_customer(view: Page) -> Page:
    """The order behind its signed link, for whoever proved to read its mails; everybody else goes to prove it first.

    Absent, forged, expired and revoked links and stubs are 404 alike. What is asked is looked at again by the action.
    """

    @require_http_methods(["GET", "HEAD", "POST"])
    @pages.private
    @wraps(view)
    def guarded(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        page = links.signed_page(token)
        order: Order = Order.objects.select_related("store", "customer").get(pk=page.pk)
        language = pages.speak(request, speak(order))
        if not is_verified(request, order):
            return redirect(f"{verify_url(token, request.path)}&lang={language}")
        common = {
            "store": brand_of(order.store),
            "language": language,
            "languages": pages.choices(request, order.store.languages),
            "order_number": order.number,
            "order_url": f"/o/{token}/?lang={language}",
            "help_url": f"/o/{token}/contact/?lang={language}",
            "zone": order.store.time_zone,
            "errors": [],
            "longest": LONGEST,
        }
        return view(request, page, order, common, **more)

    return guarded


def offers(page: OrderPage, is_proven: bool) -> dict[str, Any]:
    """What the order's page offers, from its own row and the store's: no query. The actions look again.

    A code is as good as money: it is shown to those who proved to read the order's mails.
    """
    order, requests = page.blocks.get("order", {}), page.blocks.get("requests", {})
    policy = getattr(page.order.store, "self_service", None) or SelfServicePolicy()
    left = bool(order.get("dispatched_at") or order.get("delivered_at") or order.get("cancelled_at"))
    is_here = any(some.get("delivered_at") for some in (order, *page.blocks.get("parcels", ())))
    is_open = not left and order.get("stage") != Order.Stage.REFUNDED
    return {
        "can_cancel": is_open and policy.cancel != Way.OFF,
        "can_change": is_open and policy.change != Way.OFF and bool(order.get("address")),
        "can_return": is_here and policy.returns != Way.OFF,
        "requests": requests,
        "returns": page.blocks.get("returns", []),
        "goodwill": page.blocks.get("goodwill") if is_proven else None,
    }


def asker_of(order: Order) -> Asker:
    return Asker(order.pk, order.link_version)


def newest(order: Order, kind: str) -> OrderRequest | None:
    return OrderRequest.objects.filter(order=order, kind=kind).order_by("-pk").first()


@of_customer
def cancel(request: HttpRequest, page: Any, order: Order, common: dict[str, Any]) -> HttpResponse:
    if request.method == "POST":
        try:
            reason, words = request.POST.get("reason", ""), request.POST.get("words", "")
            request_cancel(asker_of(order), reason, words, timezone.now())
        except OrderRefused as refusal:
            order.refresh_from_db()
            return _cancel_page(request, page, order, common | {"errors": [str(refusal)]})
        return redirect(f"{request.path}?lang={common['language']}")
    return _cancel_page(request, page, order, common)


def _cancel_page(request: HttpRequest, page: Any, order: Order, common: dict[str, Any]) -> HttpResponse:
    asked, way = newest(order, OrderRequest.Kind.CANCEL), policy_of(order.store_id).cancel
    refusal = why_not(order, way)
    is_cancelled = order.cancelled_at is not None
    context = common | {
        "asked": asked,
        "is_cancelled": is_cancelled,
        "is_waiting": asked is not None and asked.state == OrderRequest.State.WAITING and not is_cancelled,
        "is_refused": asked is not None and asked.state == OrderRequest.State.REFUSED,
        "is_stuck": asked is not None and asked.shop_state == OrderRequest.Shop.FAILED,
        "way": way,
        "stands_against": str(OrderRefused(refusal)) if refusal else "",
        "goodwill": page.blocks.get("goodwill"),
        "is_paid": order.paid_at is not None,
        "reasons": OrderRequest.Reason.choices,
        "reason": request.POST.get("reason", ""),
        "words": request.POST.get("words", ""),
    }
    status = 422 if common["errors"] else 200
    return render(request, "orders/self/cancel.html", context, status=status)


@of_customer
def change(request: HttpRequest, page: Any, order: Order, common: dict[str, Any]) -> HttpResponse:
    if request.method == "POST":
        try:
            typed = {name: request.POST.get(name, "") for name in ADDRESS_FIELDS}
            request_change(asker_of(order), typed, request.POST.get("words", ""), timezone.now())
        except OrderRefused as refusal:
            order.refresh_from_db()
            return _change_page(request, order, common | {"errors": [str(refusal)]})
        return redirect(f"{request.path}?lang={common['language']}&sent=1")
    return _change_page(request, order, common)


def _change_page(request: HttpRequest, order: Order, common: dict[str, Any]) -> HttpResponse:
    asked, way = newest(order, OrderRequest.Kind.CHANGE), policy_of(order.store_id).change
    refusal = why_not(order, way)
    typed = request.POST if request.method == "POST" else order.address
    context = common | {
        "asked": asked,
        "is_waiting": asked is not None and asked.state == OrderRequest.State.WAITING and not refusal,
        "is_refused": asked is not None and asked.state == OrderRequest.State.REFUSED,
        "is_done": "sent" in request.GET and asked is not None and asked.state == OrderRequest.State.DONE,
        "is_stuck": asked is not None and asked.shop_state == OrderRequest.Shop.FAILED,
        "way": way,
        "stands_against": str(OrderRefused(refusal)) if refusal else "",
        "address": {name: typed.get(name) or "" for name in ADDRESS_FIELDS},
        "country": order.address.get("country") or order.store.country,
        "words": request.POST.get("words", ""),
    }
    return render(request, "orders/self/change.html", context, status=422 if common["errors"] else 200)
