"""The variables of orders in words, for those who write mails, and orders to show a mail with."""

from django.utils.translation import gettext_lazy as _

from orders.desk import FINDS
from orders.models import Order
from shelf import formats
from staff import display
from staff.lists import search

WORDS = {
    "store.name": _("name of the store"),
    "store.url": _("the store's address on the web"),
    "store.logo_url": _("the store's logo"),
    "store.support_email": _("where customers write for help"),
    "store.support_phone": _("telephone number for help"),
    "store.address": _("postal address of the store"),
    "store.accent": _("the store's colour"),
    "store.accent_ink": _("colour of text on the store's colour"),
    "customer.first_name": _("the reader's first name; may be empty"),
    "customer.name": _("the reader's full name; may be empty"),
    "order.number": _("the order's number"),
    "order.url": _("signed link to the order's page"),
    "order.placed_at": _("when the order was placed"),
    "order.currency": _("currency of the order"),
    "order.subtotal": _("sum of the products"),
    "order.shipping": _("price of the delivery"),
    "order.discount": _("discount; 0 if there is none"),
    "order.tax": _("tax; 0 if it is not known"),
    "order.total": _("what the customer pays"),
    "order.first_name": _("first name as it was given with the order; may be empty"),
    "order.lines": _("the products: title, quantity, total, image_url"),
    "order.address_lines": _("the delivery address, line by line"),
    "order.payment_method": _("how it is paid; may be empty"),
    "order.shipping_method": _("how it is delivered; may be empty"),
    "order.paid": _("what came in so far"),
    "order.due": _("what is still to pay; on delivery: what is asked at the door; 0 if nothing"),
    "order.refunded": _("what went back; 0 if nothing"),
    "order.cash_state": _("cash on delivery: due, paid, unclaimed, returned; empty where there is none"),
    "order.pay_url": _("the shop's link for paying the rest; may be empty"),
    "order.fiscal_url": _("the fiscal receipt; may be empty"),
    "order.channel": _("where it was sold: web, pos (at the counter) or marketplace"),
    "order.renews_on": _("the day on which a subscription of the order renews"),
}

OF_SUBSCRIPTIONS = {
    "subscription.confirm_url": _("link by which somebody confirms that he wants to be written to"),
    "subscription.wording": _("the words that were agreed to"),
    "subscription.address": _("the address that was given"),
}


def examples(typed: str, limit: int) -> list[tuple[int, str]]:
    """The newest orders, or those whose number, e-mail or phone was typed."""
    rows = search(Order.objects.all(), FINDS, typed) if typed else Order.objects.all()
    rows = rows.filter(placeholder=False).select_related("customer").order_by("-placed_at", "-pk")[:limit]
    return [(order.pk, _name(order)) for order in rows]


def _name(order: Order) -> str:
    person = f"{order.first_name} {order.last_name}".strip()
    placed = formats.day(order.placed_at.date(), display.language(), "no_year")
    return " · ".join(filter(None, [order.number, person, placed]))
