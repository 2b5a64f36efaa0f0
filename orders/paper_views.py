"""Doors of an order's documents: they hold name and address, so whoever opens one has proved to read its mails."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.actions import language_for
from orders import links
from orders.actions import OrderRefused, issue_document, refuse_to_issue
from orders.brand import brand_of
from orders.models import Document, Order, Seller
from orders.papers.content import return_content
from orders.papers.documents import document_pdf
from orders.verifying import is_verified, verify_url
from shelf import pages, qr

FILES = {"invoice": Document.Kind.INVOICE, "delivery-note": Document.Kind.DELIVERY_NOTE}


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def documents(request: HttpRequest, token: str) -> HttpResponse:
    """What there is, and buttons for what may be issued. A GET issues nothing: numbers are taken by the button."""
    order = _order(token)
    seller = Seller.objects.filter(store=order.store).first()
    if seller is None:
        raise Http404
    if not is_verified(request, order):
        return redirect(verify_url(token, request.path))
    language = _speak(request, order)
    refused = None
    if request.method == "POST":
        kind = FILES.get(request.POST.get("document", ""))
        if kind is None:
            raise Http404
        try:
            issue_document(order.pk, kind, timezone.now(), by_customer=True)
        except OrderRefused as error:
            refused = str(error)
        else:
            return redirect(f"/o/{token}/documents/?lang={language}")
    context = {
        "store": brand_of(order.store),
        "language": language,
        "languages": pages.choices(request, order.store.languages),
        "order": {"number": order.number, "url": f"/o/{token}/?lang={language}"},
        "papers": _papers(order),
        "refused": refused,
        "return_url": f"/o/{token}/return.pdf?lang={language}",
        "fiscal": _fiscal(order),
    }
    return render(request, "orders/documents.html", context, status=409 if refused else 200)


@require_safe
@pages.private
def document(request: HttpRequest, token: str, name: str) -> HttpResponse:
    order = _order(token)
    if not is_verified(request, order):
        return redirect(verify_url(token, request.path))
    found = Document.objects.filter(order=order, kind=FILES[name], withdrawn_at=None).first()
    if found is None:
        raise Http404
    return pdf_answer(document_pdf(found.content), f"{found.get_kind_display()} {found.number}")


@require_safe
@pages.private
def return_application(request: HttpRequest, token: str) -> HttpResponse:
    """Filled in as far as we know. It is the customer's own paper: it takes no number."""
    order = _order(token)
    seller = Seller.objects.filter(store=order.store).first()
    lines = list(order.lines.order_by("pk"))
    if seller is None or not lines:
        raise Http404
    if not is_verified(request, order):
        return redirect(verify_url(token, request.path))
    content = return_content(order, lines, seller, _speak(request, order), timezone.now())
    return pdf_answer(document_pdf(content), f"{_('Return application')} {order.number}")


def pdf_answer(body: bytes, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type="application/pdf")
    filename = f"{name}.pdf".replace("/", "-").replace("\\", "-")
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=filename)
    return response


def _order(token: str) -> Order:
    """By the signed link only: the stub's address opens no paper."""
    return pages.behind(token, links.PURPOSE, Order.objects.select_related("store", "customer"))


def _speak(request: HttpRequest, order: Order) -> str:
    store = order.store
    return pages.speak(request, language_for("", order.language, store.language, store.languages))


def _papers(order: Order) -> list[dict[str, Any]]:
    issued = {one.kind: one for one in Document.objects.filter(order=order, withdrawn_at=None).defer("content")}
    lines, shown = order.lines.count(), []
    for name, kind in FILES.items():
        one, why = issued.get(kind), ""
        if one is None:
            try:
                refuse_to_issue(order, lines, kind, by_customer=True)
            except OrderRefused as error:
                why = str(error)
        shown.append({"name": name, "title": kind.label, "issued": one, "why": why})
    return shown


def _fiscal(order: Order) -> dict[str, str] | None:
    """The shop's fiscal receipt, which is not ours: its link, and its QR for another telephone."""
    url = getattr(order, "fiscal_url", "")
    if not url.startswith(("https://", "http://")):
        return None
    return {"url": url, "qr": qr.svg(url, _("QR code of the fiscal receipt"))}
