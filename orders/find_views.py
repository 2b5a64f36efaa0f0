"""Find my order, my account: whatever is typed gets the same answer, and the link goes by mail."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from orders import account, finding, links
from orders.actions import speak
from orders.brand import brand_of
from orders.forms import AccountForm, FindForm
from shelf import hints, pages, throttle
from shelf import links as tokens

TRIES_PER_HOUR = 20  # from one address, for one order, for one e-mail


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def find(request: HttpRequest) -> HttpResponse:
    """Number and e-mail in, always the same answer out; the link goes by mail, never onto the screen."""
    common = _common(request)
    form = FindForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        typed = {name: form.data.get(name, "") for name in form.fields}
        return render(request, "orders/find.html", {**common, **typed, "errors": form.errors})
    number, email = form.cleaned_data["number"], form.cleaned_data["email"]
    if not _too_often(request, f"number {finding.plain(number)}", f"email {email.lower()}"):
        finding.ask_for_link(number, email, timezone.now())
    return render(request, "orders/find_sent.html", common)


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def find_account(request: HttpRequest) -> HttpResponse:
    """An e-mail in, always the same answer out; the link to the account goes to that address."""
    common = _common(request)
    form = AccountForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        typed = {"email": form.data.get("email", ""), "errors": form.errors}
        return render(request, "orders/account_find.html", {**common, **typed})
    email = form.cleaned_data["email"]
    if not _too_often(request, f"email {email.lower()}"):
        finding.ask_for_link("", email, timezone.now())
    return render(request, "orders/account_sent.html", common)


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def account_of_order(request: HttpRequest, token: str) -> HttpResponse:
    """From the order's page: the link to the account goes to the order's own address, whoever looks at the page."""
    page = links.signed_page(token)
    order = page.order
    language = pages.speak(request, speak(order))
    common = {
        "language": language,
        "languages": pages.choices(request, order.store.languages),
        "store": brand_of(order.store),
        "order_url": f"/o/{token}/?lang={language}",
    }
    if request.method != "POST":
        return render(request, "orders/account_ask.html", common | {"address": hints.email(order.email)})
    if not _too_often(request, f"email {order.email.lower()}"):
        finding.ask_for_link("", order.email, timezone.now())
    return render(request, "orders/account_sent.html", common)


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


def _common(request: HttpRequest) -> dict[str, Any]:
    language = pages.speak(request, translation.get_language_from_request(request))
    return {"language": language, "languages": pages.choices(request), "store": None}


def _too_often(request: HttpRequest, *asked_for: str) -> bool:
    return throttle.is_too_often("find", [f"from {pages.address_of(request)}", *asked_for], TRIES_PER_HOUR)
