"""Orders at the moments a customer looks at them: each function puts one into a store and returns it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction

from feedback.actions import ask_for_reviews
from feedback.actions.surveys import Whom, ask_for_surveys
from feedback.models import Request, Survey
from orders.actions import save_orders
from orders.models import Order, Store
from orders.stores.seen import AddressSeen, LineSeen, OrderSeen
from tracking.actions import Fulfilled, make_shipments, save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen

NUMBER, SECOND_NUMBER = "20450000000017", "20450000000024"
PERSONAL = (  # what nobody but Olena may read
    "Олена", "Коваленко", "olena@example.com", "380501234567", "Хрещатик", "01001", "Мідний чайник", "1 811", NUMBER,
)  # fmt: skip
KYIV, TWO_DAYS = ZoneInfo("Europe/Kyiv"), timedelta(days=2)
LONG = (
    "Порцелянова цукорниця ручної роботи з кришкою, розписана кобальтом, у подарунковій коробці з дерева",
    "Надзвичайнодовгоназиваний-чайник-із-ситечком-для-заварювання-трав'яних-зборів-2000мл",
    "ULTRA_LONG_SKU_WITHOUT_A_SINGLE_SPACE_0123456789_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
)


def now() -> datetime:
    return datetime.now(UTC)


def placed(store: Store, today: bool = False) -> Order:
    return _order(store, 1042, **({"placed_at": now(), "updated_at": now()} if today else {}))


def with_two_parcels(store: Store) -> Order:
    """One parcel moves and has a day, the other is with the courier."""
    order = _order(store, 1043)
    kettle, cups = (line.external_id for line in order.lines.all())
    _send(order, NUMBER, {kettle: 1}, "1")
    _send(order, SECOND_NUMBER, {cups: 2}, "2")
    _scan(NUMBER, ["picked_up", "in_transit", "in_transit"], expected_in=2)
    _scan(SECOND_NUMBER, ["picked_up", "in_transit", "out_for_delivery"], expected_in=0)
    return _fresh(order)


def on_the_way(store: Store, country: str = "UA") -> Order:
    order = _order(store, 1044)
    _send(order, NUMBER)
    _scan(NUMBER, ["picked_up", "in_transit", "in_transit"], expected_in=2, country=country)
    return _fresh(order)


def ready_for_pickup(store: Store) -> Order:
    order = _order(store, 1045)
    _send(order, NUMBER)
    _scan(NUMBER, ["picked_up", "in_transit", "ready_for_pickup"], city="Київ, відділення № 12")
    return _fresh(order)


def delivered(store: Store, lines: list[LineSeen] | None = None) -> Order:
    order = _order(store, 1046, lines=lines)
    _send(order, NUMBER)
    _scan(NUMBER, ["picked_up", "in_transit", "out_for_delivery", "delivered"])
    return _fresh(order)


def cancelled(store: Store) -> Order:
    return _order(store, 1047, cancelled_at=now() - timedelta(hours=5), financial="voided")


def of_twelve_long_things(store: Store) -> Order:
    things = [line(f"{LONG[n % 3]} {n}", "12345.67", 2, key=str(n)) for n in range(12)]
    order = _order(store, 1048, lines=things, discount=Decimal("1000.00"))
    _send(order, "NP" + "1234567890" * 4)
    return _fresh(order)


STATES = {
    "placed": placed,
    "two parcels": with_two_parcels,
    "ready for pickup": ready_for_pickup,
    "delivered": delivered,
    "cancelled": cancelled,
    "long names": of_twelve_long_things,
}


def asked_for_review(order: Order) -> Request:
    with transaction.atomic():
        ask_for_reviews([order], now())
    return Request.objects.get(order=order)


def asked_for_survey(order: Order, kind: str) -> Survey:
    with transaction.atomic():
        ask_for_surveys(kind, [Whom(order.customer_id, order.pk)], now())
    return Survey.objects.get(order=order, kind=kind)


def line(title: str, price: str, quantity: int = 1, key: str = "") -> LineSeen:
    return LineSeen(key or title, title, quantity, Decimal(price), Decimal(price) * quantity, product_id=key or title)


def _order(store: Store, number: int, lines: list[LineSeen] | None = None, **fields) -> Order:
    lines = lines or [line("Мідний чайник", "1250.00"), line("Чашка", "240.50", 2)]
    at = now() - timedelta(days=3)
    goods = sum(each.total for each in lines)
    seen = {
        "placed_at": at,
        "updated_at": at,
        "subtotal": goods,
        "shipping": Decimal("80.00"),
        "total": goods + 80 - fields.get("discount", 0),
        "financial": "paid",
        "first_name": "Олена",
        "last_name": "Коваленко",
        "email": "olena@example.com",
        "phone": "+380501234567",
        "address": AddressSeen("Олена Коваленко", "", "вул. Хрещатик, 22", "кв. 7", "Київ", "", "01001", "UA"),
        "shipping_method": "Нова пошта, відділення № 12",
        "payment_method": "Visa •• 4242",
    } | fields
    [saved] = save_orders(store, [OrderSeen(str(number), f"#{number}", "UAH", lines=tuple(lines), **seen)])
    return saved.order


def _send(order: Order, number: str, lines: dict[str, int] | None = None, part: str = "1") -> None:
    holds = lines or {line.external_id: line.quantity for line in order.lines.all()}
    at = now() - timedelta(days=2)
    parcel = Fulfilled(order.pk, part, "success", "Nova Poshta", (number,), (), tuple(holds.items()), "", at)
    make_shipments([parcel], at)


def _scan(
    number: str, milestones: list[str], expected_in: int | None = None, city: str = "Львів", country: str = "UA"
) -> None:
    """Scans seven hours apart; the last of them an hour ago."""
    last = now() - timedelta(hours=1)
    scans = tuple(
        CheckpointSeen(last - timedelta(hours=7 * ago), milestone, city=city, country=country)
        for ago, milestone in enumerate(reversed(milestones))
    )
    expected = None if expected_in is None else now().astimezone(KYIV).date() + timedelta(days=expected_in)
    save_parcels([(ParcelSeen(number, "nova_poshta", scans, expected), now())], "easypost", now())


def _fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)
