"""The gate's late objection: what a journey wrote is not sent once the journey has ended."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_noop as _

from campaigns.actions.knowing import Asked, facts_of
from campaigns.actions.plans import plans_of
from campaigns.engine.walking import LET_GO
from campaigns.models import Enrolment
from messaging.models import Message
from shelf.reasons import Reason

CAUSE = "enrolment"
OVER = _("Its journey ended before it could leave.")


def object_to_ended(messages: Sequence[Message], now: datetime) -> dict[int, Reason]:
    """A message may wait for hours (quiet hours, a limit, a pause): what ends the journey meanwhile, ends it too. Also
    when the message was the last step; four queries for any number of messages."""
    ids = {m.cause_id for m in messages if m.cause_type == CAUSE and m.cause_id}
    enrolments = Enrolment.objects.in_bulk(ids) if ids else {}
    plans = plans_of(e.version_id for e in enrolments.values())
    ending = {pk: Asked(plan, plan.exits) for pk, plan in plans.items() if plan.exits}
    heard = facts_of([e for e in enrolments.values() if e.version_id in ending], ending)
    over = {pk for pk, e in enrolments.items() if e.state == Enrolment.State.EXITED and _is_early(e)} | {
        pk for pk, kinds in heard.items() if kinds
    }
    return {m.pk: Reason(OVER) for m in messages if m.cause_type == CAUSE and m.cause_id in over}


def _is_early(e: Enrolment) -> bool:
    """Let go by a person or a fact; a step ``exit`` lets what was written before it leave."""
    return e.reason != LET_GO
