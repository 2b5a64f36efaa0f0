"""The carrier's world in the customer's words: labels, tones and icons of milestones and reasons."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby

from babel.dates import get_day_names
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from shelf import formats

register = template.Library()

LABELS = {
    "pending": _("No news yet"),
    "info_received": _("Label printed"),
    "picked_up": _("Picked up by the carrier"),
    "in_transit": _("On the way"),
    "out_for_delivery": _("With the courier"),
    "ready_for_pickup": _("Ready to collect"),
    "attempt_failed": _("Nobody was home"),
    "exception": _("Held up"),
    "delivered": _("Delivered"),
    "returning": _("Going back"),
    "returned": _("Returned to the shop"),
    "cancelled": _("Cancelled"),
    "expired": _("No news for a while"),
}
ICONS = {
    "pending": "clock",
    "info_received": "label",
    "picked_up": "box",
    "in_transit": "truck",
    "out_for_delivery": "courier",
    "ready_for_pickup": "pin",
    "attempt_failed": "alert",
    "exception": "alert",
    "delivered": "check",
    "returning": "back",
    "returned": "back",
    "cancelled": "cross",
    "expired": "clock",
}
TONES = {
    "pending": "plain",
    "info_received": "plain",
    "ready_for_pickup": "good",
    "attempt_failed": "wait",
    "exception": "wait",
    "delivered": "good",
    "returning": "wait",
    "returned": "plain",
    "cancelled": "plain",
    "expired": "plain",
}
REASONS = {
    "customs": _("Customs is checking the parcel."),
    "address": _("The carrier cannot find the address."),
    "refused": _("The parcel was refused at the door."),
    "recipient_absent": _("Nobody was there to take the parcel."),
    "damaged": _("The parcel was damaged on the way."),
    "lost": _("The carrier cannot find the parcel."),
    "destroyed": _("The parcel was destroyed on the way."),
    "weather": _("The weather is holding the parcel up."),
    "carrier_delay": _("The carrier is running late."),
    "held": _("The carrier is holding the parcel."),
    "payment_due": _("There is something to pay when you collect it."),
    "documents": _("The carrier needs a document."),
    "storage_expiring": _("It will not be kept much longer: please collect it soon."),
    "storage_expired": _("It was not collected in time."),
    "security": _("The parcel is going through a security check."),
    "partly": _("Only a part of it was taken, the rest is going back."),
    "other": _("The carrier reports a problem without naming it."),
}
# The symbols of static/aftercare/icons.svg.
DRAWN = (
    "box",
    "label",
    "truck",
    "courier",
    "pin",
    "check",
    "home",
    "clock",
    "alert",
    "back",
    "cross",
    "globe",
    "mail",
    "phone",
    "copy",
    "out",
    "down",
    "right",
    "left",
    "star",
    "search",
    "card",
    "lock",
    "help",
    "people",
    "save",
    "send",
    "chat",
    "camera",
    "qr",
    "cube",
)
GRAVE = ("damaged", "lost", "destroyed")
TROUBLED = ("attempt_failed", "exception", "returning", "expired")
THIS_YEAR = timedelta(days=180)
OVER = ("delivered", "returned", "cancelled")


@register.filter
def milestone_label(milestone: str | None, carrier: str | None = "") -> str:
    if milestone == "info_received" and carrier in ("own_pickup", "own_courier"):
        return gettext("Being prepared")
    return str(LABELS.get(milestone or "pending", milestone))


@register.filter
def milestone_icon(milestone: str | None) -> str:
    return ICONS.get(milestone or "pending", "box")


@register.filter
def parcel_tone(parcel: dict) -> str:
    """``good``, ``wait``, ``bad``, ``plain`` or ``now``: the colour of the parcel's pill and notice."""
    if parcel.get("reason") in GRAVE and parcel.get("milestone") not in OVER:
        return "bad"
    return TONES.get(parcel.get("milestone") or "pending", "now")


@register.filter
def reason_label(reason: str | None) -> str:
    return str(REASONS.get(reason, REASONS["other"])) if reason else ""


@register.filter
def is_troubled(parcel: dict) -> bool:
    """Whether the parcel deserves a notice above its scans."""
    if parcel.get("milestone") in OVER:
        return False
    return bool(parcel.get("milestone") in TROUBLED or any(parcel.get(word) for word in ("reason", "late", "moved")))


@register.filter
def is_over(parcel: dict) -> bool:
    """Whether nobody waits for it any more."""
    return parcel.get("milestone") in OVER


@register.filter
def opening_hours(week: list[str] | None) -> list[dict[str, str]]:
    """Seven days' hours as people write them: days of the same hours in a row are one line. None for no hours."""
    if not isinstance(week, list) or len(week) != 7 or not all(isinstance(hours, str) for hours in week):
        return []
    if len(set(week)) == 1:
        return [{"days": gettext("Every day"), "hours": week[0]}] if week[0] else []
    lines: list[dict[str, str]] = []
    for hours, same in groupby(range(7), key=lambda day: week[day]):
        days = list(same)
        names = [_weekday(days[0])] + ([_weekday(days[-1])] if len(days) > 1 else [])
        lines.append({"days": "–".join(names), "hours": hours or gettext("closed")})
    return lines


def _weekday(day: int) -> str:
    """Monday is 0."""
    name = get_day_names("abbreviated", "stand-alone", get_language() or "en")[day]
    return name[:1].upper() + name[1:]


@register.filter
def scan_time(scan: dict, zone: str) -> str:
    """``24 November, 15:05``; only the day where the carrier named no zone: its hour would be a guess."""
    language = get_language() or "en"
    try:
        at = datetime.fromisoformat(scan["at"])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        style = "no_year" if timezone.now() - at < THIS_YEAR else "long"
        if scan.get("tz_known"):
            return formats.moment(at, zone, language, style)
        return formats.day(date.fromisoformat((scan.get("local") or scan["at"])[:10]), language, style)
    except (KeyError, TypeError, ValueError):
        return ""


@register.simple_tag
def icons() -> tuple[str, ...]:
    """Every drawing there is, for the style guide."""
    return DRAWN


@register.simple_tag
@cache
def icon(name: str, classes: str = "") -> SafeString:
    """A drawing from ``static/aftercare/icons.svg``, in the colour of the text around it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        classes,
        static("aftercare/icons.svg"),
        name,
    )
