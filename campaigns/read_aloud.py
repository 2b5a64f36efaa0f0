"""A journey's plan in sentences, for people who do not read JSON."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.engine import Ask, Delay, Plan, Step, Wait

FACTS = {
    "order.placed": gettext_lazy("an order is placed"),
    "order.changed": gettext_lazy("the shop changes an order"),
    "order.paid": gettext_lazy("an order is paid"),
    "order.cancelled": gettext_lazy("the order is cancelled"),
    "order.fulfilment_reported": gettext_lazy("the shop says that a parcel was sent"),
    "shipment.shipped": gettext_lazy("the carrier scans a parcel for the first time"),
    "shipment.progressed": gettext_lazy("a parcel moves on"),
    "shipment.delivered": gettext_lazy("a parcel is delivered"),
    "shipment.disputed": gettext_lazy("a delivery is disputed"),
    "review.requested": gettext_lazy("a review is asked for"),
    "review.submitted": gettext_lazy("the customer reviews the order"),
}
ANCHORS = {
    "entered_at": gettext_lazy("the start"),
    "placed_at": gettext_lazy("the order"),
    "paid_at": gettext_lazy("the payment"),
    "dispatched_at": gettext_lazy("the parcel left the shop"),
    "delivered_at": gettext_lazy("the delivery"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """``kind``: start, wait, send, ask or end, which is also its icon."""

    kind: str
    text: str
    note: str = ""
    step: str = ""


def read_aloud(plan: Plan, templates: Mapping[str, str]) -> list[Line]:
    """The plan from start to end; ``templates`` gives the names of the mails by slug."""
    lines = [Line("start", _("Starts when %(fact)s.") % {"fact": fact_in_words(plan.starts_with)})]
    lines += [_line(step, templates) for step in plan.steps]
    if plan.ends_with:
        facts = "; ".join(fact_in_words(kind) for kind in plan.ends_with)
        lines.append(Line("end", _("Ends early when: %(facts)s.") % {"facts": facts}))
    return lines


def fact_in_words(kind: str) -> str:
    return str(FACTS.get(kind, kind))


def _line(step: Step, templates: Mapping[str, str]) -> Line:
    if isinstance(step, Wait):
        text = _("Waits until %(moment)s.") % {"moment": delay_in_words(step.delay)}
        note = ""
        if step.otherwise:
            note = _("If that never comes: until %(moment)s.") % {"moment": delay_in_words(step.otherwise)}
        return Line("wait", text, note, step.id)
    late = ngettext("Too late after %(hours)s hour.", "Too late after %(hours)s hours.", step.late_hours)
    name = templates.get(step.template, step.template)
    if isinstance(step, Ask):
        text = _("Asks for a review with the mail “%(template)s”.") % {"template": name}
        return Line("ask", text, late % {"hours": step.late_hours}, step.id)
    text = _("Sends the mail “%(template)s”.") % {"template": name}
    return Line("send", text, late % {"hours": step.late_hours}, step.id)


def delay_in_words(delay: Delay) -> str:
    """``7 days after the delivery, at 10:00 of the customer's day``"""
    parts = []
    if delay.days:
        parts.append(ngettext("%(count)s day", "%(count)s days", delay.days) % {"count": delay.days})
    if delay.hours:
        parts.append(ngettext("%(count)s hour", "%(count)s hours", delay.hours) % {"count": delay.hours})
    values = {"span": " ".join(parts), "anchor": ANCHORS.get(delay.after, delay.after)}
    text = _("%(span)s after %(anchor)s") % values if parts else str(values["anchor"])
    if delay.at is None:
        return text
    return _("%(moment)s, at %(time)s where the customer is") % {"moment": text, "time": f"{delay.at:%H:%M}"}
