"""Asking sources for what their webhooks lost, and those that send nothing of their own accord.

A poll is leased (its next time is pushed ahead, and committed) before the source is asked, outside of every
transaction. The answers become ordinary receipts in the transaction that moves the cursor: a worker killed in between
loses nothing, for the same page is asked again when the lease is over, and what is stored already has its key.
"""

import logging
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events import inbox
from events.models import Connection, Poll
from events.payloads import shown
from events.sources import Asking, Fetch, KeyRefused, NotAnswered, Polled, Source, Unreadable, Wanted
from shelf import safe_http
from shelf.reasons import Reason, Refusal

log = logging.getLogger(__name__)

TIMEOUT = 30  # seconds for one answer
MAX_BYTES = 20_000_000  # a page of fifty orders of five hundred lines
LEASE = timedelta(minutes=10)  # longer than any asking: one page is a few answers
BACK_OFF = [60, 300, 900, 3_600, 21_600]  # seconds
KEY_AGAIN = timedelta(hours=6)  # a key may be mended on the other side, without a word to us
NOTHING_UNDER_WAY = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=1)
IN_TROUBLE = 3  # failures in a row, about twenty minutes

KEY_REFUSED = _("The source refused our key (%(status)s).")
ANSWERED = _("The source answered %(status)s.")
TOO_LONG = _("The source's answer is longer than %(limit)s bytes.")
ERROR = _("An error on our side: %(error)s")


def ask_due(resolver: safe_http.Resolver | None = None) -> int:
    """The clock: ask the source that waits longest; how many were asked. One at a time, so that no lease runs out."""
    sources = {name: source for name, source in inbox.READERS.items() if source.poll}
    now = timezone.now()
    _begin(sources, now)
    poll = _lease(sources, now)
    if poll is None:
        return 0
    _ask(poll, sources[poll.connection.source], resolver)
    return 1


def ask_now(connection: Connection, now: datetime) -> None:
    """It has a new key: whatever was wrong with the old one counts no longer, nor does an answer on its way to it."""
    Poll.objects.filter(connection=connection).update(
        next_at=now, tries=F("tries") + 1, failures=0, refused_at=None, reason="", reason_values={}
    )


def in_trouble():
    """Sources that need a person: their key is refused, or they have not answered for a while."""
    return Poll.objects.filter(failures__gte=IN_TROUBLE) | Poll.objects.filter(refused_at__isnull=False)


def _begin(sources: dict[str, Source], now: datetime) -> None:
    new = Connection.objects.filter(source__in=list(sources), poll=None).exclude(token="")
    Poll.objects.bulk_create(
        [Poll(connection=connection, began_at=now, next_at=now) for connection in new], ignore_conflicts=True
    )


@transaction.atomic
def _lease(sources: dict[str, Source], now: datetime) -> Poll | None:
    due = Poll.objects.filter(
        next_at__lte=now, connection__source__in=list(sources), connection__paused_at=None
    ).exclude(connection__token="")
    locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("connection")
    poll = locked.order_by("next_at", "pk").first()
    if poll:
        poll.tries += 1
        Poll.objects.filter(pk=poll.pk).update(next_at=now + LEASE, tries=F("tries") + 1)
    return poll


def _ask(poll: Poll, source: Source, resolver: safe_http.Resolver | None) -> None:
    """Outside of every transaction; what comes of it is settled in one."""
    now, connection = timezone.now(), poll.connection
    wanted: tuple[Wanted, ...] = ()
    try:
        wanted = tuple(source.wanted(connection, now, source.at_once)) if source.wanted else ()
        if source.wanted and not wanted:
            said = Polled((), poll.cursor, NOTHING_UNDER_WAY)
        else:
            said = source.poll(_asking(poll, source, wanted, now, resolver))  # type: ignore[misc]
    except KeyRefused as error:
        _put_off(poll, error.reason, KEY_AGAIN, refused_at=now)
    except NotAnswered as error:
        _put_off(poll, error.reason, error.wait)
        _pass_over(poll, source, wanted)
    except Refusal as error:
        _put_off(poll, error.reason)
        _pass_over(poll, source, wanted)
    except Exception as error:
        log.exception("%s could not be asked", connection, exc_info=error)
        _put_off(poll, Reason(ERROR, {"error": shown(f"{type(error).__name__}: {error}", longest=500)}))
        _pass_over(poll, source, wanted)
    else:
        _keep(poll, source, said, wanted)


