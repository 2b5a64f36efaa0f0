"""A piece anew or a spare part, for nothing: an order of ours beside the one that it makes good."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_noop as _

from events.facts import record
from orders.actions.contacts import OrderRefused
from orders.actions.self_service import Asker, cleaned, hold_order
from orders.events import ReplacementPlaced
from orders.models import Order, OrderLine, OrderPage, Replacement, Return
from orders.page_blocks import block_of
from staff.models import User

NOTHING = _("Please say what goes out.")
MOST = 20  # kinds of things in one replacement
COPIED = ("store", "customer", "email", "phone", "first_name", "last_name", "language", "is_discreet", "currency")


@dataclass(frozen=True, slots=True)
class Piece:
    """A line of the original, or something that it did not hold (``line_id`` None): a spare part."""

    title: str
    quantity: int = 1
    line_id: int | None = None


@transaction.atomic
def send_replacement(
    order_id: int, pieces: Sequence[Piece], why: str, by: User, now: datetime, return_id: int | None = None
) -> Order:
    """The free order. It counts for nobody's figures, and its parcel is one like any other."""
    version = Order.objects.values_list("link_version", flat=True).get(pk=order_id)
    original = hold_order(Asker(order_id, version))
    pieces = [piece for piece in pieces if piece.quantity > 0 and (piece.line_id or piece.title.strip())][:MOST]
    if not pieces:
        raise OrderRefused(NOTHING)
    count = Replacement.objects.filter(original=original).count() + 1
    order = Order.objects.create(
        **{name: getattr(original, name) for name in COPIED},
        external_id=f"replacement:{original.pk}:{count}",
        number=f"{original.number}-R{count}"[:60],
        financial=Order.Financial.PAID,
        stage=Order.Stage.PAID,
        placed_at=now,
        address=original.address,
        shipping_method=original.shipping_method,
    )
    lines = [_line(order, original, piece, n) for n, piece in enumerate(pieces, 1)]
    OrderLine.objects.bulk_create(lines)
    OrderPage.objects.create(order=order, blocks={"order": block_of(order, lines)})
    found = Return.objects.filter(pk=return_id, order=original).first() if return_id else None
    Replacement.objects.create(
        order=order, original=original, returned=found, why=cleaned(why)[:300], by=by, created_at=now
    )
    fact = ReplacementPlaced(order.number, original.pk)
    record(fact, subject=("order", order.pk), customer_id=order.customer_id, at=now, created_by_id=by.pk)
    return order


def _line(order: Order, original: Order, piece: Piece, n: int) -> OrderLine:
    known = OrderLine.objects.filter(order=original, pk=piece.line_id).first() if piece.line_id else None
    return OrderLine(
        order=order,
        external_id=str(n),
        product=known.product if known else None,
        sku=known.sku if known else "",
        title=(known.title if known else piece.title.replace("\0", ""))[:300],
        quantity=min(piece.quantity, 1000),
        price=Decimal(0),
        total=Decimal(0),
        image_url=known.image_url if known else "",
    )
