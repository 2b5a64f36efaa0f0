"""The blocks that speak of an order and its parcel."""

from django.utils.translation import gettext_lazy as _

from messaging.blocks.catalogue import Block
from messaging.blocks.fields import Choice, Line, Link, Picture, Rows, Tick

ORDER_SUMMARY = Block(
    name="order_summary",
    title=_("Order summary"),
    help=_("What was ordered, what it costs, where it goes."),
    symbol="box",
    speaks_of="order",
    fields=(
        Line(name="title", label=_("Title")),
        Tick(name="lines", label=_("The products"), default=True),
        Tick(name="totals", label=_("The sums"), default=True),
        Tick(name="ways", label=_("Address, delivery and payment"), default=True),
    ),
)
TRACKING = Block(
    name="tracking",
    title=_("Tracking progress"),
    help=_("How far the parcel has come. Left out in a message that is about no parcel."),
    symbol="truck",
    speaks_of="shipment",
    fields=(
        Tick(name="progress", label=_("The way so far, in four steps"), default=True),
        Tick(name="facts", label=_("Carrier and tracking number"), default=True),
        Tick(name="lines", label=_("What is in the parcel"), default=True),
        Line(name="title", label=_("Title above the products")),
    ),
)
PRODUCTS = Block(
    name="products",
    title=_("Product grid"),
    help=_("Two products side by side: those you name, or those of the order."),
    symbol="grid",
    fields=(
        Line(name="title", label=_("Title")),
        Choice(
            name="source",
            label=_("Which products"),
            default="named",
            options=(("named", _("those below")), ("ordered", _("those of the order"))),
        ),
        Rows(
            name="products",
            label=_("Products"),
            fields=(
                Line(name="title", label=_("Name"), most=120),
                Line(name="price", label=_("Price"), most=60),
                Picture(name="image", label=_("Address of the picture")),
                Link(name="url", label=_("Where a tap leads")),
            ),
        ),
    ),
)
BLOCKS = (ORDER_SUMMARY, TRACKING, PRODUCTS)
