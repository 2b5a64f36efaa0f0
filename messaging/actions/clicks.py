"""Links that count clicks, and the picture that tells of opening.

``/k/<code>`` says two numbers, of a message and of a ``Link``: where it leads stands in the database alone, so that no
address typed by a stranger is ever redirected to. Pages of our own keep their addresses, for they carry tokens.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import unescape
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from django.conf import settings
from django.db import transaction
from markupsafe import Markup

from messaging import machines
from messaging.actions.unknown import settle_by_news
from messaging.models import Link, Message, News
from messaging.rendering.dress import MARK, is_foreign
from shelf import links

log = logging.getLogger(__name__)

PROVIDER = "aftercare"
CLICK, OPEN = "click", "open"
KNOWN = 20_000  # addresses that a process remembers
ONCE_IN = 10  # seconds: who clicks twice in them clicked once

_ids: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Campaign:
    """Whose statistics a click belongs to. ``shop`` is the host that gets UTM marks; empty: none does."""

    name: str
    shop: str = ""


def home() -> str:
    """Our own host, as it stands in PUBLIC_URL."""
    return urlsplit(settings.PUBLIC_URL).netloc.lower()


# --- In the mail --------------------------------------------------------------------------------------------------


def wrapped(html: str, message_id: int, campaign: Campaign) -> tuple[str, list[str]]:
    """The mail with its marked links led by ``/k/``, and the addresses that have no row yet (see ``learn``)."""
    pieces = html.split(MARK)
    if len(pieces) % 2 == 0:  # a filter cut through a link: this mail keeps its links as they are
        return html.replace(MARK, ""), []
    unknown, door, here = [], f"{settings.PUBLIC_URL}/k/", home()
    for at in range(1, len(pieces), 2):
        target = _target(pieces[at], here, campaign)
        if link := _ids.get(target):
            pieces[at] = door + links.code(CLICK, message_id, link)
        elif target:
            unknown.append(target)
    return "".join(pieces), unknown


def learn(targets: Iterable[str]) -> None:
    """Give addresses their rows: one statement when all have one, three for new ones."""
    wanted = {_digest(target): target for target in targets if target not in _ids}
    if not wanted:
        return
    found = _rows(wanted)
    if missing := [digest for digest in wanted if digest not in found]:
        rows = [Link(url=wanted[digest], digest=digest) for digest in sorted(missing)]
        Link.objects.bulk_create(rows, ignore_conflicts=True)
        found |= _rows(missing)
    if len(_ids) + len(found) > KNOWN:
        _ids.clear()
    _ids.update({wanted[digest]: pk for digest, pk in found.items()})


def forget() -> None:
    """Nothing is remembered of the database."""
    _ids.clear()
    target_of.cache_clear()


def pixel(message_id: int) -> Markup:
    source = f"{settings.PUBLIC_URL}/k/{links.code(OPEN, message_id)}.gif"
    return Markup(  # noqa: S704 - our own address and a code
        f'<img src="{source}" width="1" height="1" alt="" style="display:block;border:0;width:1px;height:1px">'
    )


@lru_cache(maxsize=4096)
def with_utm(url: str, campaign: Campaign) -> str:
    """The shop's address with marks for its statistics; marks that it has, and what follows ``#``, stay."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    if not campaign.shop or not (host == campaign.shop or host.endswith(f".{campaign.shop}")):
        return url
    has = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    marks = {"utm_source": "aftercare", "utm_medium": "email", "utm_campaign": campaign.name}
    new = "&".join(f"{name}={quote(value, safe='')}" for name, value in marks.items() if name not in has)
    marked = urlunsplit(parts._replace(query="&".join(filter(None, [parts.query, new]))))
    return marked if len(marked) <= 2000 else url


@lru_cache(maxsize=8192)
def _target(written: str, here: str, campaign: Campaign) -> str:
    """Where a link of a mail shall lead; empty: it stays as it is written."""
    url = unescape(written).strip()
    return with_utm(url, campaign) if is_foreign(url, here) else ""


def _rows(digests: Iterable[str]) -> dict[str, int]:
    return dict(Link.objects.filter(digest__in=list(digests)).values_list("digest", "pk"))


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


# --- At the door --------------------------------------------------------------------------------------------------


def read_click(code: str) -> tuple[int, int, str]:
    """The message, the link and its address. Raises links.BadLink for whatever is not ours."""
    message_id, link_id = links.read_code(CLICK, code, 2)
    url = target_of(link_id)
    if not url:
        raise links.BadLink
    return message_id, link_id, url


def read_open(code: str) -> int:
    return links.read_code(OPEN, code, 1)[0]


@lru_cache(maxsize=4096)
def target_of(link_id: int) -> str:
    """Rows of links never change. Read once more what is about to be redirected to."""
    url = Link.objects.filter(pk=link_id).values_list("url", flat=True).first() or ""
    return url if is_foreign(url, home()) else ""


def note(kind: str, message_id: int, headers: Mapping[str, str], now: datetime, link_id: int | None = None) -> None:
    """Write a click or an opening down, once in ten seconds. Never raises: the reader is on the way already."""
    try:
        with transaction.atomic():
            _note(kind, message_id, headers, now, link_id)
    except Exception:
        log.exception("%s of message %s could not be noted", kind, message_id)


def _note(kind: str, message_id: int, headers: Mapping[str, str], now: datetime, link_id: int | None) -> None:
    row = Message.objects.filter(pk=message_id).values("handed_off_at", "delivered_at").first()
    if row is None:
        return
    machine = _is_machine(kind, headers, now, row["handed_off_at"], row["delivered_at"])
    told = News(
        message_id=message_id,
        provider=PROVIDER,
        key=f"{kind}:{message_id}:{link_id or 0}:{int(machine)}:{int(now.timestamp()) // ONCE_IN}",
        kind=kind,
        at=now,
        is_machine=machine,
        link_id=link_id,
        detail=headers.get("User-Agent", "")[:500],
    )
    News.objects.bulk_create([told], ignore_conflicts=True)
    settle_by_news([message_id])


def _is_machine(
    kind: str, headers: Mapping[str, str], now: datetime, sent_at: datetime | None, delivered_at: datetime | None
) -> bool:
    agent = headers.get("User-Agent", "")
    if machines.is_prefetch(headers):
        return True
    if kind == News.Kind.OPENED:
        return machines.is_machine_open(agent, (now - sent_at).total_seconds() if sent_at else None)
    since = delivered_at or sent_at
    return machines.is_machine_click(agent, (now - since).total_seconds() if since else None)
