"""The words of the order page: what the headline says, which day is the one that matters, what to do next.

Takes the plain dicts of ``orders.OrderPage``: times are ISO strings in UTC, zones are IANA names.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date
from django import template
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from orders.models import Order
from shelf import formats
from shelf.vocative import vocative

register = template.Library()

STEPS = {
    "placed": gettext_lazy("Order placed"),
    "packing": gettext_lazy("Packing"),
    "shipped": gettext_lazy("Handed to the carrier"),
    "on_the_way": gettext_lazy("On its way"),
    "out_for_delivery": gettext_lazy("With the courier"),
    "ready_for_pickup": gettext_lazy("Ready to collect"),
    "delivered": gettext_lazy("Delivered"),
    "cancelled": gettext_lazy("Cancelled"),
    "refunded": gettext_lazy("Refunded"),
    "going_back": gettext_lazy("On its way back"),
    "back": gettext_lazy("Back at the shop"),
    "collected": gettext_lazy("Handed over to you"),
    "done": gettext_lazy("All of it is done"),
}
STEPS_DONE = {"packing": gettext_lazy("Packed")}

HEADLINES = {
    "placed": gettext_lazy("We have your order"),
    "paid": gettext_lazy("Paid, and next to be packed"),
    "packing": gettext_lazy("We are packing it"),
    "shipped": gettext_lazy("It has left our hands"),
    "on_the_way": gettext_lazy("On its way to you"),
    "out_for_delivery": gettext_lazy("The courier is on the way"),
    "ready_for_pickup": gettext_lazy("Ready to collect"),
    "delivered": gettext_lazy("Delivered"),
    "cancelled": gettext_lazy("This order is cancelled"),
    "refunded": gettext_lazy("Your money is on its way back"),
}
# What the parcels say outweighs the stage while nothing has arrived.
PARCEL_HEADLINES = {
    "exception": gettext_lazy("There is a hold-up"),
    "attempt_failed": gettext_lazy("The courier missed you"),
    "returning": gettext_lazy("On its way back to us"),
    "returned": gettext_lazy("Back with us"),
    "gone": gettext_lazy("Something went wrong on the way"),
    "late": gettext_lazy("Late, but on its way"),
}
# Whole sentences: the case of the weekday differs between languages. Monday is 0.
DELIVERED_ON = (
    gettext_lazy("Delivered on Monday"),
    gettext_lazy("Delivered on Tuesday"),
    gettext_lazy("Delivered on Wednesday"),
    gettext_lazy("Delivered on Thursday"),
    gettext_lazy("Delivered on Friday"),
    gettext_lazy("Delivered on Saturday"),
    gettext_lazy("Delivered on Sunday"),
)
NEXT = {
    "placed": gettext_lazy("Nothing to do for now. We will start packing soon."),
    "paid": gettext_lazy("Nothing to do for now. We will start packing soon."),
    "packing": gettext_lazy("Nothing to do for now. When the parcel leaves, its number appears here."),
    "shipped": gettext_lazy("The first news from the carrier usually comes within a day."),
    "on_the_way": gettext_lazy("Nothing to do for now: this page follows the parcel for you."),
    "out_for_delivery": gettext_lazy("Keep your phone at hand: the courier may call."),
    "ready_for_pickup": gettext_lazy("Take your phone and an ID with you: the staff may ask for them."),
    "delivered": gettext_lazy("Is something missing or broken? Write to us, we will put it right."),
    "cancelled": gettext_lazy("Nothing will be sent. If you have paid, ask us anything about the refund."),
    "refunded": gettext_lazy("The refund goes back the way you paid. A bank may need a few days to show it."),
}
PARCEL_NEXT = {
    "exception": gettext_lazy("The carrier has stopped the parcel for now. See below what is known."),
    "attempt_failed": gettext_lazy("Ask the carrier for a new day, or write to us and we will help."),
    "returning": gettext_lazy("The parcel could not be handed over. Write to us and we will find a way."),
    "returned": gettext_lazy("The parcel came back. Write to us: we can send it again or return your money."),
    "gone": gettext_lazy("We are sorry. Write to us, we will put it right."),
    "late": gettext_lazy("We are sorry. The last news from the carrier is below."),
}
# An order of services, files and subscriptions alone: nothing is packed, nothing arrives.
OF_SERVICES = {
    "placed": gettext_lazy("We have your order"),
    "paid": gettext_lazy("We have your order"),
    "delivered": gettext_lazy("All done"),
}
NEXT_OF_SERVICES = {
    "placed": gettext_lazy("Nothing to do for now. Below is what comes next."),
    "paid": gettext_lazy("Nothing to do for now. Below is what comes next."),
    "delivered": gettext_lazy("Is something not right? Write to us, we will put it right."),
}
RENEWAL_FAILED = gettext_lazy("A renewal could not be paid. Below is what you can do.")
TO_PAY = gettext_lazy("What is left to do is the payment: see below.")
# The shop's own counter: the shop's word that it was sent means that somebody is getting it ready.
FOR_COUNTER = gettext_lazy("We are getting it ready for you")
NEXT_FOR_COUNTER = gettext_lazy("We write to you as soon as you can collect it.")
GONE = ("lost", "destroyed", "damaged")
WAITING = ("placed", "paid", "packing", "shipped", "on_the_way", "out_for_delivery", "ready_for_pickup")
ON_THE_WAY = ("info_received", "picked_up", "in_transit")
QUIET = ("cancelled", "refunded")


@register.filter
def step_label(step: dict) -> str:
    """``{"key", "state"}`` as the customer reads it: what is going on, or what is done."""
    key = step.get("key", "")
    if step.get("state") == "done" and key in STEPS_DONE:
        return str(STEPS_DONE[key])
    return str(STEPS.get(key, capfirst(key.replace("_", " "))))


@register.filter
def is_quiet(order: dict) -> bool:
    """An order that ended without a delivery: its head is drawn without the brand's colour."""
    return order.get("stage") in QUIET


