"""One order for each moment of its life, for the page that a customer opens. Each function puts one into a store."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from orders.actions import CashSeen, ask_for_pause, note_cash, report_refunds, save_orders
from orders.actions.returning import (
    Asked,
    approve_return,
    cancel_return,
    note_sent_back,
    receive_return,
    refuse_return,
    request_return,
    settle_return,
)
from orders.actions.self_service import accept_request, refuse_request, request_cancel, request_change
from orders.models import Order, Return
from orders.stores.seen import AddressSeen, OrderSeen, RefundSeen
from staff.models import User
from tests.browser import scenes
from tests.builders.door import line_seen
from tests.builders.self_service import asker, policy
from tests.orders.test_money import cash, paid, refund
from tracking.actions import Fulfilled, make_shipments, save_parcels
from tracking.actions.by_hand import set_stage
from tracking.carriers.seen import CheckpointSeen, ParcelSeen, PickupPoint, Proof

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEK = ("08:00–20:00",) * 5 + ("09:00–18:00", "")
BRANCH = PickupPoint(
    name="Відділення № 12 (до 30 кг на одне місце): просп. Володимира Івасюка",
    address="Київ, просп. Оболонський, 54/19",
    week=WEEK,
)
_number = count(3001)


def bought(store, lines=None, **seen) -> Order:
    number = next(_number)
    at = scenes.now() - 3 * DAY
    lines = lines or (scenes.line("Мідний чайник", "1250.00"), scenes.line("Чашка", "240.50", 2))
    goods = sum(line.total for line in lines)
    known = {
        "placed_at": at, "updated_at": at, "subtotal": goods, "shipping": Decimal(80), "total": goods + 80,
        "financial": "paid", "first_name": "Олена", "last_name": "Коваленко", "email": "olena@example.com",
        "phone": "+380501234567", "language": "uk", "payment_method": "Visa •• 4242",
        "address": AddressSeen("Олена Коваленко", "", "вул. Хрещатик, 22", "кв. 7", "Київ", "", "01001", "UA"),
        "shipping_method": "Нова пошта, відділення № 12",
    }  # fmt: skip
    seen = OrderSeen(str(number), f"#{number}", "UAH", lines=tuple(lines), **(known | seen))
    return save_orders(store, [seen])[0].order


def sent(store, *milestones, carrier="Nova Poshta", order=None, **parcel) -> Order:
    """Its one parcel with scans seven hours apart, the last of them an hour ago."""
    order = order or bought(store)
    waybill = f"2045{order.pk:010}"
    at = scenes.now() - 2 * DAY
    holds = tuple((line.external_id, line.quantity) for line in order.lines.all())
    make_shipments([Fulfilled(order.pk, "1", "success", carrier, (waybill,), (), holds, "", at)], at)
    reasons = parcel.pop("reasons", {})
    scans = tuple(
        CheckpointSeen(
            scenes.now() - HOUR - 7 * HOUR * ago, milestone, reasons.get(milestone, ""), city="Львів", country="UA"
        )
        for ago, milestone in enumerate(reversed(milestones))
    )
    if scans:
        save_parcels([(ParcelSeen(waybill, "nova_poshta", scans, **parcel), scenes.now())], "toy", scenes.now())
    return Order.objects.get(pk=order.pk)


def today():
    return scenes.now().astimezone(scenes.KYIV).date()


def agent() -> User:
    return User.objects.get_or_create(email="oksana@lavka.example", defaults={"name": "Оксана"})[0]


# --- Money ------------------------------------------------------------------------------------------------------------


def paid_in_part(store):
    payments = (paid("300.00", at=scenes.now()), paid("200.00", "p2", at=scenes.now(), state="failed"))
    links = {"pay_url": "https://pay.lavka.example/1042", "fiscal_url": "https://tax.example/receipt/1042"}
    return bought(store, payments=payments, financial="partly_paid", **links)


def cash_due(store):
    order = bought(
        store, financial="pending", payments=(cash("1811.00", at=scenes.now()),), payment_method="Післяплата"
    )
    return sent(
        store, "in_transit", "ready_for_pickup", order=order, pickup_point=BRANCH, stored_until=today() + 4 * DAY
    )


def payment_failed(store):
    return bought(store, financial="pending", payments=(paid("1811.00", at=scenes.now(), state="failed"),))


def _refunded(store, **more):
    order = bought(store, payments=(paid("1811.00", at=scenes.now()),))
    report_refunds(store, [RefundSeen(order.external_id, (refund("200.00", at=scenes.now(), **more),))], scenes.now())
    return order


def refund_sent(store):
    return _refunded(store, method="Visa 4242")


def refund_waits(store):
    return _refunded(store, state="pending")


def refund_failed(store):
    return _refunded(store, state="failed")


def cash_unclaimed(store):
    order = bought(store, financial="pending", payments=(cash("1811.00", at=scenes.now()),))
    sent(store, "ready_for_pickup", "returning", order=order, reasons={"returning": "storage_expired"})
    note_cash([CashSeen(order.pk, "7", scenes.now(), fate="unclaimed", carrier="Nova Poshta")], scenes.now())
    return order


def cash_taken(store):
    order = bought(store, financial="pending", payments=(cash("1811.00", at=scenes.now()),))
    note_cash([CashSeen(order.pk, "7", scenes.now(), fate="taken", carrier="Nova Poshta")], scenes.now())
    return order


# --- The way there ----------------------------------------------------------------------------------------------------


def preparing(store):
    return bought(store)


def shipped(store):
    return sent(store)


def out_for_delivery(store):
    return sent(store, "picked_up", "in_transit", "out_for_delivery", estimated_on=today())


def attempt_failed(store):
    return sent(
        store, "in_transit", "out_for_delivery", "attempt_failed", reasons={"attempt_failed": "recipient_absent"}
    )


def ready(store):
    return sent(
        store,
        "in_transit",
        "ready_for_pickup",
        pickup_point=BRANCH,
        stored_until=today() + 4 * DAY,
        storage_paid_from=today() + 3 * DAY,
    )


def storage_ends(store):
    reasons = {"ready_for_pickup": "storage_expiring"}
    return sent(
        store, "in_transit", "ready_for_pickup", reasons=reasons, pickup_point=BRANCH, stored_until=today() + DAY
    )


def day_moved(store):
    return sent(store, "picked_up", "in_transit", estimated_on=today() + 3 * DAY, promised_on=today() + DAY)


def late(store):
    return sent(store, "picked_up", "in_transit", estimated_on=today() - 2 * DAY)


def held_up(store):
    return sent(store, "in_transit", "exception", reasons={"exception": "customs"})


def lost(store):
    return sent(store, "in_transit", "exception", reasons={"exception": "lost"})


def delivered(store):
    proof = Proof(signed_by="О. Коваленко", at=scenes.now() - HOUR)
    return sent(store, "in_transit", "out_for_delivery", "delivered", proof=proof)


def disputed(store):
    return sent(store, "in_transit", "delivered", "in_transit")


def returning(store):
    return sent(store, "in_transit", "returning", reasons={"returning": "refused"})


def returned(store):
    return sent(store, "in_transit", "returning", "returned")


def prepared_for_counter(store, stage="preparing"):
    order = sent(store, carrier="own_pickup")
    set_stage(order.shipments.get().pk, stage, agent().pk, scenes.now())
    return order


def ready_at_counter(store):
    return prepared_for_counter(store, "ready")


def abroad(store):
    address = AddressSeen("Олена Коваленко", "", "Puławska 1", "", "Warszawa", "Mazowieckie", "02-515", "PL")
    return sent(store, "in_transit", order=bought(store, address=address), estimated_on=today() + 5 * DAY)


# --- Lines without a parcel -------------------------------------------------------------------------------------------


def without_parcel(store):
    lines = (
        line_seen("Монтаж та налаштування на місці", "900.00", kind="service"),
        line_seen("Електронна книга", "90.00", kind="digital"),
        line_seen("Чай щомісяця", "300.00", kind="subscription", renews_on=date(2027, 1, 27)),
    )
    return bought(store, lines, address=AddressSeen(), shipping=Decimal(0))


def renewal_failed(store):
    at = scenes.now()
    return bought(store, (line_seen("Чай щомісяця", "300.00", kind="subscription", renewal_failed_at=at),))


def pause_asked(store):
    order = bought(store, (line_seen("Чай щомісяця", "300.00", kind="subscription", renews_on=date(2027, 1, 27)),))
    ask_for_pause(order.lines.get().pk, scenes.now())
    return order


# --- Wishes -----------------------------------------------------------------------------------------------------------


def _asked_to_cancel(store):
    policy(store, cancel="request", change="request", warranty_months=12, gives_credit=True)
    order = bought(store)
    return order, request_cancel(asker(order), "cheaper", "Знайшла дешевше.", scenes.now())


def cancel_waits(store):
    return _asked_to_cancel(store)[0]


def cancel_refused(store):
    order, asked = _asked_to_cancel(store)
    refuse_request(asked.pk, "Замовлення вже у кур’єра.", agent(), scenes.now())
    return order


def cancel_accepted(store):
    order, asked = _asked_to_cancel(store)
    accept_request(asked.pk, agent(), scenes.now())
    return order


def change_refused(store):
    policy(store, cancel="request", change="request", warranty_months=12, gives_credit=True)
    order = bought(store)
    asked = request_change(asker(order), {**order.address, "line1": "Поштомат 4071"}, "", scenes.now())
    refuse_request(asked.pk, "Накладну вже роздруковано.", agent(), scenes.now())
    return order


def _returned(store, *steps, kind="return", wish="refund"):
    policy(store, warranty_months=12, gives_credit=True)
    order = sent(store, "in_transit", "delivered")
    line = order.lines.get(title="Мідний чайник")
    made = request_return(asker(order), Asked({line.pk: 1}, "faulty", wish, kind), scenes.now())
    for step in steps:
        step(made.pk)
    return order


def _yes(pk):
    approve_return(pk, None, scenes.now())


def _no(pk):
    refuse_return(pk, "На фото видно, що чайником користувались.", agent(), scenes.now())


def _back(pk):
    note_sent_back(pk, "Нова пошта", f"5900000000{pk:04}", scenes.now())


def _here(pk):
    receive_return(pk, agent(), scenes.now())


def _done(pk):
    settle_return(pk, agent(), scenes.now(), Decimal(1250))


def _kept(pk):
    cancel_return(pk, asker(Return.objects.get(pk=pk).order), scenes.now())


def return_asked(store):
    return _returned(store)


def return_refused(store):
    return _returned(store, _no)


def return_approved(store):
    return _returned(store, _yes)


def return_sent(store):
    return _returned(store, _yes, _back)


def return_received(store):
    return _returned(store, _yes, _back, _here)


def return_paid(store):
    return _returned(store, _yes, _here, _done)


def return_called_off(store):
    return _returned(store, _kept)


def exchanged(store):
    return _returned(store, _yes, _here, _done, wish="exchange")


def credited(store):
    return _returned(store, _yes, _here, _done, wish="credit")


def claimed(store):
    return _returned(store, kind="warranty", wish="repair")


def repaired(store):
    return _returned(store, _yes, _here, _done, kind="warranty", wish="repair")
