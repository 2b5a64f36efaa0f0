"""What orders, their pages, papers and returns hold of people."""

from django.db.models import F
from django.utils.translation import gettext_noop as _

from customers.holdings import Holding, by_address

SALE = _("What was sold, for how much and when: the shop's books.")
PAPERS = _("Invoices and delivery notes are kept as long as the law of the shop's country says.")
WORK = _("What became of the goods.")

HOLDINGS = (
    Holding("orders.ReturnFile", "returned__order__customer", goes=True),
    Holding("orders.ReturnLine", "returned__order__customer", stays=("title",), why=WORK),
    Holding(
        "orders.Return",
        "order__customer",
        empties={"words": "", "refusal": "", "label_url": ""},
        stays=("carrier", "number"),
        why=WORK,
    ),
    Holding("orders.Replacement", "order__customer", empties={"why": ""}),
    Holding(
        "orders.OrderRequest",
        "order__customer",
        empties={"words": "", "was": {}, "wanted": {}, "refusal": "", "shop_said": "", "shop_words": ""},
    ),
    Holding("orders.PageCode", "order__customer", goes=True, tells=False),
    Holding("orders.Follower", "order__customer", goes=True),
    Holding("orders.Follower", by_address("email"), goes=True, hides=("link_version",)),
    Holding("orders.LinkWish", by_address("email"), goes=True),
    Holding("orders.Insert", "order__customer", goes=True, hides=("code",)),
    Holding("orders.DrawnPage", "order__customer", goes=True, tells=False),
    Holding("orders.OrderPage", "order__customer", empties={"blocks": {}}, tells=False),
    Holding("orders.Document", "order__customer", stays=("number", "content"), why=PAPERS),
    Holding("orders.Payment", "order__customer", stays=("method", "sums", "lines", "doubt"), why=SALE),
    Holding("orders.OrderLine", "order__customer", stays=("title", "image_url"), why=SALE),
    Holding(
        "orders.Order",
        "customer",
        empties={
            **dict.fromkeys(("email", "phone", "first_name", "last_name", "pay_url", "fiscal_url"), ""),
            "address": {},
            "own_words": {},
            "link_version": F("link_version") + 1,
        },
        stays=("number", "cancel_reason", "discount_codes", "shipping_method", "payment_method"),
        why=SALE,
        hides=("public_id", "link_version"),
    ),
)
