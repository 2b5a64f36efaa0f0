"""Plan messages: rows written down before anything is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from customers.models import Purpose
from events import nudges
from messaging.models import Channel, Message, Sender, Stream, Template
from shelf.rows import insert_missing_rows


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to be written down. ``key`` is made from the cause and makes it unique for ever."""

    key: str
    stream_id: int
    template_id: int
    customer_id: int | None
    address: str
    language: str
    subject: tuple[str, int]
    cause: tuple[str, int]
    send_after: datetime
    expires_at: datetime | None = None
    country: str = ""  # the shop's: its law decides what the message needs
    sender_id: int | None = None  # None: the default sender of the template's channel


def plan(planned: Sequence[Planned]) -> None:
    """Write messages in the running transaction; one whose key exists already stays as it is."""
    if not planned:
        return
    known = Template.objects.in_bulk({p.template_id for p in planned})
    lanes = dict(Purpose.objects.values_list("code", "lane"))
    unsigned = {known[p.template_id].channel for p in planned if p.sender_id is None}
    defaults = {channel: default_sender(channel).pk for channel in unsigned}
    insert_missing_rows(
        [
            Message(
                key=p.key,
                stream_id=p.stream_id,
                template_id=p.template_id,
                customer_id=p.customer_id,
                purpose_id=known[p.template_id].purpose_id,
                lane=lanes[known[p.template_id].purpose_id],
                channel=known[p.template_id].channel,
                sender_id=p.sender_id or defaults[known[p.template_id].channel],
                address=p.address,
                language=p.language,
                country=p.country,
                subject_type=p.subject[0],
                subject_id=p.subject[1],
                cause_type=p.cause[0],
                cause_id=p.cause[1],
                send_after=p.send_after,
                expires_at=p.expires_at,
            )
            for p in planned
        ]
    )
    transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)


def stream(slug: str, name: str) -> Stream:
    return Stream.objects.get_or_create(slug=slug, defaults={"name": name})[0]


def default_sender(channel: str = Channel.EMAIL) -> Sender:
    """Who writes where a store names nobody; made when first asked for."""
    return Sender.objects.get_or_create(channel=channel, is_default=True, defaults={"slug": f"default-{channel}"})[0]
