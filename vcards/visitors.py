"""Telling readers apart for one day, without cookies.

A reader is an HMAC of address and browser under a random key of the day. The key lives in one row and is thrown away
with its day: after that nobody, we included, can say who it was, nor whether yesterday's reader came again.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from messaging.machines import is_machine_click, is_prefetch
from vcards.models import VisitorKey

_keys: dict[date, bytes] = {}


def reader_id(day: date, address: str, agent: str, customer_id: int | None = None) -> str:
    """A known customer is the same reader on the telephone and at the desk."""
    who = f"customer:{customer_id}" if customer_id else f"{address}\n{agent}"
    return hmac.digest(_key_of(day), who.encode("utf-8", "replace"), "sha256")[:12].hex()


def is_machine(headers: Mapping[str, str], method: str = "GET") -> bool:
    """Previews of messengers, scanners of mails, crawlers, and browsers that look ahead."""
    return _names_a_machine(headers.get("User-Agent", "")[:400], method) or is_prefetch(headers)


@lru_cache(maxsize=2048)  # the pattern takes 15 µs, and readers share their browsers
def _names_a_machine(agent: str, method: str) -> bool:
    return is_machine_click(agent, None, method)


def forget_keys_before(day: date) -> int:
    """The last day's key stays a day longer, for the requests around midnight."""
    gone, _each = VisitorKey.objects.filter(day_on__lt=day - timedelta(days=1)).delete()
    if gone:
        forget()
    return gone


def forget() -> None:
    """Nothing is remembered of the database."""
    _keys.clear()


def _key_of(day: date) -> bytes:
    key = _keys.get(day)
    if key is None:
        fresh = VisitorKey(day_on=day, secret=secrets.token_bytes(32))
        VisitorKey.objects.bulk_create([fresh], ignore_conflicts=True)
        key = bytes(VisitorKey.objects.get(day_on=day).secret)
        _keys.clear()
        _keys[day] = key
    return key
