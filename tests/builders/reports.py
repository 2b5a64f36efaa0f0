"""People on a journey as rows: who entered, what each step came to, what became of the message, what they ordered."""

from datetime import datetime, timedelta
from decimal import Decimal

from campaigns.models import Enrolment, Journey, JourneyVersion, StepTaken
from messaging.models import Message, News
from orders.models import Order
from tests.builders import room

SOON = timedelta(minutes=5)


def journey(definition: dict | None = None) -> Journey:
    """The preset of the review request, or one with these steps."""
    found = Journey.objects.get(slug="review_request")
    if definition:
        JourneyVersion.objects.create(journey=found, number=99, definition=definition)
    return found


def entered(many: list[Order], of: Journey, **fields) -> list[Enrolment]:
    version = of.versions.order_by("-number").first()
    return Enrolment.objects.bulk_create(
        Enrolment(
            **{
                "journey": of,
                "version": version,
                "customer_id": order.customer_id,
                "subject_type": "order",
                "subject_id": order.pk,
                "order": order,
                "entry_key": f"order:{order.pk}",
                "entered_at": order.placed_at,
                "since_at": order.placed_at,
                "state": "done",
                **fields,
            }
        )
        for order in many
    )


def took(enrolments: list[Enrolment], step: str, outcome: str = "planned", seq: int = 1) -> None:
    StepTaken.objects.bulk_create(
        StepTaken(enrolment=e, seq=seq, step=step, outcome=outcome, at=e.entered_at + SOON) for e in enrolments
    )


def wrote(enrolments: list[Enrolment], step: str, suffix: str = "", **fields) -> list[Message]:
    """The message of that step for each, in the state and with the reason given."""
    made = room.messages([e.order for e in enrolments], **fields)
    for message, e in zip(made, enrolments, strict=True):
        message.key = f"journey:{e.journey.slug}:{e.entry_key}:{step}{suffix}"
        message.cause_type, message.cause_id, message.stream_id = "enrolment", e.pk, e.journey.stream_id
        message.sent_at = e.entered_at + SOON if message.state in ("sent", "delivered") else None
    Message.objects.bulk_update(made, ["key", "cause_type", "cause_id", "stream_id", "sent_at"])
    return made


def clicked(message: Message, at: datetime, is_machine: bool = False) -> None:
    News.objects.create(
        message=message, provider="aftercare", key=f"{message.pk}:{at.timestamp()}", kind="clicked", at=at,
        is_machine=is_machine,
    )  # fmt: skip
    if not is_machine and (message.clicked_at is None or at < message.clicked_at):
        message.clicked_at = at
        message.save(update_fields=["clicked_at"])


def ordered(by: Order, at: datetime, total: str = "500.00", currency: str = "UAH", **fields) -> Order:
    """Another order of the same customer."""
    return Order.objects.create(
        store=by.store,
        external_id=f"{by.external_id}-{at.timestamp()}",
        number=f"{by.number}-{Order.objects.count()}",
        customer_id=by.customer_id,
        placed_at=at,
        total=Decimal(total),
        currency=currency,
        **fields,
    )