@register.filter
def initial(title: str | None) -> str:
    """The first letter of a product, for the place of a missing picture."""
    return next((sign.upper() for sign in title or "" if sign.isalnum()), "·")


@register.filter
def is_zero(amount: str | None) -> bool:
    try:
        return not Decimal(amount or 0)
    except InvalidOperation:
        return False


@register.filter
def short_moment(at: str | None, zone: str = "") -> str:
    """``24 Nov, 15:05``: short enough to stand beside a step on a phone. No zone: the current one."""
    if not at:
        return ""
    local = _instant(at).astimezone(_zone(zone))
    return f"{_short(local.date(), 'd MMM')}, {local:%H:%M}"


@register.filter
def day_of(at: datetime, zone: str = "") -> str:
    """The day of a moment where the shop is: ``24 November 2026``."""
    return formats.day(at.astimezone(_zone(zone)).date(), get_language() or "en")


@register.filter
def long_day(on: date) -> str:
    return formats.day(on, get_language() or "en")


@register.filter
def iso_day(on: str | None) -> str:
    """``2026-12-01`` as people write it."""
    return long_day(date.fromisoformat(on)) if on else ""


@register.filter
def called(name: str) -> str:
    """A first name as one calls it: Олено."""
    return vocative(name) if get_language() == "uk" else name


@register.filter
def stage_said(order: Order) -> str:
    """Where an order stands, in one line of a list."""
    return str(HEADLINES.get(order.stage, HEADLINES["placed"]))


@register.filter
def pieces(lines: list[dict]) -> int:
    return sum(int(Decimal(str(line.get("quantity") or 0))) for line in lines or [])


@register.simple_tag
def headline(order: dict, parcels: list[dict], now: datetime | None = None) -> str:
    """Where it is, in one sentence."""
    stage = order.get("stage", "placed")
    trouble = _common_trouble(stage, parcels)
    if trouble:
        return str(PARCEL_HEADLINES[trouble])
    if not order.get("travels", True) and stage in OF_SERVICES:
        return str(OF_SERVICES[stage])
    if _waits_for_counter(stage, parcels):
        return str(FOR_COUNTER)
    if stage == "delivered":
        return _delivered(parcels, order.get("zone"), now or timezone.now())
    return str(HEADLINES.get(stage, HEADLINES["placed"]))


@register.simple_tag
def next_step(order: dict, parcels: list[dict]) -> str:
    """What the customer does now, which is mostly nothing."""
    stage = order.get("stage", "placed")
    trouble = _common_trouble(stage, parcels)
    if trouble:
        return str(PARCEL_NEXT[trouble])
    if _is_to_pay(stage, order.get("money") or {}):
        return str(TO_PAY)
    if not order.get("travels", True) and stage in NEXT_OF_SERVICES:
        failed = any(line.get("renewal_failed_at") for line in order.get("lines") or ())
        return str(RENEWAL_FAILED if failed else NEXT_OF_SERVICES[stage])
    if _waits_for_counter(stage, parcels):
        return str(NEXT_FOR_COUNTER)
    arrived = sum(parcel.get("milestone") == "delivered" for parcel in parcels or [])
    if arrived and stage in WAITING:
        return ngettext(
            "%(arrived)s of %(total)s parcel has arrived.",
            "%(arrived)s of %(total)s parcels have arrived.",
            len(parcels),
        ) % {"arrived": arrived, "total": len(parcels)}
    return str(NEXT.get(stage, ""))


