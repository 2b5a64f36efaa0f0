"""The customer's pages of support: the contact form, and a ticket's conversation. A GET shows, only a POST writes."""

import logging
import secrets
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_http_methods

from orders.actions import speak
from orders.brand import brand_of
from orders.links import PURPOSE as ORDER_PURPOSE
from orders.links import status_url
from orders.models import Order, Store
from shelf import hints, pages
from support.actions import contact as forms
from support.actions.tickets import LONGEST, State, TicketRefused, confirm
from support.links import PURPOSE, ticket_path
from support.models import Ticket, TicketMessage

log = logging.getLogger(__name__)

POSTS_PER_HOUR = 20  # from one address, to all forms here
TOO_OFTEN = _("So many messages came from here within an hour that we take no more for now. Please write an e-mail.")


# --- Contact --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def contact(request: HttpRequest) -> HttpResponse:
    """A stranger writes. What is answered is the same whatever we know of the address and of the order."""
    store = Store.objects.filter(slug=request.GET.get("store", "").replace("\0", "")).first()
    store = store or Store.objects.order_by("pk").first()
    language = pages.speak(request, translation.get_language_from_request(request))
    context = _common(request, store, language) | {"form": _typed(request), "errors": []}
    if request.method != "POST" or store is None:
        return render(request, "support/contact.html", context)
    if request.POST.get("website"):  # a field that only programs fill in
        return render(request, "support/contact_sent.html", context)
    try:
        _refuse_too_often(request)
        forms.write_as_stranger(store, _stranger(request, language), timezone.now())
    except TicketRefused as refusal:
        return render(request, "support/contact.html", context | {"errors": [str(refusal)]}, status=422)
    return render(request, "support/contact_sent.html", context)


def _stranger(request: HttpRequest, language: str) -> forms.Typed:
    said = {name: request.POST.get(name, "") for name in ("once", "email", "text", "name", "number")}
    return forms.Typed(**said, language=language)


def _typed(request: HttpRequest) -> dict[str, str]:
    names = ("email", "text", "name", "number")
    once = request.POST.get("once") or secrets.token_urlsafe(16)
    return {name: request.POST.get(name, "") for name in names} | {"once": once}


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def contact_about_order(request: HttpRequest, token: str) -> HttpResponse:
    """From the order's page; its own token proves who writes, and answers go to the order's address."""
    order = pages.behind(token, ORDER_PURPOSE, Order.objects.select_related("store", "customer"))
    language = pages.speak(request, speak(order))
    context = _common(request, order.store, language) | {
        "order_number": order.number,
        "order_url": status_url(order),
        "address": hints.email(order.email),
        "form": _typed(request),
        "errors": [],
    }
    if request.method != "POST":
        return render(request, "support/contact.html", context)
    try:
        _refuse_too_often(request)
        once = f"{order.pk}:{request.POST.get('once', '')}"
        ticket = forms.write_about_order(order, request.POST.get("text", ""), once, timezone.now())
    except TicketRefused as refusal:
        return render(request, "support/contact.html", context | {"errors": [str(refusal)]}, status=422)
    return redirect(f"{ticket_path(ticket)}?sent=1&lang={language}")


# --- The conversation -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def ticket(request: HttpRequest, token: str) -> HttpResponse:
    """What was said, and room to say more; for a stranger's message the button that says that it is theirs."""
    rows = Ticket.objects.select_related("store", "customer", "order__store", "order__customer")
    found = pages.behind(token, PURPOSE, rows)
    language = pages.speak(request, found.language)
    errors: list[str] = []
    if request.method == "POST":
        try:
            _write(request, found)
        except TicketRefused as refusal:
            errors = [str(refusal)]
        else:
            return redirect(f"{request.path}?sent=1&lang={language}")
    context = _common(request, found.store, language) | {
        "ticket": found,
        "talk": talk_of(found),
        "is_unconfirmed": found.state == State.UNCONFIRMED,
        "is_solved": found.state == State.SOLVED,
        "order_number": found.order.number if found.order else "",
        "order_url": status_url(found.order) if found.order else "",
        "form": _typed(request),
        "is_sent": bool(request.GET.get("sent")) and not errors,
        "errors": errors,
    }
    return render(request, "support/ticket.html", context, status=422 if errors else 200)


def _write(request: HttpRequest, found: Ticket) -> None:
    if request.POST.get("deed") == "confirm":
        confirm(found.pk, timezone.now())
        return
    _refuse_too_often(request)
    forms.write_again(found, request.POST.get("text", ""), request.POST.get("once", ""), timezone.now())


def talk_of(found: Ticket) -> list[dict[str, Any]]:
    """The messages as the customer may see them, oldest first. Notes are no messages, and are not asked for."""
    rows = TicketMessage.objects.filter(ticket=found).select_related("author", "coupon").defer("words")
    return [
        {
            "is_ours": said.direction == TicketMessage.Direction.OUT,
            "who": str(said.author) if said.author else found.store.name,
            "text": said.text,
            "at": said.written_at.isoformat(),
            "coupon": said.coupon.code if said.coupon else "",
        }
        for said in rows.order_by("written_at", "pk")
    ]


# --- What they share --------------------------------------------------------------------------------------------------


def _common(request: HttpRequest, store: Store | None, language: str) -> dict[str, Any]:
    return {
        "store": brand_of(store) if store else None,
        "zone": store.time_zone if store else "UTC",
        "language": language,
        "languages": pages.choices(request, store.languages if store else ()),
        "longest": LONGEST,
    }


def _refuse_too_often(request: HttpRequest) -> None:
    key = f"contact:{pages.address_of(request)}"
    try:
        cache.add(key, 0, timeout=int(timedelta(hours=1).total_seconds()))
        count = cache.incr(key)
    except Exception as error:  # without Redis nobody is counted, and everybody can still write
        log.warning("messages from one address are not counted: %s", error)
        return
    if count > POSTS_PER_HOUR:
        raise TicketRefused(TOO_OFTEN)
