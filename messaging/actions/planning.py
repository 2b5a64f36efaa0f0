"""Plan messages: rows written down before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from customers.channels import ADDRESS_OF, Channel
from customers.models import Identifier, Purpose
from events import nudges
from messaging.models import Message, Sender, Stream, Template
from shelf.reasons import Reason
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
    time_zone: str = ""  # the store's, for quiet hours where the customer's own is not known
    ask: str = ""  # customers.Ask: csat, nps…; empty: what the purpose says
    sender_id: int | None = None  # None: the default sender of the template's channel
    instead_of_id: int | None = None
    variant: str = ""
    left_out: Reason | None = None  # written down as not sent, and why


def plan(planned: Sequence[Planned]) -> None:
    """Write messages in the running transaction; one whose key exists already stays as it is."""
    if not planned:
        return
    insert_missing_rows(draft(planned))
    transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)


def draft(planned: Sequence[Planned]) -> list[Message]:
    """The messages as they would be written, in the same order: what a dry run shows to the gate."""
    known = Template.objects.in_bulk({p.template_id for p in planned})
    lanes = dict(Purpose.objects.values_list("code", "lane"))
    unsigned = {known[p.template_id].channel for p in planned if p.sender_id is None} | (
        {template.channel for template in known.values()} - {Channel.EMAIL}
    )
    defaults = {channel: default_sender(channel).pk for channel in unsigned}
    reached = _reached_elsewhere(planned, known)
    now = timezone.now()
    return [
        Message(
            key=p.key,
            stream_id=p.stream_id,
            template_id=p.template_id,
            customer_id=p.customer_id,
            purpose_id=known[p.template_id].purpose_id,
            lane=lanes[known[p.template_id].purpose_id],
            channel=known[p.template_id].channel,
            sender_id=_sender_of(p, known[p.template_id].channel, defaults),
            address=reached.get((p.customer_id, known[p.template_id].channel), p.address),
            language=p.language,
            country=p.country,
            time_zone=p.time_zone,
            ask=p.ask,
            subject_type=p.subject[0],
            subject_id=p.subject[1],
            cause_type=p.cause[0],
            cause_id=p.cause[1],
            send_after=p.send_after,
            expires_at=p.expires_at,
            instead_of_id=p.instead_of_id,
            variant=p.variant,
            **_left_out(p.left_out, now),
        )
        for p in planned
    ]


def _left_out(why: Reason | None, now: datetime) -> dict[str, Any]:
    if why is None:
        return {}
    return {"state": Message.State.SKIPPED, "reason": why.text, "reason_values": why.values, "settled_at": now}


def _sender_of(p: Planned, channel: str, defaults: Mapping[str, int]) -> int:
    """A store names its sender of mails; texts go by the default sender of their channel."""
    if channel == Channel.EMAIL and p.sender_id:
        return p.sender_id
    return defaults[channel]


def _reached_elsewhere(planned: Sequence[Planned], known: Mapping[int, Template]) -> dict[tuple[int | None, str], str]:
    """(customer, channel) → where texts reach them: their newest phone or chat; empty where we know none."""
    wanted = {
        (p.customer_id, known[p.template_id].channel)
        for p in planned
        if known[p.template_id].channel != Channel.EMAIL or not p.address
    }
    if not wanted:
        return {}
    rows = Identifier.objects.filter(customer__in={pk for pk, _channel in wanted}, kind__in=set(ADDRESS_OF.values()))
    newest: dict[tuple[int | None, str], str] = {
        (pk, kind): value for pk, kind, value in rows.order_by("pk").values_list("customer_id", "kind", "value")
    }
    return {(pk, channel): newest.get((pk, ADDRESS_OF[channel]), "") for pk, channel in wanted}


def stream(slug: str, name: str) -> Stream:
    return Stream.objects.get_or_create(slug=slug, defaults={"name": name})[0]


def default_sender(channel: str = Channel.EMAIL) -> Sender:
    """Who writes where a store names nobody; made when first asked for."""
    return Sender.objects.get_or_create(channel=channel, is_default=True, defaults={"slug": f"default-{channel}"})[0]
