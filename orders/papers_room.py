"""Sellers, documents and what is printed for parcels, as agents see them."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from orders.actions import OrderRefused, issue_document, slips_of, withdraw_documents
from orders.models import Document, InsertText, Order, ProductGuide, Seller
from orders.papers.documents import document_pdf
from orders.papers.slips import PRINTS
from shelf import formats
from staff.display import language, link, page_of, pill, when
from staff.lists import Find, ReadingRoom, Room, deed


@admin.register(Seller)
class Sellers(Room):
    place = ("shop", 1)
    symbol = "store"
    subject = "seller"
    keyset = ("legal_name", "pk")
    list_display = ("legal_name", "company_code", "store")
    list_select_related = ("store",)
    empty_text = _("Without a seller a store has no invoices: its customers see no documents.")
    fieldsets = (
        (None, {"fields": ("store", ("legal_name", "country"), "address")}),
        (_("Codes"), {"fields": (("company_code", "branch_code", "register_code"),)}),
        (_("VAT"), {"fields": ("is_vat_payer", ("vat_code", "vat_rate"))}),
        (_("Bank"), {"fields": ("account", "bank", ("bank_code", "bank_account"))}),
        (_("Documents"), {"fields": (("signatory", "signatory_role"), "note", ("prefix", "language"))}),
    )


class DocumentChoice(forms.Form):
    kind = forms.ChoiceField(choices=Document.Kind.choices)


@admin.register(Document)
class Documents(ReadingRoom):
    place = ("day", 2)
    symbol = "text"
    subject = "document"
    keyset = ("-issued_at", "-pk")
    list_display = ("number", "kind_pill", "order_link", "issued", "state_pill", "seller")
    list_filter = ("kind", "seller")
    list_select_related = ("order", "seller")
    finds = (Find("number"),)
    search_hint = _("Number of the document")
    empty_text = _("Documents appear here as customers and agents issue them.")
    deeds = ("withdraw",)
    export = (("number", _("number")), ("kind", _("kind")), ("issued_at", _("issued at")), ("digest", "SHA-256"))

    @admin.display(description=_("kind"))
    def kind_pill(self, document):
        return document.get_kind_display()

    @admin.display(description=_("order"))
    def order_link(self, document):
        return link(page_of("order", document.order_id), document.order.number) if document.order else ""

    @admin.display(description=_("issued at"))
    def issued(self, document):
        return when(document.issued_at)

    @admin.display(description=_("state"))
    def state_pill(self, document):
        return pill(_("withdrawn"), "wait") if document.withdrawn_at else ""

    def page(self, request, document):
        content = document.content
        done = {"deeds": []} if document.withdrawn_at else {}
        return {
            **done,
            "content": content,
            "order_url": page_of("order", document.order_id),
            "pdf_url": reverse("admin:orders-document-pdf", args=[document.pk]),
            "total": formats.money(content["total"], content["currency"], language()),
        }

    @admin.display(description=_("Withdraw"))
    @deed("orders.change_document")
    def withdraw(self, request, document):
        withdraw_documents([document.pk], timezone.now())
        return _("Withdrawn. Its number stays taken; the order can have a new document.")

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/pdf/", view(require_safe(self.pdf)), name="orders-document-pdf"),
            path("issue/<int:order_id>/", view(require_POST(self.issue)), name="orders-issue-document"),
            *super().get_urls(),
        ]

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        document = Document.objects.filter(pk=pk).first()
        if document is None or not self.has_view_permission(request, document):
            raise Http404
        return inline_pdf(document_pdf(document.content), document.number)

    def issue(self, request: HttpRequest, order_id: int) -> HttpResponse:
        form = DocumentChoice(request.POST)
        allowed = request.user.has_perm("orders.add_document")
        if not (form.is_valid() and allowed and Order.objects.filter(pk=order_id).exists()):
            raise Http404
        try:
            issue_document(order_id, form.cleaned_data["kind"], timezone.now(), request.user)
        except OrderRefused as refused:
            self.message_user(request, str(refused), level="error")
        return redirect(page_of("order", order_id))


def inline_pdf(body: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{"".join(c for c in name if c.isalnum() or c in "-_")}.pdf"'
    return answer


@admin.register(InsertText)
class InsertTexts(Room):
    place = ("shop", 3)
    symbol = "text"
    keyset = ("store__name", "language", "pk")
    list_display = ("thanks", "language", "signed", "store")
    list_select_related = ("store",)
    empty_text = _("Cards and inserts thank in our words until a store has its own.")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return spoken(db_field) or super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(ProductGuide)
class ProductGuides(Room):
    place = ("shop", 3)
    symbol = "play"
    list_display = ("product", "language", "video_url", "article")
    list_select_related = ("product",)
    raw_id_fields = ("product",)
    empty_text = _("How a product is used: shown on the page behind the code that lies in the parcel.")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        return spoken(db_field) or super().formfield_for_dbfield(db_field, request, **kwargs)


def spoken(field: Any) -> forms.ChoiceField | None:
    """Languages are chosen, not typed."""
    return forms.ChoiceField(label=field.verbose_name, choices=settings.LANGUAGES) if field.name == "language" else None


class Printing:
    """Actions of the orders' list: one PDF for all that are marked, at most a page of the list."""

    actions = ("print_slips", "print_cards", "print_inserts")

    @admin.action(description=_("Print packing slips"), permissions=["view"])
    def print_slips(self, request, orders):
        return self._printed(request, orders, "slips")

    @admin.action(description=_("Print thank-you cards, 85×55 mm"), permissions=["view"])
    def print_cards(self, request, orders):
        return self._printed(request, orders, "cards")

    @admin.action(description=_("Print inserts, A6"), permissions=["view"])
    def print_inserts(self, request, orders):
        return self._printed(request, orders, "inserts")

    def _printed(self, request, orders, what):
        now = timezone.now()
        slips = slips_of(list(orders.values_list("pk", flat=True)), now)
        if not slips:
            self.message_user(request, _("Orders that were only heard of have nothing to print."), level="error")
            return None
        return inline_pdf(PRINTS[what](slips, now), what)
