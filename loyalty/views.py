"""The button in a customer's account by which points become a coupon."""

import re

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from loyalty.actions import LoyaltyRefused, redeem
from loyalty.actions.redeeming import TOO_FEW
from loyalty.models import Pool
from orders.account import owner_behind
from shelf import links, pages


@require_POST
@pages.private
def redeem_points(request: HttpRequest, token: str) -> HttpResponse:
    """Back to the account, which shows the coupon or says why there is none. A form sent twice takes points once."""
    try:
        owner = owner_behind(token)
    except links.BadLink:
        raise Http404 from None
    typed, once = request.POST.get("pool", ""), request.POST.get("once", "")
    pool = Pool.objects.filter(pk=int(typed)).first() if re.fullmatch("[0-9]{1,18}", typed) else None
    if pool is None or not re.fullmatch(r"[\w-]{20,40}", once, re.ASCII):
        raise Http404
    said = "taken"
    try:
        redeem(owner.customer_id, pool, f"redeem:{owner.customer_id}:{once}", timezone.now())
    except LoyaltyRefused as refused:
        said = "few" if refused.reason.text == TOO_FEW else "empty"
    language = request.GET.get("lang", "")
    kept = f"&lang={language}" if language in pages.OURS else ""
    return HttpResponseRedirect(f"/me/{token}/?said={said}{kept}#points")
