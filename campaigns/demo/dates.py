"""Demo only: set what the demo wrote to the minute at which it would have been written.

The demo does its work once a day of the tale, because forty days of single steps would take a minute. So until now a
confirmation of half past eight was sent at noon. Nobody's rows but the demo's exist yet: the whole table is meant.
"""

import email
import email.policy
from collections import defaultdict, deque
from datetime import datetime, timedelta
from email.utils import format_datetime

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from campaigns.models import Enrolment, StepTaken
from customers.models import Customer, Identifier, Stats
from events.models import Event, Receipt
from feedback.models import Request
from messaging.models import LocalMail, Message
from orders.models import Order
from tracking.models import Shipment

MAILBOX = 24  # mails kept; older ones are history and live in the messages' archive
SOON = timedelta(seconds=2)
TOLD = timedelta(minutes=2, seconds=8)  # a carrier takes a while to tell


def date_back() -> None:
    Receipt.objects.update(read_at=F("received_at") + SOON, next_at=F("received_at"))
    Shipment.objects.filter(fulfilled_at__isnull=False).update(
        created_at=F("fulfilled_at") + SOON, updated_at=Coalesce(F("since"), F("fulfilled_at")) + SOON
    )
    came = Stats.objects.filter(customer=OuterRef("pk")).values("first_order_at")
    Customer.objects.update(created_at=Coalesce(Subquery(came), F("created_at")))
    owner = Customer.objects.filter(pk=OuterRef("customer")).values("created_at")
    Identifier.objects.update(created_at=Subquery(owner))
    date_messages()
    date_journeys()
    date_facts()
    date_mails()


def date_messages() -> None:
    """Each message is planned right after its cause, and leaves; one that the gate holds goes on waiting."""
    placed = dict(Order.objects.values_list("pk", "placed_at"))
    shipped = dict(Shipment.objects.values_list("pk", "shipped_at"))
    messages = list(Message.objects.select_related("template"))
    for m in messages:
        if m.template.slug == "order_confirmation":
            shift(m, placed[m.subject_id] + 2 * SOON)
        elif m.template.slug == "shipping_update":
            shift(m, shipped[m.subject_id] + TOLD)
        else:
            shift(m, m.expires_at - timedelta(hours=72) + SOON)  # late_hours of the preset
    moved = ["created_at", "send_after", "handed_off_at", "sent_at", "settled_at"]
    Message.objects.bulk_update(messages, moved)


def shift(m: Message, planned_at: datetime) -> None:
    """Planned then, and what came of it as much earlier."""
    by = planned_at - m.created_at
    past = ["created_at", "handed_off_at", "sent_at", "settled_at"]
    for name in past if m.state == Message.State.READY else [*past, "send_after"]:
        at = getattr(m, name)
        setattr(m, name, at + by if at else None)


def date_journeys() -> None:
    placed = Order.objects.filter(pk=OuterRef("order_id")).values("placed_at")
    Enrolment.objects.filter(subject_type="order").update(entered_at=Subquery(placed))
    message = Message.objects.filter(cause_type="enrolment", cause_id=OuterRef("enrolment_id")).values("created_at")
    StepTaken.objects.update(at=Coalesce(Subquery(message[:1]), F("at")))
    asked = Message.objects.filter(subject_type="order", subject_id=OuterRef("order_id"), purpose="review_requests")
    Request.objects.update(created_at=Subquery(asked.values("created_at")[:1]))


def date_facts() -> None:
    asked = Request.objects.filter(order_id=OuterRef("subject_id")).values("created_at")
    Event.objects.filter(kind="review.requested").update(at=Subquery(asked))
    Event.objects.update(recorded_at=F("at") + SOON, handled_at=F("at") + 2 * SOON)


def date_mails() -> None:
    """The newest mails stay in the mailbox, dated as their messages; e-mail headers know no clock but the wall's."""
    sent_at = defaultdict(deque)  # two parcels of one order have two mails of one subject
    sent = Message.objects.filter(sent_at__isnull=False).order_by("pk")
    for address, subject, at in sent.values_list("address", "subject", "sent_at"):
        sent_at[address, subject].append(at)
    mails = list(LocalMail.objects.order_by("pk"))
    for mail in mails:
        mail.at = sent_at[mail.to, mail.subject].popleft()
    newest = sorted(mails, key=lambda mail: mail.at)[-MAILBOX:]
    LocalMail.objects.exclude(pk__in=[mail.pk for mail in newest]).delete()
    for mail in newest:
        parsed = email.message_from_bytes(bytes(mail.raw), policy=email.policy.SMTP)
        parsed.replace_header("Date", format_datetime(mail.at))
        mail.raw = parsed.as_bytes()
    LocalMail.objects.bulk_update(newest, ["at", "raw"])
