"""Ask a provider whether it had a letter: where it keeps our mark and can search for it.

Postmark searches metadata (postmarkapp.com/support/article/1125-custom-metadata-faq), Brevo tags
(developers.brevo.com/reference/get-email-event-report), Mailgun the recipient, and tells our variables with each event
(documentation.mailgun.com, Events). An answer counts only if it names our mark or our recipient: a provider that
answers with somebody else's letter has not answered.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from messaging.identity import METADATA
from shelf import safe_http
from shelf.reasons import Refusal

TIMEOUT = 5.0  # seconds for one question
MAX_BYTES = 1_000_000
MAILGUN_PAGE = 300  # the most events that Mailgun tells at once


@dataclass(frozen=True, slots=True)
class Question:
    """Which letter: its mark, to whom, and when it was handed over."""

    mark: str
    to: str
    handed_off_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """The provider had it; its own number of it."""

    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """The provider knows no such letter."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """No answer, or none that can be believed. ``way_failed``: nobody else need ask now."""

    error: str
    way_failed: bool = False


Said = Found | Absent | CannotTell


@dataclass(frozen=True, slots=True)
class Way:
    """An EMAIL_URL in its parts."""

    scheme: str
    secret: str
    options: Mapping[str, str]

    def base(self, default: str) -> str:
        return self.options.get("api_url", default).rstrip("/")


Ask = Callable[[Way, Question], Said]


@dataclass(frozen=True, slots=True)
class Lookup:
    """``settles``: how long after the hand-over the provider's log is complete, so that "no" means no."""

    ask: Ask
    settles: timedelta


def find(url: str, question: Question) -> Said:
    """What the provider behind an EMAIL_URL says of a letter. Never raises."""
    lookup = lookup_for(url)
    if lookup is None:
        return CannotTell("this provider cannot be asked")
    try:
        return lookup.ask(_way(url), question)
    except Refusal as refusal:  # blocked, unreachable, too slow
        return CannotTell(str(refusal), way_failed=True)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return CannotTell(f"the answer makes no sense: {type(error).__name__}")


def lookup_for(url: str) -> Lookup | None:
    return LOOKUPS.get(url.partition("://")[0])


def _way(url: str) -> Way:
    scheme, _, rest = url.partition("://")
    parts = urlsplit(f"x://{rest}")
    return Way(scheme, unquote(parts.netloc), dict(parse_qsl(parts.query)))


# --- Providers ----------------------------------------------------------------------------------------------------


def _ask_postmark(way: Way, question: Question) -> Said:
    said = _get(
        way,
        f"{way.base('https://api.postmarkapp.com')}/messages/outbound",
        {"count": "5", "offset": "0", f"metadata_{METADATA}": question.mark},
        {"X-Postmark-Server-Token": way.secret},
    )
    if isinstance(said, CannotTell):
        return said
    letters = said["Messages"]
    ours = [
        letter
        for letter in letters
        if _same(question.to, letter["Recipients"])
        and letter.get("Metadata", {}).get(METADATA, question.mark) == question.mark
    ]
    return _judged(letters, [letter["MessageID"] for letter in ours])


def _ask_brevo(way: Way, question: Question) -> Said:
    days = (datetime.now(UTC) - question.handed_off_at).days + 2  # it counts whole days, today included
    said = _get(
        way,
        f"{way.base('https://api.brevo.com/v3')}/smtp/statistics/events",
        {
            "email": question.to,
            "tags": json.dumps([question.mark]),
            "days": str(max(1, min(days, 90))),
            "limit": "10",
        },
        {"api-key": way.secret},
    )
    if isinstance(said, CannotTell):
        return said
    events = said.get("events", [])  # Brevo leaves the list out when it is empty
    ours = [e for e in events if question.mark in (e.get("tag") or "") and _same(question.to, [e["email"]])]
    return _judged(events, [e["messageId"] for e in ours])


def _ask_mailgun(way: Way, question: Question) -> Said:
    domain = way.options.get("sender_domain", "")
    if not domain:
        return CannotTell("EMAIL_URL names no sender_domain")
    begin = question.handed_off_at - timedelta(minutes=5)
    said = _get(
        way,
        f"{way.base('https://api.mailgun.net/v3')}/{quote(domain, safe='')}/events",
        {
            "recipient": question.to,
            "begin": str(int(begin.timestamp())),
            "ascending": "yes",
            "limit": str(MAILGUN_PAGE),
        },
        {"Authorization": "Basic " + b64encode(f"api:{way.secret}".encode()).decode("ascii")},
    )
    if isinstance(said, CannotTell):
        return said
    events = said["items"]
    ours = [e for e in events if (e.get("user-variables") or {}).get(METADATA) == question.mark]
    if ours:
        return Found(str(ours[0]["message"]["headers"]["message-id"])[:200])
    # the others are this recipient's other letters: no lie, but a full page may hide ours behind it
    return CannotTell("too many events to see them all") if len(events) >= MAILGUN_PAGE else Absent()


LOOKUPS: dict[str, Lookup] = {
    "postmark": Lookup(_ask_postmark, timedelta(minutes=5)),
    "brevo": Lookup(_ask_brevo, timedelta(minutes=15)),
    # Mailgun calls a list of events complete when they are half an hour old (Event Polling)
    "mailgun": Lookup(_ask_mailgun, timedelta(minutes=30)),
}


def _get(way: Way, url: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Any:
    """The JSON object that was answered, or CannotTell. An ``api_url`` of one's own may be on the local network."""
    answer = safe_http.fetch(
        "GET",
        f"{url}?{urlencode(query)}",
        headers={"Accept": "application/json", **headers},
        timeout=TIMEOUT,
        max_bytes=MAX_BYTES,
        allow_private="api_url" in way.options,
    )
    if answer.status != 200 or answer.cut:
        # wrong key, too many questions, trouble: it will be no different for the next letter
        return CannotTell(f"the provider answered {answer.status}", way_failed=True)
    said = json.loads(answer.body)
    if not isinstance(said, dict):
        raise TypeError("not an object")
    return said


def _judged(told: list, ours: list) -> Said:
    if ours:
        return Found(str(ours[0])[:200])
    return CannotTell("the provider answered with another letter") if told else Absent()


def _same(address: str, told: list[str]) -> bool:
    return any(address.casefold() in one.casefold() for one in told)
