"""Give orders the codes that are printed for them, and count those who open them."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from orders.actions.speaking import speak
from orders.links import stub_url
from orders.models import Insert, InsertText, Order, OrderLine
from orders.papers.slips import Slip


@transaction.atomic
def slips_of(ids: Sequence[int], now: datetime) -> list[Slip]:
    """What is printed for these orders, in the given order; each keeps its code for ever. Five queries for any many."""
    orders = Order.objects.select_related("store", "customer").filter(pk__in=ids, placeholder=False)
    known = {order.pk: order for order in orders}
    Insert.objects.bulk_create([Insert(order_id=pk, printed_at=now) for pk in sorted(known)], ignore_conflicts=True)
    codes = dict(Insert.objects.filter(order__in=list(known)).values_list("order_id", "code"))
    texts = {
        (text.store_id, text.language): text
        for text in InsertText.objects.filter(store__in={order.store_id for order in known.values()})
    }
    lines: dict[int, list[OrderLine]] = {pk: [] for pk in known}
    for line in OrderLine.objects.filter(order__in=list(known)).order_by("order_id", "pk"):
        lines[line.order_id].append(line)
    return [_slip(known[pk], lines[pk], codes[pk], texts) for pk in ids if pk in known]


def _slip(order: Order, lines: list[OrderLine], code: str, texts: dict[tuple[int, str], InsertText]) -> Slip:
    language = speak(order)
    said = texts.get((order.store_id, language))
    own = (said.thanks, said.signed) if said else ("", "")
    return Slip(order, lines, language, stub_url(order), f"{settings.PUBLIC_URL}/i/{code}/", *own)


def count_opening(insert_id: int, now: datetime) -> None:
    Insert.objects.filter(pk=insert_id).update(opens=F("opens") + 1, opened_at=Coalesce("opened_at", now))
