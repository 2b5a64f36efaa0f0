"""Returns and warranty claims: the list, the page of each with its story, photos and buttons, the report."""

from decimal import Decimal, InvalidOperation

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from orders.actions import OrderRefused
from orders.actions.replacing import Piece, send_replacement
from orders.actions.returning import (
    MOST_LABEL_BYTES,
    Label,
    approve_return,
    note_sent_back,
    receive_return,
    refuse_return,
    send_label,
    settle_return,
)
from orders.admin.return_report import report
from orders.desk import email_spelling, number_spellings
from orders.models import Replacement, Return, ReturnFile
from orders.return_pages import as_answer
from staff import timeline
from staff.display import link, page_of, pill, when
from staff.lists import Find, ReadingRoom, deed

MAY = "orders.change_return"
TONES = {
    "requested": "wait",
    "approved": "now",
    "labelled": "now",
    "shipped": "now",
    "received": "wait",
    "refused": "bad",
    "cancelled": "plain",
}
BAD_SUM = gettext_noop("This is no sum of money: write it as 1250.00.")
MOST_SUM = Decimal(10**11)


@admin.register(Return)
class Returns(ReadingRoom):
    place = ("day", 3)
    symbol = "back"
    subject = "return"
    change_list_template = "admin/orders/return/list.html"
    keyset = ("-requested_at", "-pk")
    list_display = ("name", "state_pill", "what", "order_number", "buyer", "why", "instead", "asked")
    list_filter = ("state", "kind", "wish", "reason", "order__store")
    list_select_related = ("order",)
    finds = (Find("order__number", number_spellings), Find("order__email", email_spelling), Find("number"))
    search_hint = _("Order number, e-mail, waybill of the way back")
    empty_text = _("Here stand returns and warranty claims that customers ask for on the page of their order.")
    export = (
        ("pk", _("number")),
        ("order__number", _("order")),
        ("kind", _("kind")),
        ("state", _("state")),
        ("reason", _("reason")),
        ("wish", _("wish")),
        ("requested_at", _("asked at")),
        ("decided_at", _("decided at")),
        ("received_at", _("received at")),
        ("settled_at", _("settled at")),
        ("refunded", _("money returned")),
        ("order__currency", _("currency")),
    )
    deeds = ("approve", "refuse", "label", "sent_back", "receive", "settle", "replace")

    def get_urls(self):
        return [
            path("report/", self.admin_site.admin_view(self.report), name="orders_return_report"),
            path("<int:pk>/files/<int:file_id>/", self.admin_site.admin_view(self.file), name="orders_return_file"),
            *super().get_urls(),
        ]

    def report(self, request):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return report(request, self)

    def file(self, request, pk, file_id):
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = ReturnFile.objects.filter(pk=file_id, returned=pk).first()
        if found is None:
            raise Http404
        return as_answer(found)

    @admin.display(description=_("number"))
    def name(self, returned):
        return f"R-{returned.pk}"

    @admin.display(description=_("state"))
    def state_pill(self, returned):
        return pill(returned.get_state_display(), TONES.get(returned.state, "good"))

    @admin.display(description=_("kind"))
    def what(self, returned):
        return returned.get_kind_display()

    @admin.display(description=_("order"))
    def order_number(self, returned):
        return link(page_of("order", returned.order_id), returned.order.number)

    @admin.display(description=_("customer"))
    def buyer(self, returned):
        return f"{returned.order.first_name} {returned.order.last_name}".strip() or returned.order.email

    @admin.display(description=_("reason"))
    def why(self, returned):
        return returned.get_reason_display()

    @admin.display(description=_("wish"))
    def instead(self, returned):
        return returned.get_wish_display()

    @admin.display(description=_("asked at"))
    def asked(self, returned):
        return when(returned.requested_at)

    def page(self, request, returned):
        files = list(ReturnFile.objects.filter(returned=returned).defer("data").order_by("pk"))
        urls = [(reverse("admin:orders_return_file", args=[returned.pk, file.pk]), file) for file in files]
        state = returned.state
        return {
            "deeds": [],  # the page has its own buttons
            "may": request.user.has_perm(MAY),
            "pill": self.state_pill(returned),
            "lines": list(returned.lines.order_by("pk")),
            "photos": [url for url, file in urls if file.kind == ReturnFile.Kind.PHOTO],
            "label_file": next((url for url, file in urls if file.kind == ReturnFile.Kind.LABEL), ""),
            "order_url": page_of("order", returned.order_id),
            "customer_url": page_of("customer", returned.order.customer_id),
            "can_decide": state == Return.State.REQUESTED,
            "can_refuse": state in (Return.State.REQUESTED, Return.State.RECEIVED),
            "can_label": state in (Return.State.APPROVED, Return.State.LABELLED),
            "can_receive": state in (Return.State.APPROVED, Return.State.LABELLED, Return.State.SHIPPED),
            "can_settle": returned.is_open and state != Return.State.REQUESTED,
            "pays": returned.wish == Return.Wish.REFUND,
            "worth": sum((line.line.price * line.quantity for line in _with_lines(returned) if line.line), Decimal(0)),
            "sends": [(page_of("order", one.order_id), one) for one in _replacements(returned)],
            "entries": timeline.of_subject("order", returned.order_id, returned.order.customer_id),
        }

    def act(self, request, returned):
        """What is refused is said on the page, with what was typed still there."""
        try:
            return super().act(request, returned)
        except OrderRefused as refusal:
            now = self.get_object(request, returned.pk)
            return self.drawn(request, now, 409, refused=str(refusal), typed=request.POST.get("why", ""))

    @deed(MAY)
    def approve(self, request, returned):
        approve_return(returned.pk, request.user, timezone.now())
        return gettext("Approved. The customer gets a mail.")

    @deed(MAY)
    def refuse(self, request, returned):
        refuse_return(returned.pk, request.POST.get("why", ""), request.user, timezone.now())
        return gettext("Refused. The customer gets a mail with your words.")

    @deed(MAY)
    def label(self, request, returned):
        said = {name: request.POST.get(name, "").replace("\0", "") for name in ("url", "carrier", "number")}
        brought = request.FILES.get("file")
        data = brought.read(MOST_LABEL_BYTES + 1) if brought else b""
        send_label(returned.pk, Label(data=data, **said), request.user, timezone.now())
        return gettext("The label is on the customer's page and in a mail.")

    @deed(MAY)
    def sent_back(self, request, returned):
        carrier, number = request.POST.get("carrier", ""), request.POST.get("number", "")
        note_sent_back(returned.pk, carrier, number, timezone.now())
        return gettext("Noted: it is on its way back.")

    @deed(MAY)
    def receive(self, request, returned):
        receive_return(returned.pk, request.user, timezone.now())
        return gettext("Noted: it is here.")

    @deed(MAY)
    def settle(self, request, returned):
        settle_return(returned.pk, request.user, timezone.now(), _sum(request.POST.get("amount", "")))
        return gettext("Settled. The customer gets a mail.")

    @deed(MAY)
    def replace(self, request, returned):
        part = request.POST.get("part", "").strip()
        lines = [Piece(line.title, line.quantity, line.line_id) for line in returned.lines.all()]
        pieces = [Piece(part)] if part else lines
        order = send_replacement(
            returned.order_id, pieces, request.POST.get("why", ""), request.user, timezone.now(), returned.pk
        )
        return gettext("The free order %(number)s is made. Pack it and give it a parcel.") % {"number": order.number}


def _with_lines(returned: Return):
    return returned.lines.select_related("line")


def _replacements(returned: Return):
    return Replacement.objects.filter(returned=returned).select_related("order")


def _sum(typed: str) -> Decimal | None:
    if not typed.strip():
        return None
    try:
        amount = Decimal(typed.strip().replace(" ", "").replace("\xa0", "").replace(",", "."))
    except InvalidOperation:
        raise OrderRefused(BAD_SUM) from None
    if not (amount.is_finite() and 0 <= amount < MOST_SUM):
        raise OrderRefused(BAD_SUM)
    return amount.quantize(Decimal("0.01"))
