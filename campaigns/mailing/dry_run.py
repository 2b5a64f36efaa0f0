"""Who would get a campaign now, who not, and why: person by person, by the gate itself. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.mailing import audience
from campaigns.mailing.schedule import local, wanted
from campaigns.models import Campaign
from messaging import gate
from messaging.gate import Decision

PAGE = 50


@dataclass(frozen=True, slots=True)
class Foreseen:
    """``at``: when it would leave, by the person's clock where the campaign goes by that."""

    person: audience.Person
    decision: Decision
    at: datetime


def foresee(campaign: Campaign, after: int, now: datetime, limit: int = PAGE) -> tuple[list[Foreseen], int]:
    """The next people of the audience and what each would be told; and where the next page begins, 0 at the end.

    Judged as of the time at which it leaves: who may not be asked today may be asked next week.
    """
    people, seen, last = audience.walk(campaign, after, limit, now)
    return _judged(campaign, people, now), last if seen == limit else 0


def _judged(campaign: Campaign, people: Sequence[audience.Person], now: datetime) -> list[Foreseen]:
    begins = max(now, wanted(campaign) or now)
    moments = {p.customer_id: local(campaign, p.zone, begins) for p in people}
    decisions = {p.customer_id: Decision("skip", p.objection) for p in people if p.objection}
    for at in sorted(set(moments.values())):  # as many as there are zones
        asked = [p for p in people if moments[p.customer_id] == at and p.customer_id not in decisions]
        messages = audience.imagined(campaign, asked, at)
        verdicts = gate.judge(messages, at)
        decisions |= {p.customer_id: verdicts[m.pk] for p, m in zip(asked, messages, strict=True)}
    return [Foreseen(p, decisions[p.customer_id], moments[p.customer_id]) for p in people]
