"""A journey's plan in sentences, for people who do not read JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns import models
from campaigns.acts import ACTS
from campaigns.dates import DATES
from campaigns.engine import (
    OF_CUSTOMER,
    Act,
    Ask,
    Branch,
    Delay,
    Plan,
    ReEntry,
    Send,
    Split,
    Start,
    Step,
    Wait,
    WaitFor,
)
from campaigns.engine.conditions import node_of
from campaigns.subjects import anchors_of
from feedback.asks import ASKS
from shelf.conditions import ConditionRefused, aloud

FACTS = {
    "order.placed": gettext_lazy("an order is placed"),
    "order.changed": gettext_lazy("the shop changes an order"),
    "order.paid": gettext_lazy("an order is paid"),
    "payment.received": gettext_lazy("money comes in"),
    "payment.failed": gettext_lazy("a payment fails"),
    "refund.recorded": gettext_lazy("a refund is on its way"),
    "line.completed": gettext_lazy("a service, a file or a subscription of the order is done"),
    "subscription.renewal_announced": gettext_lazy("a subscription renews soon"),
    "subscription.renewal_failed": gettext_lazy("a subscription cannot be renewed"),
    "subscription.pause_requested": gettext_lazy("the customer asks to pause a subscription"),
    "order.cancelled": gettext_lazy("the order is cancelled"),
    "order.document_issued": gettext_lazy("a document of the order is issued"),
    "order.document_revoked": gettext_lazy("a document of the order is withdrawn"),
    "order.fulfilment_reported": gettext_lazy("the shop says that a parcel was sent"),
    "order.cancel_requested": gettext_lazy("the customer asks to cancel the order"),
    "order.cancel_accepted": gettext_lazy("a wish to cancel is granted"),
    "order.cancel_refused": gettext_lazy("a wish to cancel is refused"),
    "order.change_requested": gettext_lazy("the customer asks for another address"),
    "order.change_accepted": gettext_lazy("another address is granted"),
    "order.change_refused": gettext_lazy("another address is refused"),
    "order.shop_refused": gettext_lazy("the shop does not take a cancel or an address"),
    "return.requested": gettext_lazy("the customer asks for a return"),
    "return.approved": gettext_lazy("a return is approved"),
    "return.refused": gettext_lazy("a return is refused"),
    "return.labelled": gettext_lazy("the label of a return is sent"),
    "return.shipped": gettext_lazy("a return is on its way back"),
    "return.received": gettext_lazy("a return arrives"),
    "return.settled": gettext_lazy("a return is settled"),
    "return.cancelled": gettext_lazy("the customer calls a return off"),
    "replacement.placed": gettext_lazy("a free replacement goes out"),
    "shipment.shipped": gettext_lazy("the carrier scans a parcel for the first time"),
    "shipment.progressed": gettext_lazy("a parcel moves on"),
    "shipment.delivered": gettext_lazy("a parcel is delivered"),
    "shipment.disputed": gettext_lazy("a delivery is disputed"),
    "shipment.attempt_failed": gettext_lazy("a delivery attempt fails"),
    "shipment.held": gettext_lazy("a parcel is held: customs, address, documents, payment"),
    "shipment.return_started": gettext_lazy("a parcel turns back to the shop"),
    "shipment.returned": gettext_lazy("a parcel is back at the shop"),
    "shipment.delayed": gettext_lazy("a parcel is late, silent or in trouble"),
    "shipment.endangered": gettext_lazy("a parcel will hardly come by the promised day"),
    "shipment.storage_end_announced": gettext_lazy("storage at the pick-up point ends, or begins to cost, tomorrow"),
    "shipment.corrected": gettext_lazy("a person corrects a parcel"),
    "review.requested": gettext_lazy("a review is asked for"),
    "review.submitted": gettext_lazy("the customer reviews the order"),
    "review.published": gettext_lazy("a review of the customer's is published"),
    "survey.requested": gettext_lazy("the customer is asked a question"),
    "survey.answered": gettext_lazy("the customer answers a question"),
    "points.earned": gettext_lazy("the customer earns points"),
    "points.available": gettext_lazy("points of the customer can be used"),
    "points.clawed_back": gettext_lazy("points are taken back from the customer"),
    "points.redeemed": gettext_lazy("the customer exchanges points"),
    "points.expired": gettext_lazy("points of the customer expire"),
    "coupon.issued": gettext_lazy("the customer is given a coupon"),
    "coupon.used": gettext_lazy("the customer uses a coupon"),
    "ticket.opened": gettext_lazy("a ticket is opened"),
    "ticket.replied": gettext_lazy("the customer writes in a ticket"),
    "ticket.answered": gettext_lazy("an agent answers a ticket"),
    "ticket.assigned": gettext_lazy("a ticket goes to an agent"),
    "ticket.solved": gettext_lazy("a ticket is solved"),
    "ticket.reopened": gettext_lazy("a ticket is opened again"),
    "card.assigned": gettext_lazy("the order gets its manager"),
    "card.shared": gettext_lazy("a business card gets a code"),
    "card.viewed": gettext_lazy("the customer opens a manager's card"),
    "card.saved": gettext_lazy("the customer saves a manager's card"),
    "card.retired": gettext_lazy("a business card is retired"),
    "matter.opened": gettext_lazy("something is not settled with the customer"),
    "matter.closed": gettext_lazy("something is settled with the customer"),
    "mail.received": gettext_lazy("the customer writes to us"),
    "customer.erased": gettext_lazy("the customer's data are erased"),
    "customer.changed": gettext_lazy("the customer's data change"),
    "consent.granted": gettext_lazy("the customer consents to something"),
    "consent.revoked": gettext_lazy("the customer takes a consent back"),
    "segment.entered": gettext_lazy("the customer comes into a segment"),
    "segment.left": gettext_lazy("the customer leaves a segment"),
}
WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """``kind``: start, goal, end or what the step does, which is also its icon. ``ways``: (in words, step that follows;
    empty: the end), for steps after which the way parts or leads elsewhere than to the next line."""

    kind: str
    text: str
    note: str = ""
    step: str = ""
    ways: tuple[tuple[str, str], ...] = ()


def read_aloud(plan: Plan, templates: Mapping[str, str]) -> list[Line]:
    """The plan from start to end; ``templates`` gives the names of the mails by slug."""
    lines = [Line("start", start_in_words(plan.start), re_entry_in_words(plan.re_entry))]
    names = list(plan.steps)
    for step, follower in zip(plan.steps.values(), [*names[1:], ""], strict=True):
        lines.append(line_of(step, plan.subject, templates, follower))
    if plan.goal:
        said = {"fact": fact_in_words(plan.goal.fact), "days": plan.goal.days}
        text = ngettext(
            "Succeeds when, within %(days)s day: %(fact)s.",
            "Succeeds when, within %(days)s days: %(fact)s.",
            plan.goal.days,
        )
        lines.append(Line("goal", text % said, _("That ends the journey, too.") if plan.goal.ends else ""))
    if plan.ends_with:
        facts = "; ".join(fact_in_words(kind) for kind in plan.ends_with)
        lines.append(Line("end", _("Ends early when: %(facts)s.") % {"facts": facts}))
    return lines


def start_in_words(start: Start) -> str:
    if start.segment:
        text = (
            _("Starts when somebody comes into the segment “%(segment)s”.")
            if start.moves == "enters"
            else _("Starts when somebody leaves the segment “%(segment)s”.")
        )
        name = models.Segment.objects.filter(pk=start.segment).values_list("name", flat=True).first()
        return text % {"segment": name or start.segment}
    if not start.date:
        return _("Starts when %(fact)s.") % {"fact": fact_in_words(start.fact)}
    said: dict[str, Any] = {
        "date": DATES[start.date].label if start.date in DATES else start.date,
        "time": f"{start.at:%H:%M}",
    }
    said["days"] = abs(start.days)
    if not start.days:
        return _("Starts on the day of %(date)s, at %(time)s where the customer is.") % said
    if start.days < 0:
        text = ngettext(
            "Starts %(days)s day before %(date)s, at %(time)s where the customer is.",
            "Starts %(days)s days before %(date)s, at %(time)s where the customer is.",
            abs(start.days),
        )
    else:
        text = ngettext(
            "Starts %(days)s day after %(date)s, at %(time)s where the customer is.",
            "Starts %(days)s days after %(date)s, at %(time)s where the customer is.",
            abs(start.days),
        )
    return text % said


def re_entry_in_words(re_entry: ReEntry) -> str:
    if re_entry.how == "days":
        text = ngettext(
            "Everybody enters at most once in %(days)s day.",
            "Everybody enters at most once in %(days)s days.",
            re_entry.days,
        )
        return text % {"days": re_entry.days}
    return {
        "once": _("Everybody enters once."),
        "order": _("Everybody enters once per order."),
        "event": _("Everybody enters every time."),
    }.get(re_entry.how, "")


def fact_in_words(kind: str) -> str:
    bare = kind.removeprefix(OF_CUSTOMER)
    return str(FACTS.get(bare, bare))


def line_of(step: Step, subject: str, templates: Mapping[str, str], follower: str = "") -> Line:
    """One step. ``follower``: the step that is written below it."""
    leads = getattr(step, "next", follower)
    ways: tuple[tuple[str, str], ...] = ((_("then"), leads),) if leads != follower else ()
    if isinstance(step, Wait):
        text = _("Waits until %(moment)s.") % {"moment": delay_in_words(step.delay, subject)}
        note = ""
        if step.otherwise:
            moment = delay_in_words(step.otherwise, subject)
            note = _("If that never comes: until %(moment)s.") % {"moment": moment}
        return Line("wait", text, note, step.id, ways)
    if isinstance(step, Send):
        text = _("Sends the mail “%(template)s”.") % {"template": templates.get(step.template, step.template)}
        return Line("send", text, _late(step.late_hours), step.id, ways)
    if isinstance(step, Ask):
        return Line("ask", _ask_in_words(step, templates), _late(step.late_hours), step.id, ways)
    if isinstance(step, Act):
        label = str(ACTS[step.act].label) if step.act in ACTS else step.act
        values = ", ".join(str(value) for value in step.values.values())
        said = {"act": label, "values": values}
        text = _("Does: %(act)s (%(values)s).") % said if values else _("Does: %(act)s.") % said
        return Line("act", text, _late(step.late_hours) if step.late_hours else "", step.id, ways)
    if isinstance(step, WaitFor):
        return _wait_for(step, subject)
    if isinstance(step, Branch):
        text = _("Looks whether: %(condition)s.") % {"condition": condition_in_words(step)}
        return Line("branch", text, "", step.id, ((_("yes"), step.then), (_("no"), step.otherwise)))
    if isinstance(step, Split):
        ways = tuple((f"{v.name} {v.percent} %", v.next) for v in step.variants)
        held = any(v.is_holdout for v in step.variants)
        note = _("Who is held out goes the same way and gets nothing, so that the others can be compared.")
        return Line("split", _("Draws lots, once for every customer."), note if held else "", step.id, ways)
    return Line("exit", _("Lets them go."), "", step.id)


def _wait_for(step: WaitFor, subject: str) -> Line:
    facts = _(" or ").join(fact_in_words(kind) for kind in step.facts)
    text = _("Waits until %(facts)s.") % {"facts": facts}
    note = _("At the latest until %(moment)s.") % {"moment": delay_in_words(step.within, subject)}
    return Line("wait_for", text, note, step.id, ((_("it happened"), step.then), (_("it did not"), step.otherwise)))


def _ask_in_words(step: Ask, templates: Mapping[str, str]) -> str:
    said = {"template": templates.get(step.template, step.template)}
    if step.what == "review":
        return _("Asks for a review with the mail “%(template)s”.") % said
    said["what"] = str(ASKS[step.what].label) if step.what in ASKS else step.what
    return _("Asks for %(what)s with the mail “%(template)s”.") % said


def _late(hours: int) -> str:
    text = ngettext("Too late after %(hours)s hour.", "Too late after %(hours)s hours.", hours)
    return text % {"hours": hours}


def condition_in_words(step: Branch) -> str:
    if step.fact:
        return fact_in_words(step.fact)
    try:
        return aloud(node_of(step.condition or {}))
    except ConditionRefused as refusal:
        return str(refusal)


def delay_in_words(delay: Delay, subject: str = "order") -> str:
    """``7 days after the delivery, at 10:00 of the customer's day``"""
    said: dict[str, Any] = {"moment": _moment_in_words(delay, subject)}
    if delay.weekdays:
        said["days"] = ", ".join(str(WEEKDAYS[day]) for day in sorted(delay.weekdays))
        said["moment"] = _("%(moment)s, on the next of: %(days)s") % said
    if delay.between:
        said |= {"since": f"{delay.between.since:%H:%M}", "until": f"{delay.between.until:%H:%M}"}
        return _("%(moment)s, between %(since)s and %(until)s where the customer is") % said
    if delay.at is None:
        return said["moment"]
    return _("%(moment)s, at %(time)s where the customer is") % (said | {"time": f"{delay.at:%H:%M}"})


def _moment_in_words(delay: Delay, subject: str) -> str:
    if delay.on:
        return f"{delay.on:%d.%m.%Y}"
    parts = []
    if delay.days:
        days = abs(delay.days)
        parts.append(ngettext("%(count)s day", "%(count)s days", days) % {"count": days})
    if delay.hours:
        parts.append(ngettext("%(count)s hour", "%(count)s hours", delay.hours) % {"count": delay.hours})
    anchor = anchors_of(subject).get(delay.after)
    values = {"span": " ".join(parts), "anchor": anchor.label if anchor else delay.after}
    if not parts:
        return str(values["anchor"])
    if delay.days < 0:
        return _("%(span)s before %(anchor)s") % values
    return _("%(span)s after %(anchor)s") % values
