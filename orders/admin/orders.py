"""Orders, stores and products as agents see them."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Func, IntegerField
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from events.models import Receipt
from messaging.rendering.header_values import NO_REPLY, says_no_reply
from orders import actions
from orders.admin.buyout_report import report
from orders.desk import CASH_TONES, FINDS, PAYMENT_TONES, STAGE_TONES, stage_pill
from orders.links import status_url, stub_url
from orders.models import Order, OrderPage, Payment, Product, ProductLink, Store, Storefront
from orders.papers_room import Printing
from shelf.reasons import Reason
from staff import timeline
from staff.display import money, page_of, when
from staff.lists import Find, ReadingRoom, Room, deed

RECEIPTS = 20


# How a parcel with cash on delivery ended; the carrier's word about the money may come days later.
FATES = {
    "taken": _("the parcel was taken"),
    "unclaimed": _("the parcel was not collected"),
    "returned": _("the parcel came back"),
}


class InDoubt(admin.SimpleListFilter):
    title = _("money")
    parameter_name = "doubt"

    def lookups(self, request, model_admin):
        return [("yes", _("to look at"))]

    def queryset(self, request, queryset):
        doubtful = Payment.objects.exclude(doubt="").values("order")
        return queryset.filter(pk__in=doubtful) if self.value() else queryset


@admin.register(Order)
class Orders(Printing, ReadingRoom):
    place = ("day", 1)
    symbol = "box"
    subject = "order"
    change_list_template = "admin/orders/order/list.html"
    deeds = ("take_cash", "complete_line")
    keyset = ("-placed_at", "-pk")
    list_display = ("number", "buyer", "stage_pill", "payment", "total_money", "placed", "parcels", "store")
    list_filter = ("stage", "financial", "cash_state", "channel", InDoubt, "store")
    list_select_related = ("store", "customer")
    finds = FINDS
    search_hint = _("Order number, e-mail or phone")
    empty_text = _("Orders appear here as soon as a connected shop reports them.")
    export = (
        ("number", _("number")),
        ("store__name", _("store")),
        ("first_name", _("first name")),
        ("last_name", _("last name")),
        ("email", _("e-mail")),
        ("phone", _("phone")),
        ("stage", _("stage")),
        ("financial", _("payment")),
        ("total", _("total")),
        ("paid", _("paid so far")),
        ("due", _("still to pay")),
        ("refunded", _("refunded")),
        ("cash_state", _("cash on delivery")),
        ("currency", _("currency")),
        ("placed_at", _("placed at")),
        ("dispatched_at", _("left the shop at")),
        ("delivered_at", _("delivered at")),
    )

    def get_urls(self):
        return [
            path("buyout/", self.admin_site.admin_view(self.buyout), name="orders_order_buyout"),
            *super().get_urls(),
        ]

    def buyout(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return report(request, self)

    def decorate(self, request, page):
        pages = OrderPage.objects.filter(pk__in=[order.pk for order in page], blocks__has_key="parcels")
        counts = dict(
            pages.values_list("pk", Func("blocks__parcels", function="jsonb_array_length", output_field=IntegerField()))
        )
        for order in page:
            order.parcel_count = counts.get(order.pk, 0)
        return page

    @admin.display(description=_("customer"))
    def buyer(self, order):
        name = f"{order.first_name} {order.last_name}".strip() or (order.customer.name if order.customer else "")
        return name or order.email or order.phone

    @admin.display(description=_("stage"))
    def stage_pill(self, order):
        return stage_pill(order)

    @admin.display(description=_("payment"))
    def payment(self, order):
        return order.get_financial_display()

    @admin.display(description=_("total"))
    def total_money(self, order):
        return money(order.total, order.currency)

    @admin.display(description=_("placed at"))
    def placed(self, order):
        return when(order.placed_at)

    @admin.display(description=_("parcels"))
    def parcels(self, order):
        return order.parcel_count or ""

    @deed("orders.change_order")
    def take_cash(self, request, order):
        actions.mark_cash_paid(order, timezone.now())
        return _("The cash is noted as received.")

    @deed("orders.change_order")
    def complete_line(self, request, order):
        line = order.lines.filter(pk=request.POST.get("line", "0")).first() if _is_number(request, "line") else None
        if line is None:
            return _("This line is no longer in the order.")
        try:
            actions.complete_lines([line.pk], timezone.now(), request.user.pk)
        except actions.OrderRefused as refusal:
            return str(refusal)
        return _("Noted as done.")

    def page(self, request, order):
        return {
            "lines": order.lines.order_by("pk"),
            "payments": payments_of(order),
            "cash_tone": CASH_TONES.get(order.cash_state, "plain"),
            "stage_tone": STAGE_TONES.get(order.stage, "plain"),
            "status_url": status_url(order),
            "stub_url": stub_url(order),
            "customer_url": page_of("customer", order.customer_id),
            "entries": timeline.of_subject("order", order.pk, order.customer_id),
            "receipts": receipts_of(order) if request.user.has_perm("events.view_receipt") else [],
        }


def _is_number(request, name: str) -> bool:
    typed = request.POST.get(name, "")
    return typed.isascii() and typed.isdecimal() and len(typed) < 19


def payments_of(order: Order) -> list[Payment]:
    """Newest first, with the colour of each state."""
    payments = list(order.payments.order_by("-at", "-pk"))
    for payment in payments:
        payment.tone = PAYMENT_TONES[payment.state]
        payment.fate = FATES.get(payment.reason, "") if payment.source == Payment.Source.CARRIER else ""
        payment.money_currency = payment.currency or order.currency
    return payments


def receipts_of(order: Order) -> list[Receipt]:
    """The deliveries that made this order: those of its shop and customer whose body names the shop's id."""
    if not order.customer_id or not order.store.connection_id:
        return []
    rows = Receipt.objects.filter(customer_id=order.customer_id, connection_id=order.store.connection_id)
    wanted = order.external_id.encode()
    newest = rows.order_by("-received_at", "-pk")[: RECEIPTS * 3]
    return [receipt for receipt in newest if wanted in bytes(receipt.body)][:RECEIPTS]


class StoreForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("default language"), choices=settings.LANGUAGES)
    languages = forms.MultipleChoiceField(
        label=_("languages"),
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("A customer may choose among these. The default language is always one of them."),
    )

    class Meta:
        model = Store
        fields = ("accent", "accent_ink")  # the fieldsets below choose
        widgets = {
            "accent": forms.TextInput(attrs={"type": "color"}),
            "accent_ink": forms.TextInput(attrs={"type": "color"}),
        }

    def clean_support_email(self):
        address = self.cleaned_data["support_email"]
        if says_no_reply(address):
            raise forms.ValidationError(str(Reason(NO_REPLY, {"address": address})))
        return address

    def clean(self):
        cleaned = super().clean()
        default, allowed = cleaned.get("language"), cleaned.get("languages") or []
        if default and allowed and default not in allowed:
            cleaned["languages"] = [default, *allowed]
        return cleaned


@admin.register(Store)
class Stores(Room):
    place = ("shop", 1)
    symbol = "store"
    subject = "store"
    keyset = ("name", "pk")
    form = StoreForm
    list_display = ("name", "colours", "country", "currency", "language", "connection")
    list_select_related = ("connection",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "url", "connection")}),
        (_("Law, language and time"), {"fields": (("country", "currency"), "time_zone", "language", "languages")}),
        (_("Who writes to customers"), {"fields": ("sender", "support_email", "support_phone")}),
        (_("The look"), {"fields": ("logo_url", ("accent", "accent_ink"), "address")}),
        (_("How its mails are written"), {"fields": ("currency_style", "capital_you", "is_discreet", "adds_utm")}),
    )
    prepopulated_fields = {"slug": ("name",)}

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    @admin.display(description=_("look"))
    def colours(self, store):
        return format_html(
            '<svg class="swatch" viewBox="0 0 34 16" aria-hidden="true"><rect width="16" height="16" rx="4" fill="{}"/>'
            '<rect x="18" width="16" height="16" rx="4" fill="{}"/></svg>',
            store.accent,
            store.accent_ink,
        )


@admin.register(Product)
class Products(ReadingRoom):
    place = ("shop", 2)
    symbol = "tag"
    subject = "product"
    list_display = ("title", "sku", "store")
    list_filter = ("store",)
    list_select_related = ("store",)
    finds = (Find("sku"), Find("external_id"))
    search_hint = _("SKU or the shop's id")


@admin.register(Storefront)
class Storefronts(Room):
    """Where the shop's own pages are."""

    place = ("shop", 1)
    symbol = "out"
    list_display = ("store", "again_url")
    list_select_related = ("store",)
    fields = ("store", "again_url", "again_item")
    empty_text = _("Tell where your shop fills a cart, and the order's page has a button that orders again.")


@admin.register(ProductLink)
class ProductLinks(Room):
    """Who bought X sees Y: care and how-to, and what goes with it."""

    place = ("shop", 2)
    symbol = "star"
    keyset = ("product", "position", "pk")
    list_display = ("product", "kind", "title", "language", "position")
    list_filter = ("kind",)
    list_select_related = ("product",)
    raw_id_fields = ("product",)
    fields = ("product", "kind", "title", "url", "image_url", ("language", "position"))
    empty_text = _("Who bought a product sees your links on the order's page: how to care for it, what goes with it.")

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def delete_model(self, request, obj):
        obj.delete()
