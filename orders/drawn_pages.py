"""The order's page as it was drawn, kept until something that it shows changes (docs/decisions/0055-a-page-is-kept.md).

One statement says who the token stands for, the *stamp* of today's data, and the page if it was drawn from that very
data: the row's version, the store's looks, the local day, whether something is not settled with the customer, and the
program itself. A page under any other stamp is never read. What a verified visitor sees is not kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest
from django.utils import timezone

from orders import showing
from orders.links import Door
from orders.models import DrawnPage
from shelf import pages, release
from shelf.prepared import Prepared

LIVES = timedelta(days=1)  # its local day is part of the stamp
BATCH = 1000

ROW = """
SELECT p.order_id, concat_ws(' ', p.version, shop.looks, (%(now)s AT TIME ZONE shop.time_zone)::date,
        coalesce(m.word, 'calm'), %(program)s), d.stamp, d.language, d.html
FROM orders_order o
JOIN orders_orderpage p ON p.order_id = o.id
JOIN orders_store shop ON shop.id = o.store_id
LEFT JOIN LATERAL (SELECT 'open' AS word FROM customers_openmatter
    WHERE customer_id = o.customer_id AND closed_at IS NULL LIMIT 1) m ON true
LEFT JOIN orders_drawnpage d ON d.order_id = o.id AND d.tier = %(tier)s AND d.asked = %(asked)s
WHERE """
TYPES = {"now": "timestamptz", "program": "text", "tier": "text", "asked": "text"}
# Planning five tables anew takes the server five times as long as finding the six rows.
BY_LINK = Prepared(
    "drawn_page_by_link",
    ROW + "o.id = %(order_id)s AND o.link_version = %(version)s",
    TYPES | {"order_id": "bigint", "version": "int"},
)
BY_PUBLIC_ID = Prepared("drawn_page_by_id", ROW + "o.public_id = %(public_id)s", TYPES | {"public_id": "text"})
KEEP = """
INSERT INTO orders_drawnpage AS d (order_id, tier, asked, stamp, language, html, drawn_at)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (order_id, tier, asked) DO UPDATE SET (stamp, language, html, drawn_at)
    = (excluded.stamp, excluded.language, excluded.html, excluded.drawn_at)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A page that exists, as ``tier`` may see it. No ``html``: it has to be drawn from the data of the ``stamp``."""

    order_id: int
    tier: str
    asked: str
    stamp: str
    language: str
    html: str

    @property
    def is_calm(self) -> bool:
        """Nothing is unsettled with the customer."""
        return " calm " in self.stamp


def find(door: Door, tier: str, asked: str, now: datetime) -> Found:
    """Raises Http404 for whatever opens nothing, always alike."""
    who = {"order_id": door.order_id, "version": door.version} if door.is_signed else {"public_id": door.public_id}
    given = {"now": now, "program": program(), "tier": tier, "asked": asked, **who}
    rows = _asked(BY_LINK if door.is_signed else BY_PUBLIC_ID, given)
    if not rows:
        raise Http404
    order_id, stamp, kept_under, language, html = rows[0]
    return Found(order_id, tier, asked, stamp, *((language, html) if kept_under == stamp else ("", "")))


def _asked(question: Prepared, given: dict[str, Any]) -> list[tuple]:
    """Whether a connection that was kept still lives, the question itself finds out: to ask it first takes as long."""
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return question.run(given)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return question.run(given)


def keep(found: Found, language: str, html: str, now: datetime) -> None:
    values = [found.order_id, found.tier, found.asked, found.stamp, language, html, now]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values)


def may_keep(request: HttpRequest, tier: str) -> bool:
    """An address with more in its query goes on in the page's links; templates under work change without a word."""
    return tier != showing.VERIFIED and request.GET.keys() <= {"lang"} and not settings.DEBUG


def language_asked(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in pages.OURS else ""


def program() -> str:
    """What else a page is made of: this program, and the address of this house."""
    return _program(settings.PUBLIC_URL)


@lru_cache(maxsize=4)
def _program(address: str) -> str:
    return sha256(f"{release.fingerprint()} {address}".encode()).hexdigest()[:16]


def forget_drawn() -> int:
    """What was drawn yesterday, which no stamp fits any more; how many. A clock's."""
    old = DrawnPage.objects.filter(drawn_at__lt=timezone.now() - LIVES).order_by().values("pk")[:BATCH]
    return DrawnPage.objects.filter(pk__in=old)._raw_delete(DrawnPage.objects.db)
