"""Messages in any state, without an order or a written template: for what becomes of them, not what they say."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from messaging.actions.archive import patterns_of
from messaging.models import Message, MessageBody, News, Sender, Stream, Template
from messaging.rendering import RenderedMail

NOON = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NUMBERS = count(1)
LEFT = ("sent", "delivered", "bounced", "complained")


def letter(state: str = "ready", purpose: str = "order_updates", url: str = "", **fields: Any) -> Message:
    """One message; what was handed over has been so at NOON. ``url`` is its sender's way out."""
    number = next(NUMBERS)
    sender, _ = Sender.objects.get_or_create(
        slug=f"sender-{url[:40].translate(str.maketrans('/:?=&.', '------'))}", url=url
    )
    template, _ = Template.objects.get_or_create(
        slug=f"plain-{purpose}", defaults={"name": f"A letter ({purpose})", "purpose_id": purpose}
    )
    stream, _ = Stream.objects.get_or_create(slug="letters", defaults={"name": "Letters"})
    known = {
        "key": f"letter:{number}",
        "address": f"reader{number}@example.com",
        "language": "en",
        "subject_type": "order",
        "subject_id": 10_000_000 + number,
        "send_after": NOON,
    }
    if state in (*LEFT, "sending", "unknown"):
        known |= {"handed_off_at": NOON, "attempts": 1}
    if state in LEFT:
        known |= {"sent_at": NOON}
    return Message.objects.create(
        state=state, sender=sender, template=template, purpose_id=purpose, stream=stream, **(known | fields)
    )


def news(message: Message, kind: str, at: datetime = NOON, **fields: Any) -> News:
    fields = {"provider": "postmark", "key": f"news:{next(NUMBERS)}", "is_final": kind == "bounced"} | fields
    return News.objects.create(message=message, kind=kind, at=at, **fields)


def keep(message: Message, html: str, text: str) -> None:
    """Put one letter away that did not go through the post."""
    [pattern] = patterns_of([("", "")])
    folded = pattern.fold(RenderedMail("", html, text))
    MessageBody.objects.create(message=message, pattern_id=pattern.pk, folded=folded)


def state_of(message: Message) -> str:
    message.refresh_from_db()
    return message.state
