"""Issue and withdraw the documents of orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop as _

from events.facts import record
from orders.actions.contacts import OrderRefused
from orders.actions.speaking import speak
from orders.events import DocumentIssued, DocumentRevoked
from orders.models import Document, Order, Seller
from orders.papers.content import content_of, digest_of

NO_SELLER = _("Store %(store)s has no seller yet: enter its legal name and codes under Sellers, then issue documents.")
ONLY_HEARD_OF = _("Order %(number)s was only heard of: the shop has not shown what was bought.")
EMPTY = _("Order %(number)s has no lines: there is nothing to write on a document.")
CANCELLED = _("Order %(number)s is cancelled: no new documents are issued for it.")
NOT_SENT = _("Order %(number)s has not left the shop: its delivery note is written when it does.")


@transaction.atomic
def issue_document(order_id: int, kind: str, now: datetime, by: Any = None, *, by_customer: bool = False) -> Document:
    """The order's document of this kind; the first call takes the next number and keeps the words. Else a refusal."""
    order = Order.objects.select_for_update(of=("self",)).select_related("store", "customer").get(pk=order_id)
    known = Document.objects.filter(order=order, kind=kind, withdrawn_at=None).first()
    if known:
        return known
    lines = list(order.lines.order_by("pk"))
    refuse_to_issue(order, len(lines), kind, by_customer)
    seller = Seller.objects.select_for_update().filter(store=order.store).first()
    if seller is None:
        raise OrderRefused(NO_SELLER, store=order.store.name)
    year = now.astimezone(ZoneInfo(order.store.time_zone)).year
    taken = Document.objects.filter(seller=seller, kind=kind, year=year).aggregate(most=Max("position"))["most"] or 0
    number = f"{seller.prefix}{year % 100:02d}-{taken + 1:04d}"
    content = content_of(kind, number, order, lines, seller, speak(order), now)
    document = Document.objects.create(
        seller=seller,
        order=order,
        kind=kind,
        year=year,
        position=taken + 1,
        number=number,
        issued_at=now,
        issued_by=by,
        content=content,
        digest=digest_of(content),
    )
    record(DocumentIssued(kind, number), customer_id=order.customer_id, subject=("order", order.pk), at=now)
    return document


def refuse_to_issue(order: Order, lines: int, kind: str, by_customer: bool) -> None:
    if order.placeholder:
        raise OrderRefused(ONLY_HEARD_OF, number=order.number)
    if not lines:
        raise OrderRefused(EMPTY, number=order.number)
    if order.cancelled_at:
        raise OrderRefused(CANCELLED, number=order.number)
    if by_customer and kind == Document.Kind.DELIVERY_NOTE and not (order.dispatched_at or order.delivered_at):
        raise OrderRefused(NOT_SENT, number=order.number)


@transaction.atomic
def withdraw_documents(ids: Sequence[int], now: datetime) -> int:
    """Their numbers stay taken; the next one issued for the order says what is true then. Returns how many."""
    found = Document.objects.select_for_update(of=("self",)).filter(pk__in=ids, withdrawn_at=None)
    documents = list(found.select_related("order").order_by("pk"))
    for document in documents:
        document.withdrawn_at = now
        if document.order:
            fact = DocumentRevoked(document.kind, document.number)
            record(fact, customer_id=document.order.customer_id, subject=("order", document.order.pk), at=now)
    Document.objects.filter(pk__in=[document.pk for document in documents]).update(withdrawn_at=now)
    return len(documents)