def _asking(
    poll: Poll, source: Source, wanted: tuple[Wanted, ...], now: datetime, resolver: safe_http.Resolver | None
) -> Asking:
    connection = poll.connection
    return Asking(
        address=source.address(connection).rstrip("/"),
        token=connection.token,
        secrets=tuple(inbox.live_secrets(connection, now)),
        options=connection.options,
        cursor=poll.cursor,
        began_at=poll.began_at,
        now=now,
        fetch=_way_out(connection.options, resolver),
        wanted=wanted,
    )


def _way_out(options: dict, resolver: safe_http.Resolver | None) -> Fetch:
    """``safe_http.fetch`` for this connection: its approved private hosts are open, and odd answers are refusals."""
    approved = {str(host).lower() for host in options.get("private_hosts", [])}

    def fetch(
        method: str, url: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> safe_http.Answer:
        answer = safe_http.fetch(
            method,
            url,
            headers=headers,
            body=body,
            timeout=TIMEOUT,
            max_bytes=MAX_BYTES,
            allow_private=(urlsplit(url).hostname or "") in approved,
            resolver=resolver,
        )
        if answer.status in (401, 403):
            raise KeyRefused(KEY_REFUSED, status=answer.status)
        if not 200 <= answer.status < 300:
            wait = _wish(answer.headers.get("retry-after", ""), timezone.now())
            raise NotAnswered(answer.status, wait, ANSWERED, answer.body, status=answer.status)
        if answer.cut:
            raise Unreadable(TOO_LONG, limit=MAX_BYTES)
        return answer

    return fetch


def _wish(retry_after: str, now: datetime) -> timedelta | None:
    """``Retry-After`` in seconds (Shopify writes "2.0") or as a date, within reason."""
    try:
        wait = timedelta(seconds=float(retry_after))
    except (ValueError, OverflowError):
        try:
            wait = parsedate_to_datetime(retry_after) - now
        except (ValueError, TypeError):  # no date, or one without a zone
            return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def _keep(poll: Poll, source: Source, said: Polled, wanted: Sequence[Wanted]) -> None:
    """Answers and cursor in one transaction, if the lease is still ours."""
    now = timezone.now()
    with transaction.atomic():
        row = _mine(poll).select_for_update().first()
        if row is None:
            return
        found = inbox.receive_all(poll.connection, said.deliveries, now)
        if source.asked and wanted:
            numbers = [one.number for one in wanted] if said.asked is None else said.asked
            source.asked(poll.connection, numbers, now)
        _mine(poll).update(
            cursor=said.cursor,
            next_at=now + _about(said.again_in),
            failures=0,
            answered_at=now,
            found=F("found") + found,
            refused_at=None,
            reason="",
            reason_values={},
        )


def _put_off(poll: Poll, why: Reason, wait: timedelta | None = None, refused_at: datetime | None = None) -> None:
    """The cursor stays; the next try comes later each time, and not at once with everybody else's."""
    backed_off = timedelta(seconds=BACK_OFF[min(poll.failures, len(BACK_OFF) - 1)] * settings.BACK_OFF_SCALE)
    _mine(poll).update(
        next_at=timezone.now() + (max(wait, timedelta(seconds=1)) if wait is not None else _about(backed_off)),
        failures=F("failures") + 1,
        refused_at=refused_at,
        reason=why.text,
        reason_values=why.values,
    )


def _pass_over(poll: Poll, source: Source, wanted: Sequence[Wanted]) -> None:
    """Whoever stands first may be why nothing is answered: after a few failures he waits his turn again."""
    if source.asked and wanted and poll.failures + 1 >= IN_TROUBLE:
        with transaction.atomic():
            source.asked(poll.connection, [wanted[0].number], timezone.now())


def _about(wait: timedelta) -> timedelta:
    return wait * random.uniform(0.8, 1.2)  # noqa: S311 - so that not all come at once


def _mine(poll: Poll):
    """Who has lost its lease to another worker writes nothing."""
    return Poll.objects.filter(pk=poll.pk, tries=poll.tries)
