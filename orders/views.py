"""Pages for people: the way in, the order's page, "find my order", the brand's stylesheet."""

import logging
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_noop as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from customers.actions import language_for
from orders import account, finding, links
from orders.actions import OrderRefused, speak
from orders.actions.verifying import check_code, mail_code
from orders.brand import brand_of
from orders.forms import AccountForm, FindForm
from orders.verifying import is_verified, remember_verified, safe_next, verify_url
from shelf import hints, pages
from shelf import links as tokens

log = logging.getLogger(__name__)

PIPELINE = ["placed", "packing", "shipped", "on_the_way", "delivered"]
LAST_LEG = ("out_for_delivery", "ready_for_pickup")
TRIES_PER_HOUR = 20  # of "find my order", and of codes, from one address
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
    """One row, one query. A signed token opens the whole page, the public id a stub without anything personal."""
    page, is_signed = links.page_behind(token)
    tier = "view" if is_signed else "stub"
    store, order = page.order.store, page.blocks.get("order", {})
    language = pages.speak(request, language_for("", order.get("language", ""), store.language, store.languages))
    today = timezone.now().astimezone(ZoneInfo(store.time_zone)).date().isoformat()
    parcels = [_speaking(parcel, language, today) for parcel in page.blocks.get("parcels", [])]
    context = {
        "store": brand_of(store),
        "language": language,
        "languages": pages.choices(request, store.languages),
        "tier": tier,
        "order": {**order, "zone": store.time_zone} if tier == "view" else stub_of(order, store.time_zone),
        "steps": steps_of(order),
        "parcels": parcels if tier == "view" else _stub_parcels(parcels),
        "review": page.blocks.get("review") if tier == "view" else None,
        "points": page.blocks.get("points") if tier == "view" else None,
        "manager": page.blocks.get("manager") if tier == "view" else None,
        "help": {
            "form": f"/o/{token}/contact/" if tier == "view" else "/contact/",
            "email": store.support_email,
            "phone": store.support_phone,
        },
    }
    if tier == "view" and context["review"]:
        context["review"] = {**context["review"], "url": f"/o/{token}/review/"}
    return render(request, "orders/order_page.html" if tier == "view" else "orders/order_stub.html", context)


def stub_of(order: dict[str, Any], zone: str) -> dict[str, Any]:
    kept = ("number", "placed_at", "stage", "cancelled_at", "dispatched_at", "delivered_at")
    return {**{name: order.get(name) for name in kept}, "zone": zone}


def _speaking(parcel: dict[str, Any], language: str, today: str) -> dict[str, Any]:
    """The parcel with its carrier called as the reader calls it, late when its day (ISO, as ``today``) has passed."""
    name = parcel.get("carrier_names", {}).get(language, "")
    return {**parcel, "carrier_name": name, "late": bool(parcel.get("late_after") and parcel["late_after"] < today)}


