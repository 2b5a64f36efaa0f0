"""Money of the demo beyond paid and unpaid: cash at the branch, part of a sum, a refund, what travels in no parcel."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.demo.payloads import Sale, shopify_order
from orders.actions import report_refunds, save_orders
from orders.models import Store
from orders.stores import shopify
from orders.stores.seen import LineSeen, OrderSeen, PaymentSeen, RefundSeen
from tracking.actions import save_parcels
from tracking.carriers.seen import Dues, ParcelSeen
from tracking.models import Shipment

ADVANCE = Decimal("500.00")


def ask_cash(sale: Sale, now: datetime, _pictures: str) -> None:
    """The parcel waits at the branch, and its carrier tells what is to be paid there."""
    parcel = Shipment.objects.select_related("order").get(
        order__store__slug=sale.shop.slug, order__external_id=sale.external_id
    )
    dues = Dues(parcel.order.total, sale.shop.currency)
    save_parcels([(ParcelSeen(parcel.number, parcel.carrier, dues=dues), now)], "nova_poshta", now)


def pay_part(sale: Sale, now: datetime, _pictures: str) -> None:
    """An advance came in; the rest is paid by the shop's link."""
    seen, card = _seen(sale, now), sale.shop.pays[0]
    advance = PaymentSeen("advance", "charge", ADVANCE, "paid", now, method=card)
    url = f"{sale.shop.url}/pay/{sale.number}"
    _tell(sale, replace(seen, financial="partly_paid", payments=(advance,), pay_url=url, payment_method=card))


def pay_back(sale: Sale, now: datetime, _pictures: str) -> None:
    """What was paid for a cancelled order goes back to the card."""
    total = sale.worth + sale.shipping
    refund = PaymentSeen("refund", "refund", total, "paid", now, method=sale.shop.pays[0])
    report_refunds(_store(sale), [RefundSeen(sale.external_id, (refund,))], now)


def add_visit(sale: Sale, now: datetime, pictures: str) -> None:
    _add_line(sale, now, LineSeen("visit", "Гончарний майстер-клас, 2 години", 1, *_price("900.00"), "VISIT",
              image_url=f"{pictures}bowl.svg", kind="service"))  # fmt: skip


def subscribe(sale: Sale, now: datetime, pictures: str) -> None:
    """It renews a month after the order was placed, or at the soonest in a few days."""
    on = (max(sale.placed_at + timedelta(days=30), now + timedelta(days=4))).date()
    _add_line(sale, now, LineSeen("monthly", "Чай щомісяця: добірка на 150 г", 1, *_price("360.00"), "MONTHLY",
              image_url=f"{pictures}tea-herbs.svg", kind="subscription", renews_on=on))  # fmt: skip


def _price(text: str) -> tuple[Decimal, Decimal]:
    return Decimal(text), Decimal(text)


def _add_line(sale: Sale, now: datetime, line: LineSeen) -> None:
    seen = _seen(sale, now)
    lines = (*seen.lines, line)
    _tell(sale, replace(seen, lines=lines, total=seen.total + line.total, subtotal=seen.subtotal + line.total))


def _seen(sale: Sale, now: datetime) -> OrderSeen:
    return shopify.read_order(shopify_order(sale, now))


def _tell(sale: Sale, seen: OrderSeen) -> None:
    save_orders(_store(sale), [seen])


def _store(sale: Sale) -> Store:
    return Store.objects.get(slug=sale.shop.slug)


FATES: dict[str, Callable[[Sale, datetime, str], Any]] = {
    "cash": ask_cash,
    "part paid": pay_part,
    "money back": pay_back,
    "visit": add_visit,
    "subscription": subscribe,
}
