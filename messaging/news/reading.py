"""What a provider tells, in one shape. Pure: anymail's parsers, and what they leave out of hard and soft bounces."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anymail.exceptions import AnymailError
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.utils.translation import gettext_noop as _

from events.sources import Ignored, Unreadable
from messaging.identity import METADATA, read_mark
from messaging.inbound.reports import blames_letter, is_dead, status_in
from messaging.inbound.text import clean
from messaging.models import News
from messaging.news.packing import Packed, unpack
from messaging.news.providers import PROVIDERS
from shelf.emails import normalise_email
from shelf.reasons import Reason

Kind = News.Kind

KINDS = {
    EventType.QUEUED: Kind.SENT,
    EventType.SENT: Kind.SENT,
    EventType.DEFERRED: Kind.DEFERRED,
    EventType.DELIVERED: Kind.DELIVERED,
    EventType.BOUNCED: Kind.BOUNCED,
    EventType.REJECTED: Kind.BOUNCED,
    EventType.FAILED: Kind.BOUNCED,
    EventType.COMPLAINED: Kind.COMPLAINED,
    EventType.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
    EventType.OPENED: Kind.OPENED,
    EventType.CLICKED: Kind.CLICKED,
}

NOTHING_FOR_US = Reason(
    _("It tells nothing of a letter's way: neither delivery nor bounce, complaint, opening or click.")
)


# What anymail's parsers raise over a request that is not what they expect; anything else is an error of ours.
CONFUSED = (
    *(AnymailError, ImproperlyConfigured, SuspiciousOperation),
    *(ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was told of one letter to one address. ``key`` is the same when it is told again.

    ``is_final``: the letter will not arrive any more; ``is_dead``: no letter to this address ever will.
    """

    provider: str
    key: str
    kind: str
    at: datetime | None  # None: now
    address: str = ""
    mark: str = ""
    provider_id: str = ""
    message_id: int | None = None  # where a signature of ours has proven it already
    detail: str = ""
    is_final: bool = False
    is_dead: bool = False
    user_agent: str = ""
    url: str = ""


def read_news(provider: str, packed: Packed) -> tuple[Told, ...] | Ignored:
    """What this request tells. Raises Unreadable for one that makes no sense."""
    if (address := _address_to_confirm(packed)) is not None:
        raise Unreadable(
            _("Amazon asks whether these news are wanted. Open this address once, then leave this here: %(url)s"),
            url=address[:500],
        )
    try:
        view = PROVIDERS[provider].view("news", proven=True)
        events = view.parse_events(unpack(packed))
    except CONFUSED as error:
        said = f"{type(error).__name__}: {error}"[:300]
        raise Unreadable(
            _("anymail could not read what %(provider)s says: %(error)s"), provider=provider, error=said
        ) from error
    told = tuple(_told(provider, e) for e in events if isinstance(e, AnymailTrackingEvent) and e.event_type in KINDS)
    return told or Ignored(NOTHING_FOR_US)


def _address_to_confirm(packed: Packed) -> str | None:
    """Amazon's topics begin with a question that only a person may answer."""
    if (packed.get("headers") or {}).get("x-amz-sns-message-type") != "SubscriptionConfirmation":
        return None
    try:
        return str(json.loads(packed.get("body") or "{}").get("SubscribeURL", ""))
    except (ValueError, AttributeError):
        return ""


def _told(provider: str, event: AnymailTrackingEvent) -> Told:
    kind = KINDS[event.event_type]
    said = clean(" ".join(str(part) for part in (event.description, event.mta_response) if part))
    address = normalise_email(event.recipient) or ""
    dead = kind == Kind.BOUNCED and _is_dead(event, said)
    return Told(
        provider=provider,
        key=_key(event, kind, address),
        kind=kind,
        at=event.timestamp,
        address=address,
        mark=_mark(event),
        provider_id=str(event.message_id or "")[:200],
        detail=_detail(event, said)[:500],
        is_final=kind == Kind.BOUNCED and (dead or not _is_soft(event)),
        is_dead=dead,
        user_agent=str(event.user_agent or "")[:500],
        url=str(event.click_url or "")[:2000],
    )


def _key(event: AnymailTrackingEvent, kind: str, address: str) -> str:
    """Made of what happened, not of the request that tells it: providers number their tries, too."""
    what = [kind, str(event.message_id), address, event.click_url or "", event.user_agent or ""]
    when = event.timestamp.isoformat() if event.timestamp else _hash(str(event.esp_event))
    return _hash("\n".join([*what, when]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _mark(event: AnymailTrackingEvent) -> str:
    """Our mark in the metadata, else in a tag, else in the Message-ID."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    tags = event.tags if isinstance(event.tags, Iterable) else ()
    for place in (metadata.get(METADATA), *tags, event.message_id):
        if place and (mark := read_mark(str(place))):
            return mark
    return ""


def _detail(event: AnymailTrackingEvent, said: str) -> str:
    return said or str(event.reject_reason or "")


# --- Hard and soft ------------------------------------------------------------------------------------------------

# anymail calls most of them "bounced"; the providers' own words tell which are for good. Lower case, by substring.
SOFT_WORDS = ("soft", "transient", "undetermined", "temporary", "deferred")
HARD_WORDS = ("hard", "permanent", "invalid_email", "bad_mailbox")
# Fields in which providers say it.
FIELDS = ("event", "type", "Type", "bounceType", "bounce_category", "bounce_class", "severity", "status", "hard_bounce")


def _words(event: AnymailTrackingEvent) -> list[str]:
    found: list[str] = []
    waiting: list[tuple[Any, int]] = [(event.esp_event, 0)]
    while waiting:
        value, depth = waiting.pop()
        if not isinstance(value, dict) or depth > 3:
            continue
        for name, inner in value.items():
            if name == "hard_bounce":
                found.append("hard" if inner in (True, "1", "true", 1) else "soft")
            elif name in FIELDS and isinstance(inner, str):
                found.append(inner.lower())
            elif isinstance(inner, dict):
                waiting.append((inner, depth + 1))
    return found


# SparkPost's classes: https://www.sparkpost.com/docs/deliverability/bounce-classification-codes/
SPARKPOST_DEAD, SPARKPOST_SOFT = ("10", "30"), ("20", "21", "22", "23", "24", "40", "70")


def _is_hard(words: list[str]) -> bool:
    return any(hard in word for word in words for hard in HARD_WORDS)


def _is_soft(event: AnymailTrackingEvent) -> bool:
    """Said to be of the moment: another try may reach the address, and this letter, too."""
    words = _words(event)
    return not _is_hard(words) and any(w in SPARKPOST_SOFT or soft in w for w in words for soft in SOFT_WORDS)


def _is_dead(event: AnymailTrackingEvent, said: str) -> bool:
    """Is the address gone for good? A letter refused as spam, or by the provider's own policy, is no proof of that."""
    words, reason = _words(event), event.reject_reason
    if event.event_type == EventType.REJECTED:
        return reason in (RejectReason.INVALID, RejectReason.BOUNCED)
    if reason in (RejectReason.BLOCKED, RejectReason.SPAM, RejectReason.TIMED_OUT) or _is_soft(event):
        return False
    status = status_in(said)
    if reason == RejectReason.INVALID or is_dead(status, said) or any(word in SPARKPOST_DEAD for word in words):
        return True
    # A provider that says "hard" has judged it already, unless the server's own words speak of something else.
    about_the_address = not status or status.startswith(("5.0", "5.1", "5.2.1"))
    return _is_hard(words) and about_the_address and not blames_letter(said)
