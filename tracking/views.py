"""Pages about parcels: the customer's code for collecting an order, and the counter that scans it."""

from django.contrib import admin, messages
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from orders.links import signed_page
from orders.models import OrderLine
from shelf import pages, qr
from staff.display import page_of
from tracking import actions, handing
from tracking.models import Shipment

MAY = "tracking.change_shipment"


@require_safe
@pages.private
def hand_over_code(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """The QR as a drawing, behind the order's signed link only."""
    page = signed_page(token)
    shipment = get_object_or_404(Shipment, pk=pk, order=page.order_id, carrier=actions.OWN_PICKUP)
    picture = qr.svg(handing.code_url(shipment, page.order), _("Your code for collecting the order"))
    return HttpResponse(picture, content_type="image/svg+xml")


@staff_member_required(login_url="account_login")
@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def hand_over(request: HttpRequest, token: str) -> HttpResponse:
    """What staff's phone opens: the order and one button. A GET changes nothing."""
    if not request.user.has_perm(MAY):
        raise PermissionDenied
    shipment = handing.shipment_behind(token)
    if shipment is None:
        raise Http404
    if request.method == "POST":
        return _handed_over(request, shipment)
    order = shipment.order
    context = {
        **admin.site.each_context(request),
        "title": _("Hand over"),
        "shipment": shipment,
        "order": order,
        "lines": OrderLine.objects.filter(order=order).order_by("pk"),
        "why_not": actions.why_not_handed_over(shipment, order),
        "order_url": page_of("order", order.pk),
        "parcel_url": page_of("shipment", shipment.pk),
    }
    return TemplateResponse(request, "admin/tracking/hand_over.html", context)


def _handed_over(request: HttpRequest, shipment: Shipment) -> HttpResponse:
    try:
        actions.hand_over(shipment.pk, request.user.pk, timezone.now())
    except actions.ParcelRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Handed over: order %(number)s.") % {"number": shipment.order.number})
    return redirect(request.path)
