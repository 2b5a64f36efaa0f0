"""Whose card an order carries, and its block of the order's page.

The block holds what the page shows in every language, so that the page stays one query. Drawing follows the card: a
change draws the newest orders at once, a clock the others.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events.facts import Recorded, record_all
from orders.models import Order
from orders.page_blocks import write_blocks
from vcards.actions.shares import codes_for
from vcards.contacts import CardRefused
from vcards.events import CardAssigned
from vcards.faces import with_parts
from vcards.links import card_path
from vcards.models import Assignment, AssignmentRule, Card, ShareCode
from vcards.standing import standing_of

BATCH = 500


@transaction.atomic(savepoint=False)
def assign_by_rules(order_ids: Collection[int], now: datetime) -> None:
    """Give orders that have no manager the card that the rules of their stores name."""
    rules = dict(AssignmentRule.objects.values_list("store", "card"))
    if not rules:
        return
    orders = list(Order.objects.filter(pk__in=order_ids, placeholder=False, manager=None).order_by("pk"))
    wanted = {order: rules.get(order.store_id, rules.get(None)) for order in orders}
    _assign({order: card_id for order, card_id in wanted.items() if card_id}, now, None)


@transaction.atomic
def choose_manager(order: Order, card: Card, now: datetime, by_id: int | None = None) -> None:
    """An agent names the card. CardRefused for a card that nobody could be shown."""
    if standing_of([card])[card.pk] is None:
        raise CardRefused(_("The card of %(name)s is not shown to customers."), name=card.name)
    order = Order.objects.select_for_update().get(pk=order.pk)
    if Assignment.objects.filter(order=order, card=card).exists():
        return
    Assignment.objects.filter(order=order).delete()
    _assign({order: card.pk}, now, by_id)


def _assign(wanted: dict[Order, int], now: datetime, by_id: int | None) -> None:
    rows = [Assignment(order=order, card_id=card_id, assigned_at=now, by_id=by_id) for order, card_id in wanted.items()]
    Assignment.objects.bulk_create(rows)
    _draw(rows)
    record_all(
        [
            Recorded(
                CardAssigned(row.card_id), ("order", row.order_id), row.order.customer_id, now, created_by_id=by_id
            )
            for row in rows
        ]
    )


def draw(card_ids: Collection[int], most: int) -> None:
    """Write the newest orders' blocks of these cards anew."""
    old = Assignment.objects.filter(card__in=card_ids, drawn_revision__lt=F("card__revision"))
    _draw(list(old.select_related("order").order_by("-pk")[:most]))


@transaction.atomic
def draw_due() -> int:
    """The clock's: orders whose pages show an older state of their card; how many were drawn. By card, for there are
    few: each looks into the index at its oldest state."""
    older = Assignment.objects.filter(card=OuterRef("pk"), drawn_revision__lt=OuterRef("revision"))
    cards = list(Card.objects.filter(Exists(older)).values_list("pk", flat=True)[:BATCH])
    if not cards:
        return 0
    old = Assignment.objects.filter(card__in=cards, drawn_revision__lt=F("card__revision")).select_related("order")
    rows = list(old.order_by("-pk").select_for_update(skip_locked=True, of=("self",))[:BATCH])
    _draw(rows)
    return len(rows)


def _draw(rows: Sequence[Assignment]) -> None:
    if not rows:
        return
    cards = Card.objects.in_bulk({row.card_id for row in rows})
    blocks = _blocks(cards.values())
    write_blocks("manager", {row.order_id: _for_reader(blocks.get(row.card_id), row.order) for row in rows})
    for row in rows:
        row.drawn_revision = cards[row.card_id].revision
    Assignment.objects.bulk_update(rows, ["drawn_revision"])


def _blocks(cards: Iterable[Card]) -> dict[int, dict[str, Any]]:
    """{card id: the block}, of whoever stands behind the card; absent where nobody does."""
    standing = {pk: card for pk, card in standing_of(cards).items() if card}
    faces = with_parts({card.pk for card in standing.values()})
    codes = codes_for(set(faces), [ShareCode.Placement.ORDER_PAGE], timezone.now())
    return {
        pk: {**faces[card.pk].block(), "code": codes[card.pk, ShareCode.Placement.ORDER_PAGE]}
        for pk, card in standing.items()
        if card.pk in faces
    }


def _for_reader(block: dict[str, Any] | None, order: Order) -> dict[str, Any] | None:
    return {**block, "url": card_path(block["code"], order.customer_id)} if block else None
