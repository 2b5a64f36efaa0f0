"""The sums of an order, from its payments and the shop's own word: always the same from the same rows.

Rules (docs/decisions/0047): the shop's word that all is settled ends every question; a refund never makes anybody owe
again; what the carrier asks at the door beats arithmetic; no sum is negative; another currency is not counted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from orders.models import Order, Payment

ZERO = Decimal(0)
F, Cash, Kind, State = Order.Financial, Order.Cash, Payment.Kind, Payment.State
PAID_BY_SHOP = (F.PAID, F.PARTLY_REFUNDED, F.REFUNDED)
SETTLED = (*PAID_BY_SHOP, F.VOIDED, F.AUTHORIZED)

OTHER_CURRENCY = _("It is in %(currency)s, and the order in %(expected)s: it is shown, and not counted.")
WRONG_DATE = _("The shop dated it %(date)s, which cannot be: the day we heard of it stands instead.")
TWO_SUMS = _("Different sums were told for this refund: %(sums)s. The newest word counts.")
TOO_LARGE = _("With this refund more goes back than the order cost: %(refunded)s of %(total)s.")
TOO_MUCH = _("With this payment more came in than the order costs: %(paid)s of %(total)s.")


def settle(order: Order, payments: Sequence[Payment]) -> None:
    """Write the sums onto the order, and on each payment what a person should look at. Nothing is saved here."""
    counted = [p for p in payments if p.currency in ("", order.currency)]
    cash = [p for p in counted if p.kind == Kind.ON_DELIVERY]
    money_in = sorted([*_done(counted, Kind.CHARGE), *_cash_paid(cash)], key=_in_time)
    back = _done(counted, Kind.REFUND)
    came_in, went_back = _sum(money_in), _sum(back)
    order.cash_state = _cash_state(order, cash)
    order.due = _due(order, cash, came_in, went_back)
    order.paid = max(came_in, order.total) if order.financial in PAID_BY_SHOP else came_in
    if order.financial == F.REFUNDED:
        went_back = order.total
    elif not any(p.kind == Kind.REFUND for p in counted):
        went_back = order.refunded  # the shop names no single refunds, only their sum
    order.refunded = min(went_back, order.total)
    reached_at = _reached_at(order, money_in)
    if reached_at:
        order.paid_at = min(order.paid_at or reached_at, reached_at)
    _doubt(order, payments, money_in)


def _done(payments: Iterable[Payment], kind: str) -> list[Payment]:
    return [p for p in payments if p.kind == kind and p.state == State.PAID]


def _sum(payments: Iterable[Payment]) -> Decimal:
    return sum((p.amount for p in payments), ZERO)


def _in_time(payment: Payment) -> tuple:
    return payment.at, payment.source, payment.external_id


def _cash_paid(cash: Sequence[Payment]) -> list[Payment]:
    """Shop and carrier speak of the same money: whoever knows of more is believed."""
    by_source = [[p for p in _done(cash, Kind.ON_DELIVERY) if p.source == source] for source in Payment.Source.values]
    return max(by_source, key=_sum)


def _asked_by(cash: Sequence[Payment]) -> list[Payment]:
    """Who asks for it at the door knows the sum: the carrier's words, where there are any.

    A parcel that the shop took back before it left (cancelled, without a reason) says nothing.
    """
    by_carrier = [p for p in cash if p.source == Payment.Source.CARRIER and (p.state != State.CANCELLED or p.reason)]
    return by_carrier or [p for p in cash if p.source != Payment.Source.CARRIER]


def _cash_state(order: Order, cash: Sequence[Payment]) -> str:
    if not cash:
        return ""
    live = [p for p in cash if p.state != State.CANCELLED]
    asked = [p for p in _asked_by(cash) if p.state != State.CANCELLED]
    shops = [p for p in live if p.source == Payment.Source.SHOP]
    if any(many and all(p.state == State.PAID for p in many) for many in (asked, shops)):
        return Cash.PAID
    if order.financial in PAID_BY_SHOP:
        return Cash.PAID if asked else ""
    if asked:
        return "" if order.cancelled_at or order.financial in SETTLED else Cash.DUE
    fates = {p.reason for p in cash if p.source == Payment.Source.CARRIER}
    return next((fate for fate in (Cash.UNCLAIMED, Cash.RETURNED) if fate in fates), "")


def _due(order: Order, cash: Sequence[Payment], came_in: Decimal, went_back: Decimal) -> Decimal:
    if order.placeholder or order.cancelled_at or order.financial in SETTLED:
        return ZERO
    if order.cash_state == Cash.DUE:
        return _sum(p for p in _asked_by(cash) if p.state in (State.PENDING, State.FAILED))
    if order.cash_state or (came_in and went_back >= came_in):
        return ZERO
    return max(ZERO, order.total - came_in)


def _reached_at(order: Order, money_in: Sequence[Payment]) -> datetime | None:
    """When the payments reached what was asked; None while they have not."""
    if not order.total or order.placeholder or not money_in:
        return None
    reached, so_far = [], ZERO
    for payment in money_in:
        so_far += payment.amount
        if so_far >= order.total:
            reached.append(payment.at)
            break
    if order.cash_state == Cash.PAID:  # all that was asked at the door, which may be less than the order says
        reached += [p.at for p in money_in if p.kind == Kind.ON_DELIVERY][-1:]
    return min(reached, default=None)


def _doubt(order: Order, payments: Sequence[Payment], money_in: Sequence[Payment]) -> None:
    for payment in payments:
        payment.doubt, payment.reason_values = _own_doubt(order, payment)
    if order.placeholder:
        return
    costs, came_in = _said(order.total, order), _sum(money_in)
    _mark(money_in, order.total, lambda sum_: (TOO_MUCH, {"paid": _said(sum_, order), "total": costs}))
    back = [p for p in payments if p.kind == Kind.REFUND and p.state in (State.PAID, State.PENDING)]
    ours = sorted((p for p in back if p.currency in ("", order.currency)), key=_in_time)
    most = max(order.total, came_in)
    _mark(ours, most, lambda sum_: (TOO_LARGE, {"refunded": _said(sum_, order), "total": costs}))


def _own_doubt(order: Order, payment: Payment) -> tuple[str, dict]:
    if payment.currency not in ("", order.currency) and not order.placeholder:
        return OTHER_CURRENCY, {"currency": payment.currency, "expected": order.currency}
    if payment.dated_wrongly:
        return WRONG_DATE, {"date": payment.dated_wrongly}
    if payment.kind == Kind.REFUND and len(payment.sums) > 1:
        return TWO_SUMS, {"sums": ", ".join(payment.sums)}
    return "", {}


def _mark(payments: Iterable[Payment], most: Decimal, doubt) -> None:
    so_far = ZERO
    for payment in payments:
        so_far += payment.amount
        if so_far > most and not payment.doubt:
            payment.doubt, payment.reason_values = doubt(so_far)


def _said(amount: Decimal, order: Order) -> str:
    return f"{amount:.2f} {order.currency}"
