"""May this message leave now? One decision for each, with a sentence for every "no".

Order of the questions: too late, no address, suppressed, what was said about this purpose (customers/consent.py, by the
law of the shop's country), objections from other floors (CHECKS in wiring), open matters, quiet hours, limits.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_noop as _

from customers.channels import ADDRESS_OF
from customers.consent import consents_of, objection
from customers.models import Purpose
from messaging.gate import limits, quiet
from messaging.gate.decisions import SEND, Decision
from messaging.gate.open_matters import held_by_matter, open_matters_of
from messaging.models import Message, Suppression
from shelf.reasons import Reason

# by the kind of address (customers/channels.py)
NO_ADDRESS = {
    "email": _("No address: the order came without an e-mail."),
    "phone": _("No phone: we know none of this customer."),
    "telegram": _("No chat: this customer has not started the bot."),
}

# An objection is a reason to skip, or a decision of its own: to hold until something is settled.
Objection = Reason | Decision
Check = Callable[[Sequence[Message], datetime], Mapping[int, Objection]]

CHECKS: dict[str, list[Check]] = {}


def check_with(checks: Mapping[str, Sequence[Check]]) -> None:
    """Given once by config/apps.py: subject type → late objections, by the batch."""
    CHECKS.clear()
    CHECKS.update({kind: list(many) for kind, many in checks.items()})


def judge(messages: Sequence[Message], now: datetime) -> dict[int, Decision]:
    """One decision per message, in a fixed number of queries, whatever the size of the batch.

    Four and those of the checks; two more where something obeys quiet hours, four more where something is limited.
    """
    purposes = {p.pk: p for p in Purpose.objects.all()}
    decisions = _refusals(messages, purposes, now)
    for m in messages:
        m.counts_in = limits.counts_in(m, purposes[m.purpose_id])
    going = [m for m in messages if m.pk not in decisions]
    held = quiet.asleep([m for m in going if purposes[m.purpose_id].obeys_quiet_hours], now)
    held = {**held, **limits.too_many([m for m in going if m.pk not in held], purposes.values(), now)}
    return {m.pk: decisions.get(m.pk) or _while_useful(held.get(m.pk, SEND), m) for m in messages}


def _while_useful(decision: Decision, m: Message) -> Decision:
    """What waits is looked at again when it becomes too late, and says so then."""
    if decision.until and m.expires_at and m.expires_at < decision.until:
        return replace(decision, until=m.expires_at)
    return decision


def _refusals(messages: Sequence[Message], purposes: Mapping[str, Purpose], now: datetime) -> dict[int, Decision]:
    """What each message would be told by itself; those that may go are not in it."""
    addresses = {m.address for m in messages if m.address}
    suppressed = set(Suppression.objects.filter(address__among=addresses).values_list("address", "channel"))
    said = consents_of(addresses)
    unsettled = open_matters_of({m.customer_id for m in messages if purposes[m.purpose_id].waits_for_open_matters})
    objections = _objections(messages, now)
    found = {}
    for m in messages:
        purpose = purposes[m.purpose_id]
        decision = (
            _late(m, now)
            or _unreachable(m, suppressed)
            or _refused(objection(said, m.address, m.channel, purpose, m.country))
            or _refused(objections.get(m.pk))
            or held_by_matter(m, purpose, unsettled, now)
        )
        if decision:
            found[m.pk] = _while_useful(decision, m)
    return found


def _late(m: Message, now: datetime) -> Decision | None:
    if m.expires_at and now >= m.expires_at:
        return Decision(
            "expire",
            Reason(_("Too late: it was of use until %(until)s."), {"until": f"{m.expires_at:%Y-%m-%d %H:%M} UTC"}),
        )
    return None


def _unreachable(m: Message, suppressed: set) -> Decision | None:
    if not m.address:
        return Decision("skip", Reason(NO_ADDRESS[ADDRESS_OF[m.channel]]))
    if (m.address, m.channel) in suppressed:
        return Decision("skip", Reason(_("The address is suppressed: mail bounced, or its owner complained.")))
    return None


def _refused(why: Objection | None) -> Decision | None:
    return Decision("skip", why) if isinstance(why, Reason) else why


def _objections(messages: Sequence[Message], now: datetime) -> dict[int, Objection]:
    objections: dict[int, Objection] = {}
    for kind, checks in CHECKS.items():
        concerned = [m for m in messages if m.subject_type == kind]
        for check in checks if concerned else ():
            objections = {**check(concerned, now), **objections}
    return objections
