"""The next channel: where a message was refused, reaches nobody or stays unread, the template named "then by" follows.

The stand-in is a message of its own, ``<key>:instead``, with its own gate, archive and fate; so it can be followed by
a third. What lies further back than a week is news to nobody.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from customers.channels import Channel
from messaging.actions.planning import Planned, plan
from messaging.models import Message

BATCH = 200
LOOK_BACK = timedelta(days=7)
State = Message.State


def fall_back(limit: int = BATCH) -> int:
    """Plan stand-ins; how many."""
    now = timezone.now()
    with transaction.atomic():
        messages = list(_left_alone(now).select_related("template")[:limit])
        plan([_stand_in(m, now) for m in messages])
    return len(messages)


def _left_alone(now: datetime) -> QuerySet[Message]:
    """Not reached, or not read in time, and nobody stands in yet."""
    waited = ExpressionWrapper(
        F("sent_at") + F("template__instead_after_hours") * timedelta(hours=1), output_field=DateTimeField()
    )
    # an SMS is never seen to be read: it arrived, or it did not
    unseen = Q(opened_at=None, clicked_at=None) & (~Q(channel=Channel.SMS) | Q(delivered_at=None))
    refused = Q(state__in=[State.SKIPPED, State.FAILED, State.BOUNCED]) & ~Q(variant=Message.HOLDOUT)
    unread = Q(state__in=[State.SENT, State.DELIVERED], waited__lte=now) & unseen
    return (
        Message.objects.annotate(waited=waited)
        .filter(refused | unread, template__instead__isnull=False, created_at__gte=now - LOOK_BACK)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .exclude(Exists(Message.objects.filter(key=Concat(OuterRef("key"), Value(":instead")))))
        .order_by("pk")
    )


def stand_in_of(m: Message) -> Message | None:
    """The message that followed this one in another channel."""
    return Message.objects.filter(key=f"{m.key}:instead").first()


def _stand_in(m: Message, now: datetime) -> Planned:
    assert m.template.instead_id is not None  # `_left_alone` asks for it
    return Planned(
        key=f"{m.key}:instead",
        stream_id=m.stream_id,
        template_id=m.template.instead_id,
        customer_id=m.customer_id,
        address=m.address if m.channel == Channel.EMAIL else "",
        language=m.language,
        country=m.country,
        time_zone=m.time_zone,
        ask=m.ask,
        variant=m.variant,
        subject=(m.subject_type, m.subject_id),
        cause=(m.cause_type, m.cause_id or 0),
        send_after=now,
        expires_at=m.expires_at,
        sender_id=m.sender_id if m.channel == Channel.EMAIL else None,
        instead_of_id=m.pk,
    )
