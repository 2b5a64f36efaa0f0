"""The order's page and what hangs on it: the code by mail, the calendar, the link that orders again; the way in."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from customers.actions import language_for
from orders import drawn_pages, links, self_service, showing
from orders.actions import OrderRefused
from orders.actions.verifying import check_code, mail_code
from orders.again import again_url
from orders.brand import brand_of
from orders.calendar_file import calendar_of, days_of
from orders.models import OrderPage, Storefront
from orders.verifying import is_proven, is_verified, remember_verified, safe_next, verify_url
from shelf import hints, pages, throttle

TRIES_PER_HOUR = 20  # of codes, from one address
TOO_OFTEN = _("So many tries came from here within an hour that we take no more for now. Please try again later.")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    language = pages.speak(request, translation.get_language_from_request(request))
    context = {
        "language": language,
        "languages": pages.choices(request),
        "store": None,
        "mailbox_open": not settings.EMAIL_URL,
    }
    return render(request, "home.html", context)


@require_safe
@pages.private
def order_page(request: HttpRequest, token: str) -> HttpResponse:
    """One statement where the page is kept as it stands, else four: its row, the merchant's links, and to keep it."""
    door, now = links.door_of(token), timezone.now()
    found = drawn_pages.find(door, _tier_of(request, door), drawn_pages.language_asked(request), now)
    may_keep = drawn_pages.may_keep(request, found.tier)
    if found.html and may_keep:
        return HttpResponse(found.html, headers={"Content-Language": found.language})
    page, _is_signed = links.page_behind(token)
    context = _common(request, page) | _drawn(page, found, request.LANGUAGE_CODE, now)
    template = "orders/order_stub.html" if found.tier == showing.STUB else "orders/order_page.html"
    html = render_to_string(template, context, request)
    if may_keep:
        drawn_pages.keep(found, request.LANGUAGE_CODE, html, now)
    return HttpResponse(html)


def _tier_of(request: HttpRequest, door: links.Door) -> str:
    if not door.is_signed:
        return showing.STUB
    return showing.VERIFIED if is_proven(request, door.order_id, door.version) else showing.VIEW


def _common(request: HttpRequest, page: OrderPage) -> dict[str, Any]:
    """What every page about an order has: it speaks the order's language, under the store's name."""
    store, written = page.order.store, page.blocks.get("order", {}).get("language", "")
    language = pages.speak(request, language_for("", written, store.language, store.languages))
    return {
        "store": brand_of(store),
        "language": language,
        "languages": pages.choices(request, store.languages),
    }


def _drawn(page: OrderPage, found: drawn_pages.Found, language: str, now: datetime) -> dict[str, Any]:
    """The blocks of the page as this visitor may see them. A stub gets those of orders and tracking alone, cut down.

    Nothing here may depend on who asks but for the tier, nor on the token: addresses are relative to the page's own.
    """
    blocks, store, tier = page.blocks, page.order.store, found.tier
    order = blocks.get("order", {})
    parcels = showing.parcels_for(tier, blocks.get("parcels", ()), language, store.time_zone, now)
    is_whole = tier != showing.STUB
    drawn = {
        "tier": tier,
        "order": showing.order_for(tier, order, store.time_zone),
        "steps": showing.steps_of(order, parcels),
        "parcels": parcels,
        "self": self_service.offers(page, tier == showing.VERIFIED) if is_whole else None,
        "help": {
            "form": "contact/" if is_whole else "/contact/",
            "email": store.support_email,
            "phone": store.support_phone,
        },
    }
    if not is_whole:
        return drawn
    rest = {name: block for name, block in blocks.items() if name not in drawn}  # each app's own, by its name
    if rest.get("review"):
        rest["review"] = {**rest["review"], "url": "review/"}
    front = getattr(store, "storefront", None)
    return {
        **rest,
        **drawn,
        "links": showing.links_of(order, language, found.is_calm),
        "has_papers": hasattr(store, "seller"),
        "has_days": any(days_of("", parcels)),
        "again": bool(front and front.again_url and order.get("lines")),
        "share_url": links.stub_url(page.order),
    }


# --- What hangs on it -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Six digits by mail, for whoever has the signed link. A GET mails nothing; all who ask get the same answer."""
    page = links.signed_page(token)
    order, now = page.order, timezone.now()
    context = _common(request, page) | {
        "order_number": order.number,
        "order_url": f"/o/{token}/",
        "address": hints.email(order.email),
        "is_sent": "sent" in request.GET,
        "errors": [],
    }
    back = safe_next(token, request.GET.get("next", ""))
    if is_verified(request, order):
        return redirect(back)
    if request.method != "POST":
        return render(request, "orders/verify.html", context)
    too_often = throttle.is_too_often("code", [pages.address_of(request)], TRIES_PER_HOUR)
    if "code" not in request.POST:
        if not too_often:
            mail_code(order, now)
        return redirect(f"{verify_url(token, back)}&sent=1&lang={context['language']}")
    try:
        if too_often:
            raise OrderRefused(TOO_OFTEN)
        check_code(order, request.POST["code"], now)
    except OrderRefused as refusal:
        return render(request, "orders/verify.html", context | {"is_sent": True, "errors": [str(refusal)]}, status=422)
    answer = redirect(back)
    remember_verified(answer, order, now)
    return answer


@require_safe
@pages.private
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The days of the order as a file; not found while there is none."""
    page, now = links.signed_page(token), timezone.now()
    language, order = _common(request, page)["language"], page.order
    told = showing.parcels_for(showing.VIEW, page.blocks.get("parcels", ()), language, order.store.time_zone, now)
    days = list(days_of(order.number, told))
    if not days:
        raise Http404
    file = calendar_of(page, days, links.stub_url(order), now)
    answer = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="order-{order.pk}.ics"'
    return answer


@require_safe
@pages.private
def again(request: HttpRequest, token: str) -> HttpResponse:
    """To the shop's cart with the same things in it, by the merchant's pattern."""
    order = links.signed_page(token).order
    front = Storefront.objects.filter(store=order.store_id).first()
    lines = order.lines.select_related("product").order_by("pk")
    address = again_url(front, lines) if front else ""
    if not address:
        raise Http404
    return redirect(address)


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def brand_css(request: HttpRequest, slug: str, accent: str, ink: str) -> HttpResponse:
    """Two custom properties; the colours are part of the address, so the answer never changes."""
    css = f":root{{--brand:#{accent};--brand-ink:#{ink}}}\n"
    return HttpResponse(css, content_type="text/css; charset=utf-8")