def _stub_parcels(parcels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = ("id", "carrier_name", "milestone", "reason", "since", "estimated_on", "late", "delivered_at")
    return [{name: parcel.get(name) for name in kept} for parcel in parcels]


def steps_of(order: dict[str, Any]) -> list[dict[str, Any]]:
    """The way of an order as steps: done, now, todo. The last leg shows only while the parcel is on it."""
    stage = order.get("stage", "placed")
    if stage in ("cancelled", "refunded"):
        return [
            {"key": "placed", "state": "done", "at": order.get("placed_at")},
            {"key": stage, "state": "now", "at": order.get("cancelled_at")},
        ]
    way = [*PIPELINE[:4], stage, "delivered"] if stage in LAST_LEG else PIPELINE
    here = way.index({"paid": "placed"}.get(stage, stage))
    at = {
        "placed": order.get("placed_at"),
        "shipped": order.get("dispatched_at"),
        "delivered": order.get("delivered_at"),
    }
    states = ["done" if i < here or stage == "delivered" else "now" if i == here else "todo" for i in range(len(way))]
    return [{"key": key, "state": state, "at": at.get(key)} for key, state in zip(way, states, strict=True)]


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Six digits by mail, for whoever has the signed link. A GET mails nothing; all who ask get the same answer."""
    page = links.signed_page(token)
    order, now = page.order, timezone.now()
    language = pages.speak(request, page.blocks.get("order", {}).get("language", "") or order.store.language)
    back = safe_next(token, request.GET.get("next", ""))
    if is_verified(request, order):
        return redirect(back)
    context = {
        "store": brand_of(order.store),
        "language": language,
        "languages": pages.choices(request, order.store.languages),
        "order_number": order.number,
        "order_url": f"/o/{token}/?lang={language}",
        "address": hints.email(order.email),
        "is_sent": "sent" in request.GET,
        "errors": [],
    }
    if request.method != "POST":
        return render(request, "orders/verify.html", context)
    if "code" not in request.POST:
        if not _tries_too_often(request):
            mail_code(order, now)
        return redirect(f"{verify_url(token, back)}&sent=1&lang={language}")
    try:
        if _tries_too_often(request):
            raise OrderRefused(TOO_OFTEN)
        check_code(order, request.POST["code"], now)
    except OrderRefused as refusal:
        return render(request, "orders/verify.html", context | {"is_sent": True, "errors": [str(refusal)]}, status=422)
    answer = redirect(back)
    remember_verified(answer, order, now)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def find(request: HttpRequest) -> HttpResponse:
    """Number and e-mail in, always the same answer out; the link goes by mail, never onto the screen."""
    language = pages.speak(request, translation.get_language_from_request(request))
    common = {"language": language, "languages": pages.choices(request), "store": None}
    form = FindForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        typed = {name: form.data.get(name, "") for name in form.fields}
        return render(request, "orders/find.html", {**common, **typed, "errors": form.errors})
    if not _tries_too_often(request):
        finding.mail_link(form.cleaned_data["number"], form.cleaned_data["email"], timezone.now())
    return render(request, "orders/find_sent.html", common)


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def find_account(request: HttpRequest) -> HttpResponse:
    """An e-mail in, always the same answer out; the link to the account goes to that address."""
    language = pages.speak(request, translation.get_language_from_request(request))
    common = {"language": language, "languages": pages.choices(request), "store": None}
    form = AccountForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(
            request, "orders/account_find.html", {**common, "email": form.data.get("email", ""), "errors": form.errors}
        )
    if not _tries_too_often(request):
        account.mail_account_link(form.cleaned_data["email"], timezone.now())
    return render(request, "orders/account_sent.html", common)


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def account_of_order(request: HttpRequest, token: str) -> HttpResponse:
    """From the order's page: the link to the account goes to the order's own address, whoever looks at the page."""
    page = links.signed_page(token)
    if request.method != "POST":
        return redirect("order", token=token)
    pages.speak(request, page.blocks.get("order", {}).get("language", ""))
    if not _tries_too_often(request):
        account.mail_account_link(page.order.email, timezone.now())
    common = {"language": request.LANGUAGE_CODE, "languages": [], "store": brand_of(page.order.store)}
    return render(request, "orders/account_sent.html", {**common, "order_url": f"/o/{token}/"})


@require_safe
@pages.private
def my_account(request: HttpRequest, token: str) -> HttpResponse:
    """What a customer ordered; apps above add what they know by their tags."""
    try:
        owner = account.owner_behind(token)
    except tokens.BadLink:
        raise Http404 from None
    orders = owner.orders()
    store = orders[0].store if orders else None
    language = pages.speak(request, speak(orders[0]) if orders else owner.customer.language)
    context = {
        "store": brand_of(store) if store else None,
        "language": language,
        "languages": pages.choices(request, store.languages if store else ()),
        "owner": owner,
        "orders": [{"order": order, "url": links.status_url(order)} for order in orders],
    }
    return render(request, "orders/account.html", context)


def _tries_too_often(request: HttpRequest) -> bool:
    key = f"find:{pages.address_of(request)}"
    try:
        cache.add(key, 0, timeout=int(timedelta(hours=1).total_seconds()))
        return cache.incr(key) > TRIES_PER_HOUR
    except Exception as error:  # without Redis nobody is counted, and everybody still finds their order
        log.warning("tries to find an order are not counted: %s", error)
        return False


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def brand_css(request: HttpRequest, slug: str, accent: str, ink: str) -> HttpResponse:
    """Two custom properties; the colours are part of the address, so the answer never changes."""
    css = f":root{{--brand:#{accent};--brand-ink:#{ink}}}\n"
    return HttpResponse(css, content_type="text/css; charset=utf-8")
