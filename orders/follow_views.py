"""Second recipients of parcel news: the customer names them, each of them answers for himself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from orders import links
from orders.actions import OrderRefused, speak
from orders.actions.following import MOST, accept, invite, leave
from orders.brand import brand_of
from orders.following import PURPOSE
from orders.models import Follower
from orders.verifying import is_verified, verify_url
from shelf import pages


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def followers(request: HttpRequest, token: str) -> HttpResponse:
    """Name somebody, take somebody off: for whoever proved that the order's mails are theirs."""
    order = links.signed_page(token).order
    if not is_verified(request, order):
        return redirect(verify_url(token, request.path))
    language = pages.speak(request, order.language or order.store.language)
    errors, now = [], timezone.now()
    if request.method == "POST":
        try:
            _change(request, order, language, now)
        except OrderRefused as refusal:
            errors = [str(refusal)]
        else:
            return redirect(f"{request.path}?lang={language}")
    context = {
        "store": brand_of(order.store),
        "language": language,
        "languages": pages.choices(request, order.store.languages),
        "order_number": order.number,
        "order_url": f"/o/{token}/",
        "followers": (known := list(order.followers.filter(ended_at=None).order_by("pk"))),
        "has_room": len(known) < MOST,
        "typed": request.POST.get("email", "") if errors else "",
        "errors": errors,
    }
    return render(request, "orders/followers.html", context, status=422 if errors else 200)


def _change(request: HttpRequest, order, language: str, now) -> None:
    off = request.POST.get("off", "")
    if not off:
        return invite(order, request.POST.get("email", ""), language, now)
    named = order.followers.filter(pk=int(off)).first() if off.isascii() and off.isdigit() and len(off) < 19 else None
    if named:
        leave(named, now)
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Behind the link of each mail to a follower: one button to say yes, one to leave. A GET shows."""
    follower = pages.behind(token, PURPOSE, Follower.objects.select_related("order__store", "order__customer"))
    language = pages.speak(request, follower.language or speak(follower.order))
    if request.method == "POST":
        change = accept if request.POST.get("answer") == "yes" else leave
        change(follower, timezone.now())
        return redirect(f"{request.path}?lang={language}")
    context = {
        "store": brand_of(follower.order.store),
        "language": language,
        "languages": pages.choices(request, follower.order.store.languages),
        "follower": follower,
        "order_number": follower.order.number,
        "page_url": links.stub_url(follower.order),
    }
    return render(request, "orders/following.html", context)
