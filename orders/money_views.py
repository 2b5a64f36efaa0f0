"""Pages for people about money: codes of the shop's own links, and the wish to pause a subscription."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders import actions, verifying
from orders.links import signed_page
from orders.models import OrderPage
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


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def pause_subscription(request: HttpRequest, token: str, line_id: int) -> HttpResponse:
    """The wish goes to an agent; only who reads the order's mails may have it."""
    page = signed_page(token)
    if request.method != "POST":
        return redirect("order", token=token)
    if not verifying.is_verified(request, page.order):
        return redirect(verifying.verify_url(token, f"/o/{token}/"))
    if not page.order.lines.filter(pk=line_id).exists():
        raise Http404
    try:
        actions.ask_for_pause(line_id, timezone.now())
    except actions.OrderRefused as refusal:
        return HttpResponse(str(refusal), status=409, content_type="text/plain; charset=utf-8")
    return redirect("order", token=token)
