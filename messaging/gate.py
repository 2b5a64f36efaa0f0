"""The one gate: may this message leave now? Sender, preview and dry run ask the same function.

Order of the questions: too late, no address, suppressed, what was said about this purpose (customers/consent.py, by the
law of the shop's country), open matters, objections from other floors (CHECKS in wiring). Every "no" is a sentence.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils.translation import gettext_noop as _

from customers.consent import consents_of, objection
from customers.models import OpenMatter, Purpose
from messaging.models import Channel, Message, Suppression
from shelf.reasons import Reason

LOOK_AGAIN = timedelta(hours=1)  # a matter may close at any time; an hour's delay of an ask hurts nobody

NO_ADDRESS = {
    Channel.EMAIL: _("No address: the order came without an e-mail."),
    Channel.SMS: _("No phone: we know none of this customer."),
    Channel.VIBER: _("No phone: we know none of this customer."),
    Channel.TELEGRAM: _("No chat: this customer has not started the bot."),
}

Check = Callable[[Sequence[Message], datetime], Mapping[int, Reason]]

CHECKS: dict[str, list[Check]] = {}


def check_with(checks: Mapping[str, Sequence[Check]]) -> None:
    """Given once by config/apps.py: subject type → late objections, by the batch."""
    CHECKS.clear()
    CHECKS.update({kind: list(many) for kind, many in checks.items()})


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Literal["send", "hold", "skip", "expire"]
    why: Reason = Reason("")  # noqa: RUF009 - frozen
    until: datetime | None = None


SEND = Decision("send")


def judge(messages: Sequence[Message], now: datetime) -> dict[int, Decision]:
    """One decision per message, in four queries plus those of the checks, whatever the size of the batch."""
    purposes = {p.pk: p for p in Purpose.objects.all()}
    addresses = {m.address for m in messages if m.address}
    suppressed = set(Suppression.objects.filter(address__in=addresses).values_list("address", "channel"))
    said = consents_of(addresses)
    busy = _busy({m.customer_id for m in messages if purposes[m.purpose_id].waits_for_open_matters})
    objections = _objections(messages, now)
    decisions = {}
    for m in messages:
        purpose = purposes[m.purpose_id]
        decisions[m.pk] = (
            _late(m, now)
            or _unreachable(m, suppressed)
            or _refused(objection(said, m.address, m.channel, purpose, m.country))
            or _refused(objections.get(m.pk))
            or _busy_customer(m, purpose, busy, now)
            or SEND
        )
    return decisions


def _late(m: Message, now: datetime) -> Decision | None:
    if m.expires_at and now >= m.expires_at:
        return Decision(
            "expire",
            Reason(_("Too late: it was of use until %(until)s."), {"until": f"{m.expires_at:%Y-%m-%d %H:%M} UTC"}),
        )
    return None


def _unreachable(m: Message, suppressed: set) -> Decision | None:
    if not m.address:
        return Decision("skip", Reason(NO_ADDRESS[Channel(m.channel)]))
    if (m.address, m.channel) in suppressed:
        return Decision("skip", Reason(_("The address is suppressed: mail bounced, or its owner complained.")))
    return None


def _refused(why: Reason | None) -> Decision | None:
    return Decision("skip", why) if why else None


def _busy(customer_ids: set) -> dict[int, str]:
    rows = OpenMatter.objects.filter(customer_id__in=customer_ids - {None}, closed_at__isnull=True)
    return dict(rows.values_list("customer_id", "kind"))


def _busy_customer(m: Message, purpose: Purpose, busy: Mapping[int, str], now: datetime) -> Decision | None:
    if purpose.waits_for_open_matters and m.customer_id and m.customer_id in busy:
        why = Reason(
            _("Something is not settled with this customer (%(matter)s): we ask later."),
            {"matter": busy[m.customer_id]},
        )
        return Decision("hold", why, now + LOOK_AGAIN)
    return None


def _objections(messages: Sequence[Message], now: datetime) -> dict[int, Reason]:
    objections: dict[int, Reason] = {}
    for kind, checks in CHECKS.items():
        concerned = [m for m in messages if m.subject_type == kind]
        for check in checks if concerned else ():
            objections = {**check(concerned, now), **objections}
    return objections
