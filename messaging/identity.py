"""The mark by which we know a letter again, wherever it turns up: its Message-ID, a provider's log, a provider's news.

``17-9f86d081884c7d659a2feaa0c55ad015`` is the row's number and 32 hex digits made of its key with SECRET_KEY: the same
on every attempt, not to be guessed by strangers, and short enough for Postmark's metadata (80 characters). The digits
tell our letter from one with the same number that another installation sent through the same account.
"""

import hmac
import re
from collections.abc import Iterable

from django.conf import settings
from django.utils.crypto import constant_time_compare

from messaging.models import Message
from shelf.links import signing_key

METADATA = "aftercare"  # the name under which providers keep the mark
_MARK = re.compile(r"(?<![0-9A-Za-z])([1-9]\d{0,17})-([0-9a-f]{32})(?![0-9A-Za-z])")


def mark_of(message: Message) -> str:
    return f"{message.pk}-{_digits(message.key, settings.SECRET_KEY)}"


def message_id(mark: str, address: str) -> str:
    """The Message-ID of a letter that ``address`` sends: a receiver who gets it twice can keep one."""
    return f"<{mark}@{address.rpartition('@')[2] or 'localhost'}>"


def read_mark(text: str) -> str:
    """The first mark in a Message-ID, a header or a word; empty when there is none. It proves nothing yet."""
    found = _MARK.search(text)
    return found[0] if found else ""


def messages_of(marks: Iterable[str]) -> dict[str, int]:
    """Which of these marks are ours: mark → number of the message. Forged, foreign and torn ones are missing."""
    claimed = {mark: int(mark.partition("-")[0]) for mark in marks if _MARK.fullmatch(mark)}
    keys = dict(Message.objects.filter(pk__in=set(claimed.values())).values_list("pk", "key"))
    return {mark: pk for mark, pk in claimed.items() if pk in keys and _is_ours(mark, keys[pk])}


def _is_ours(mark: str, key: str) -> bool:
    digits = mark.partition("-")[2]
    return any(
        constant_time_compare(digits, _digits(key, secret))
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


def _digits(key: str, secret: str) -> str:
    return hmac.digest(signing_key("messaging.identity", secret), key.encode(), "sha256").hex()[:32]