def _is_to_pay(stage: str, money: dict) -> bool:
    """Whether the shop waits for money that is not paid at the door."""
    return stage == "placed" and not is_zero(money.get("due")) and money.get("cash") != "due"


def _waits_for_counter(stage: str, parcels: list[dict]) -> bool:
    own = [parcel for parcel in parcels or [] if parcel.get("carrier") == "own_pickup"]
    return bool(own) and len(own) == len(parcels) and stage in ("placed", "paid", "packing", "shipped", "on_the_way")


@register.simple_tag
def pickup_place(order: dict, parcels: list[dict]) -> str:
    """Where a parcel waits to be collected: the carrier and the place of the scan that said so."""
    if order.get("stage") != "ready_for_pickup":
        return ""
    waiting = next((p for p in parcels or [] if p.get("milestone") == "ready_for_pickup"), {})
    scans = [s for s in waiting.get("checkpoints") or [] if s.get("milestone") == "ready_for_pickup"]
    place = scans[0].get("place") if scans else ""
    return ", ".join(part for part in (waiting.get("carrier_name"), place) if part)


@register.simple_tag
def arrival(order: dict, parcels: list[dict], now: datetime | None = None) -> dict | None:
    """The day that matters: ``{"label", "text", "on", "at", "stamp": {"weekday", "day", "month"}}``, or None.

    The first expected day while something is under way, the last delivery once all of it has arrived.
    """
    zone = _zone(order.get("zone"))
    stage = order.get("stage", "placed")
    if stage == "delivered":
        at = _last_delivery(parcels)
        return _day("", at.astimezone(zone).date(), at.astimezone(zone)) if at else None
    if stage not in WAITING or _common_trouble(stage, parcels) in ("returning", "returned", "gone"):
        return None
    coming = [p for p in parcels or [] if p.get("milestone") != "delivered"]
    known = [p for p in coming if p.get("estimated_on")]
    if not known or stage == "ready_for_pickup":
        return None
    first = min(known, key=lambda parcel: parcel["estimated_on"])
    on = date.fromisoformat(first["estimated_on"][:10])
    today = (now or timezone.now()).astimezone(zone).date()
    return _day(_estimate_label(first, on, today, len(coming)), on)


def _estimate_label(parcel: dict, on: date, today: date, coming: int) -> str:
    if on < today:
        return _("It was expected on")
    if parcel.get("late") or parcel.get("moved"):
        return _("Later than planned, now expected on")
    return _("The first parcel is expected on") if coming > 1 else _("Expected on")


def _day(label: str, on: date, at: datetime | None = None) -> dict:
    return {
        "label": label,
        "text": _unbroken(capfirst(formats.weekday_day(on, get_language() or "en"))),
        "on": on.isoformat(),
        "at": at.strftime("%H:%M") if at else "",
        "stamp": {"weekday": _short(on, "EEE"), "day": on.day, "month": _short(on, "MMM")},
    }


def _unbroken(text: str) -> str:
    """A line may break after the weekday, never between the day and its month."""
    weekday, comma, rest = text.partition(", ")
    return weekday + comma + rest.replace(" ", "\xa0")


def _short(on: date, pattern: str) -> str:
    """A day by a CLDR pattern: ``d MMM`` is 24 Nov, 24 лист., 24 нояб."""
    language = get_language() or "en"
    return format_date(on, pattern, locale=language[:2] if language[:2] in ("uk", "ru") else "en_GB")


def _delivered(parcels: list[dict], zone_name: str | None, now: datetime) -> str:
    at = _last_delivery(parcels)
    if not at:
        return str(HEADLINES["delivered"])
    zone = _zone(zone_name)
    on, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    if on == today:
        return _("Delivered today")
    if on == today - timedelta(days=1):
        return _("Delivered yesterday")
    return str(DELIVERED_ON[on.weekday()] if today - on < timedelta(days=7) else HEADLINES["delivered"])


def _last_delivery(parcels: list[dict]) -> datetime | None:
    times = [_instant(p["delivered_at"]) for p in parcels or [] if p.get("delivered_at")]
    return max(times, default=None)


def _common_trouble(stage: str, parcels: list[dict]) -> str:
    """The trouble that every parcel of an unfinished order shares, or ""."""
    troubles = {_trouble(parcel) for parcel in parcels or []}
    return troubles.pop() if stage in WAITING and len(troubles) == 1 else ""


def _trouble(parcel: dict) -> str:
    milestone = parcel.get("milestone")
    if milestone == "exception":
        return "gone" if parcel.get("reason") in GONE else "exception"
    if milestone in PARCEL_HEADLINES:
        return milestone
    return "late" if parcel.get("late") and milestone in ON_THE_WAY else ""


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else timezone.get_current_timezone()
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.get_current_timezone()
