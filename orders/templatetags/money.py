"""The block "money" of the order's page: what is to pay and where, what goes back and when it is there."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import gettext as _

from orders.refund_days import sent_by, there_by, way_of
from orders.templatetags.order_page import is_zero, long_day

register = template.Library()


@register.simple_tag
def money_shown(order: dict[str, Any]) -> dict[str, Any] | None:
    """What there is to say beyond the sums themselves; None when there is nothing."""
    money = order.get("money") or {}
    was_taken = bool(money.get("was_taken"))
    due = not is_zero(money.get("due")) and not was_taken
    refunds = [_refund(each, order) for each in money.get("refunds", ())]
    came_back = money.get("cash") in ("unclaimed", "returned")
    if not (due or was_taken or refunds or came_back or money.get("fiscal_url")):
        return None
    payments = money.get("payments", [])
    return {
        **money,
        "is_due": due,
        "came_back": came_back,
        "refunds": refunds,
        "failed": any(p["state"] == "failed" for p in payments[-1:]),
        "payments": [p for p in payments if p["state"] == "paid"] if due else [],
    }


def _refund(refund: dict[str, Any], order: dict[str, Any]) -> dict[str, Any]:
    when = when_said(refund, order).replace("..", ".")  # a day may end with a full stop of its own: «2026 р.»
    return {**refund, "when": when, "is_done": refund["state"] == "paid"}


def when_said(refund: dict[str, Any], order: dict[str, Any]) -> str:
    """When the money is there, in one honest sentence."""
    method = refund.get("method") or order.get("payment_method") or ""
    on = datetime.fromisoformat(refund["at"]).astimezone(ZoneInfo(order.get("zone") or "UTC")).date()
    if refund["state"] == "failed":
        return _("We are looking into it; write to us and we will find another way.")
    if refund["state"] == "pending":
        latest = sent_by((order.get("address") or {}).get("country") or "", on)
        if latest is None:
            return _("We are about to send it.")
        return _("We are about to send it, on %(day)s at the latest.") % {"day": long_day(latest)}
    if way_of(method) == "cash":
        return _("You get it in cash or to your card, as we agreed.")
    latest = there_by(method, on)
    if way_of(method) == "fast":
        return _("It is usually there within minutes, at the latest by %(day)s.") % {"day": long_day(latest)}
    return _("We sent it on %(sent)s. As a rule it is there by %(day)s; how fast, your bank decides.") % {
        "sent": long_day(on),
        "day": long_day(latest),
    }
