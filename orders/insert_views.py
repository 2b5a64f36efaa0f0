"""The page behind the code that lies in the parcel: thanks, how to use it, a way to people.

The code is on paper, so it gives no rights: no name, number, address or sum is shown, and a discreet order does not
even name its products. The review goes by a signed link that is mailed to the order's own address.
"""

from typing import Any
from urllib.parse import urlparse

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from customers.actions import language_for
from messaging.machines import is_machine_click, is_prefetch
from orders import finding
from orders.actions import count_opening
from orders.brand import brand_of
from orders.models import Insert, InsertText, ProductGuide
from orders.papers.words import word
from shelf import pages


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def insert(request: HttpRequest, code: str) -> HttpResponse:
    rows = Insert.objects.select_related("order__store", "order__page")
    found = rows.filter(code=code.replace("\0", "")).first()
    if found is None:
        raise Http404
    order, store = found.order, found.order.store
    language = pages.speak(request, language_for("", order.language, store.language, store.languages))
    if request.method == "POST":
        finding.mail_link(order.number, order.email, timezone.now())
        return redirect(f"/i/{code}/?lang={language}&sent=1")
    if request.method == "GET" and "sent" not in request.GET and not _is_machine(request):
        count_opening(found.pk, timezone.now())
    said = InsertText.objects.filter(store=store, language=language).first()
    is_discreet = order.is_discreet or store.is_discreet
    context = {
        "store": brand_of(store),
        "language": language,
        "languages": pages.choices(request, store.languages),
        "thanks": said.thanks if said else word(language, "thanks_text"),
        "signed": (said.signed if said else "") or store.name,
        "guides": [] if is_discreet else _guides(order.pk, language, store.language),
        "manager": order.page.blocks.get("manager") if hasattr(order, "page") else None,
        "sent": "sent" in request.GET,
        "help": {"form": "/contact/", "email": store.support_email, "phone": store.support_phone},
    }
    return render(request, "orders/insert.html", context)


def _guides(order_id: int, language: str, fallback: str) -> list[dict[str, Any]]:
    """How to use what is in the parcel: in the reader's language, else in the store's."""
    rows = ProductGuide.objects.filter(product__orderline__order=order_id, language__in=[language, fallback])
    best: dict[int, ProductGuide] = {}
    for guide in rows.select_related("product").order_by("product_id").distinct():
        if guide.product_id not in best or guide.language == language:
            best[guide.product_id] = guide
    return [
        {
            "title": guide.product.title,
            "image_url": guide.product.image_url,
            "text": guide.text,
            "video_url": guide.video_url if urlparse(guide.video_url).scheme in ("http", "https") else "",
            "article_url": f"/help/{guide.article}/?lang={language}" if guide.article else "",
        }
        for guide in best.values()
    ]


def _is_machine(request: HttpRequest) -> bool:
    return is_machine_click(request.headers.get("User-Agent", "")[:400], None, "GET") or is_prefetch(request.headers)
