"""What loyalty shows on the customer's pages: the points of an order, and in the account balance, why, and coupons."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from loyalty.actions.coupons import gives
from loyalty.models import Account, Coupon, Lot, Pool, Programme
from loyalty.words import points_said, why
from loyalty.worth import worth_said
from orders.account import Owner
from orders.models import Order
from shelf import formats
from shelf.links import random_code

register = template.Library()

LINES = 30
# What the page says after the button, by the word in its address.
SAID = {"taken": "good", "few": "bad", "empty": "bad"}


@register.inclusion_tag("loyalty/order_points.html")
def order_points(points: dict[str, Any], zone: str) -> dict[str, Any]:
    """``points``: the block that was written down with the points of this order."""
    return {
        "points": points_said(points["points"]) if points["points"] else "",
        "taken_back": points_said(points["taken_back"]) if points["taken_back"] else "",
        "from_day": _day(points["available_at"], zone) if points["waits"] else "",
        "waits": points["waits"],
    }


@register.inclusion_tag("loyalty/my_points.html", takes_context=True)
def my_points(context: dict[str, Any], owner: Owner) -> dict[str, Any]:
    """Seven queries, whatever there is to show."""
    now, language = timezone.now(), get_language() or "en"
    account = Account.objects.filter(customer=owner.customer).first()
    coupons = Coupon.objects.filter(customer=owner.customer).select_related("pool__store", "order")
    said = context["request"].GET.get("said", "")
    return {
        "csrf_token": context.get("csrf_token"),
        "language": context.get("language", ""),
        "token": owner.token,
        "said": said if said in SAID else "",
        "has_programme": account is not None or Programme.objects.exists(),
        "balance": points_said(account.available if account else 0),
        "pending": points_said(account.pending) if account and account.pending else "",
        "owed": points_said(-account.debt) if account and account.debt else "",
        "expiring": _expiring(account) if account else [],
        "lines": [(line, _signed(line.change + line.pending)) for line in why(account, LINES)] if account else [],
        "coupons": [(coupon, worth_said(coupon.pool, language)) for coupon in coupons.order_by("-issued_at")[:20]],
        "offers": _offers(owner, account, now, language),
        "form_key": random_code(),
    }


def _expiring(account: Account) -> list[str]:
    """Every lot that will end, soonest first: not the next one alone."""
    rows = Lot.objects.filter(account=account, available__gt=0, expires_at__isnull=False).order_by("expires_at")
    zone = timezone.get_current_timezone_name()
    return [
        _("%(points)s until the end of %(day)s")
        % {"points": points_said(lot.available), "day": _last_day(lot.expires_at or lot.available_at, zone)}
        for lot in rows[:5]
    ]


def _offers(owner: Owner, account: Account | None, now: datetime, language: str) -> list[dict[str, Any]]:
    """Of the stores where they buy; a pool without a store is good everywhere."""
    stores = Order.objects.filter(customer=owner.customer).order_by().values("store")
    free = Coupon.objects.filter(pool=OuterRef("pk"), state=Coupon.State.FREE)
    pools = list(
        Pool.objects.filter(
            Q(store=None) | Q(store__in=stores), Exists(free), price__isnull=False, is_active=True
        ).order_by("price", "pk")
    )
    return [
        {
            "pk": pool.pk,
            "worth": worth_said(pool, language),
            "price": points_said(pool.price or 0),
            "enough": account is not None and account.available >= (pool.price or 0),
        }
        for pool in pools
        if gives(pool, now)
    ]


def _signed(points: int) -> str:
    said = formats.number(abs(points), get_language() or "en")
    return f"+{said}" if points > 0 else f"−{said}" if points < 0 else ""


def _day(at: str, zone: str) -> str:
    return formats.day(datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date(), get_language() or "en")


def _last_day(at: datetime, zone: str) -> str:
    last = at.timestamp() - 1
    return formats.day(datetime.fromtimestamp(last, ZoneInfo(zone)).date(), get_language() or "en")
