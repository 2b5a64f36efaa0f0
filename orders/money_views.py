"""Pages for people about money: codes of the shop's own links, and the wish to pause a subscription."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders import actions
from orders.links import signed_page
from orders.models import Order, OrderPage
from orders.self_service import of_customer
from shelf import pages, qr


@require_safe
@pages.private
def pay_code(request: HttpRequest, token: str) -> HttpResponse:
    return _code(signed_page(token), "pay_url", _("QR code with the address for the payment"))


@require_safe
@pages.private
def receipt_code(request: HttpRequest, token: str) -> HttpResponse:
    return _code(signed_page(token), "fiscal_url", _("QR code with the address of the fiscal receipt"))


def _code(page: OrderPage, name: str, label: str) -> HttpResponse:
    url = page.blocks.get("order", {}).get("money", {}).get(name)
    if not url:
        raise Http404
    return HttpResponse(qr.svg(url, label), content_type="image/svg+xml")


@of_customer
def pause_subscription(
    request: HttpRequest, page: OrderPage, order: Order, common: dict[str, Any], line_id: int
) -> HttpResponse:
    """The wish goes to an agent; only who reads the order's mails may have it."""
    line = get_object_or_404(order.lines, pk=line_id)
    if request.method != "POST":
        return render(request, "orders/self/pause.html", common | {"line": line})
    try:
        actions.ask_for_pause(line_id, timezone.now())
    except actions.OrderRefused as refusal:
        return render(request, "orders/self/pause.html", common | {"refusal": str(refusal)}, status=409)
    return redirect(common["order_url"])
