"""Wishes to cancel or to send an order elsewhere: the list, and the page where an agent decides."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from orders.actions import OrderRefused
from orders.actions.self_service import accept_request, note_done_in_shop, refuse_request
from orders.actions.shop_calls import ask_of, ask_shop_again
from orders.desk import email_spelling, number_spellings
from orders.models import OrderRequest
from staff import timeline
from staff.display import link, page_of, pill, when
from staff.lists import Find, ReadingRoom, deed

MAY = "orders.change_orderrequest"
TONES = {"waiting": "wait", "done": "good", "refused": "bad"}
SHOP_TONES = {"to_do": "wait", "to_ask": "now", "asked": "now", "failed": "bad", "confirmed": "good"}


@admin.register(OrderRequest)
class Requests(ReadingRoom):
    place = ("day", 2)
    symbol = "cross"
    subject = "request"
    keyset = ("-asked_at", "-pk")
    list_display = ("what", "state_pill", "order_number", "buyer", "why", "asked", "in_shop")
    list_filter = ("state", "kind", "shop_state", "reason", "order__store")
    list_select_related = ("order",)
    finds = (Find("order__number", number_spellings), Find("order__email", email_spelling))
    search_hint = _("Order number or e-mail")
    empty_text = _("Here stands what customers ask for on the page of their order: to cancel it, to send it elsewhere.")
    export = (
        ("order__number", _("order")),
        ("kind", _("wish")),
        ("state", _("state")),
        ("reason", _("reason")),
        ("words", _("in the customer's words")),
        ("asked_at", _("asked at")),
        ("decided_at", _("decided at")),
        ("shop_state", _("in the shop")),
    )
    deeds = ("accept", "refuse", "done_in_shop", "ask_again")

    @admin.display(description=_("wish"))
    def what(self, request):
        return request.get_kind_display()

    @admin.display(description=_("state"))
    def state_pill(self, request):
        return pill(request.get_state_display(), TONES[request.state])

    @admin.display(description=_("order"))
    def order_number(self, request):
        return link(page_of("order", request.order_id), request.order.number)

    @admin.display(description=_("customer"))
    def buyer(self, request):
        return f"{request.order.first_name} {request.order.last_name}".strip() or request.order.email

    @admin.display(description=_("reason"))
    def why(self, request):
        return request.get_reason_display()

    @admin.display(description=_("asked at"))
    def asked(self, request):
        return when(request.asked_at)

    @admin.display(description=_("in the shop"))
    def in_shop(self, request):
        return pill(request.get_shop_state_display(), SHOP_TONES[request.shop_state]) if request.shop_state else ""

    def page(self, http, request):
        shop = OrderRequest.Shop
        return {
            "deeds": [],  # the page has its own buttons
            "may": http.user.has_perm(MAY),
            "pill": self.state_pill(request),
            "shop_pill": self.in_shop(request),
            "order_url": page_of("order", request.order_id),
            "customer_url": page_of("customer", request.order.customer_id),
            "is_waiting": request.state == OrderRequest.State.WAITING,
            "is_to_do": request.state == OrderRequest.State.DONE and request.shop_state in (shop.TO_DO, shop.FAILED),
            "can_ask_again": request.shop_state in (shop.TO_DO, shop.FAILED) and ask_of(request) is not None,
            "left_anyway": request.kind == OrderRequest.Kind.CANCEL
            and request.state == OrderRequest.State.DONE
            and request.order.dispatched_at is not None,
            "entries": timeline.of_subject("order", request.order_id, request.order.customer_id),
        }

    def act(self, http, request):
        """What is refused is said on the page, with everything that was typed still there."""
        try:
            return super().act(http, request)
        except OrderRefused as refusal:
            now = self.get_object(http, request.pk)
            return self.drawn(http, now, 409, refused=str(refusal), typed=http.POST.get("why", ""))

    @deed(MAY)
    def accept(self, http, request):
        accept_request(request.pk, http.user, timezone.now())
        return gettext("Done. The customer gets a mail.")

    @deed(MAY)
    def refuse(self, http, request):
        refuse_request(request.pk, http.POST.get("why", ""), http.user, timezone.now())
        return gettext("Refused. The customer gets a mail with your words.")

    @deed(MAY)
    def done_in_shop(self, http, request):
        note_done_in_shop(request.pk, http.user, timezone.now())
        return gettext("Noted: it is done in the shop too.")

    @deed(MAY)
    def ask_again(self, http, request):
        ask_shop_again(request.pk, http.user, timezone.now())
        return gettext("The shop is asked again within a minute.")
