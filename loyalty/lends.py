"""What loyalty lends: fields of conditions; to the agent's room sentences, tiles and the customer's panel."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from loyalty.acts import pools
from loyalty.models import Account, Coupon, Pool, Programme
from loyalty.stock import runs_out, with_stock
from loyalty.words import points_said, why
from loyalty.worth import worth_said
from shelf.conditions import Field, Rows, Type
from shelf.links import random_code
from staff import display
from staff.home import Tile
from staff.panels import Panel
from staff.timeline import Sentence

# --- Conditions -----------------------------------------------------------------------------------------------------

THANKS = gettext_lazy("Points and coupons")


def _unused():
    return Coupon.objects.filter(state=Coupon.State.ISSUED, customer__isnull=False).order_by()


FIELDS = (
    Field("customer.points", gettext_lazy("points that can be spent"), Type.NUMBER, "points", group=THANKS),
    Field("customer.points_expire", gettext_lazy("next points expire"), Type.MOMENT, "points_expire_at", group=THANKS),
    Field("customer.coupons", gettext_lazy("unused coupons from"), Type.SET, choices=pools,
          rows=Rows(_unused, "customer", "pool__slug"), group=THANKS),
)  # fmt: skip

# --- The agent's room -----------------------------------------------------------------------------------------------


def _of_points(data: dict) -> dict:
    return {"points": points_said(data["points"]), "balance": points_said(data["balance"])}


SENTENCES = {
    "points.earned": Sentence(gettext_noop("Points earned: %(points)s"), "star", "good", _of_points),
    "points.available": Sentence(
        gettext_noop("Points can be used now: %(points)s. Balance: %(balance)s"), "star", "good", _of_points
    ),
    "points.clawed_back": Sentence(
        gettext_noop("Points taken back: %(points)s. Balance: %(balance)s"), "star", "bad", _of_points
    ),
    "points.redeemed": Sentence(
        gettext_noop("Points exchanged for a coupon: %(points)s. Balance: %(balance)s"), "star", "now", _of_points
    ),
    "points.expired": Sentence(
        gettext_noop("Points expired: %(points)s. Balance: %(balance)s"), "star", "wait", _of_points
    ),
    "coupon.issued": Sentence(gettext_noop("A coupon was given: %(pool)s"), "tag", "good"),
    "coupon.used": Sentence(gettext_noop("The coupon was used: %(pool)s"), "tag", "good"),
}


def tiles(now: datetime) -> list[Tile]:
    """Pools that give coupons and are nearly empty, or over in the week to come: before a journey finds nothing."""
    short = [pool for pool in with_stock(Pool.objects.filter(is_active=True)) if runs_out(pool, now)]
    if not short:
        return []
    names = ", ".join(f"{pool.name}: {display.number(pool.free)}" for pool in short[:3])
    return [
        Tile(
            _("Coupons run out"),
            display.number(len(short)),
            reverse("admin:loyalty_pool_changelist"),
            names,
            tone="bad" if any(not pool.free for pool in short) else "wait",
            shelf="trouble",
            permission="loyalty.view_pool",
        )
    ]


def customer_panel(customer_id: int) -> Panel | None:
    """Balance and why, coupons, and the forms by which an agent gives either."""
    programme = Programme.objects.first()
    coupons = list(
        Coupon.objects.filter(customer=customer_id).select_related("pool", "order").order_by("-issued_at", "-pk")[:10]
    )
    pools_ = list(Pool.objects.filter(is_active=True).order_by("name"))
    if programme is None and not coupons and not pools_:
        return None
    account = Account.objects.filter(customer=customer_id).first()
    for coupon in coupons:
        coupon.worth = worth_said(coupon.pool, display.language())
    shown = {
        "customer_id": customer_id,
        "form_key": random_code(),
        "programme": programme,
        "account": account,
        "balance": points_said(account.available if account else 0),
        "pending": points_said(account.pending) if account and account.pending else "",
        "owed": points_said(-account.debt) if account and account.debt else "",
        "lines": why(account, 8) if account else [],
        "coupons": coupons,
        "pools": [(pool, worth_said(pool, display.language())) for pool in pools_],
    }
    return Panel("points", _("Points and coupons"), "admin/panels/points.html", shown)
