"""The inbox: store what arrives, read it in a worker, park what cannot be read, replay.

A delivery is one INSERT in the request. Everything else happens in ``read_waiting``, by the batch, in one transaction:
a bug in a reader loses nothing, it is fixed and the receipt replayed. A receipt that kills its reader's process, or
keeps it for ever, ends as ``dead`` like any other that cannot be read (events/underway.py, events/patience.py).
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from urllib.parse import parse_qs

from django.conf import settings
from django.db import connection as db
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events import nudges, underway
from events.models import Connection, Receipt, Underway
from events.patience import at_most
from events.payloads import parse_object, shown
from events.sources import IN_ADDRESS, Delivery, Headers, Ignored, Outcome, Source, Unreadable, Waiting
from shelf.reasons import Reason, Refusal

log = logging.getLogger(__name__)

BATCH = 200
GIVE_UP_AFTER = 6  # tries of an unexpected error: with the waits below about 36 minutes
BACK_OFF = [1, 5, 30, 300, 1800]  # seconds

READERS: dict[str, Source] = {}


def read_with(readers: Mapping[str, Source]) -> None:
    """Given once by config/apps.py: the table source → Source."""
    READERS.clear()
    READERS.update(readers)


# --- Arriving -----------------------------------------------------------------------------------------------------

CACHE_SECONDS = 5
_connections: dict[tuple[str, str], tuple[float, Connection | None]] = {}


def find_connection(source: str, slug: str, clock: Callable[[], float], fresh: bool = False) -> Connection | None:
    """The connection at this address, remembered for five seconds: the door saves a query per delivery.

    ``fresh`` looks into the database: a secret that was rotated a second ago counts before anything is refused.
    """
    hit = None if fresh else _connections.get((source, slug))
    if hit and hit[0] > clock():
        return hit[1]
    found = Connection.objects.filter(source=source, slug=slug).first()
    if found:  # unknown addresses are not remembered: a scanner must not fill the table
        _connections[source, slug] = (clock() + CACHE_SECONDS, found)
    return found


def forget_connections() -> None:
    _connections.clear()


def live_secrets(connection: Connection, now: datetime) -> list[str]:
    """Secrets that still count, newest first."""
    return [s["secret"] for s in connection.secrets if not s.get("until") or datetime.fromisoformat(s["until"]) > now]


def receive(connection: Connection, key: str, topic: str, body: bytes) -> bool:
    """Store one delivery and commit. False when it had been stored before: a repetition changes nothing."""
    now = timezone.now()
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_receipt (connection_id, key, topic, body, state, reason, reason_values, waits_for,"
            " attempts, received_at, next_at) VALUES (%s, %s, %s, %s, 'waiting', '', '{}', '', 0, %s, %s)"
            " ON CONFLICT (connection_id, key) DO NOTHING",
            [connection.pk, key[:200], topic[:100], body, now, now],
        )
        new = cursor.rowcount == 1
    if new:
        transaction.on_commit(lambda: nudges.nudge("receipts"), robust=True)
    return new


def receive_all(connection: Connection, deliveries: Sequence[Delivery], now: datetime) -> int:
    """Store what a source answered, in the running transaction; how many of these we did not have."""
    if not deliveries:
        return 0
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_receipt (connection_id, key, topic, body, state, reason, reason_values, waits_for,"
            " attempts, received_at, next_at) SELECT %s, d.key, d.topic, d.body, 'waiting', '', '{}', '', 0, %s, %s"
            " FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS d(key, topic, body)"
            " ON CONFLICT (connection_id, key) DO NOTHING",
            [
                *(connection.pk, now, now),
                [d.key[:200] for d in deliveries],
                [d.topic[:100] for d in deliveries],
                [d.body for d in deliveries],
            ],
        )
        new = cursor.rowcount
    transaction.on_commit(lambda: nudges.nudge("receipts"), robust=True)
    return new


def count_refusal(connection: Connection, now: datetime) -> None:
    """A wrong signature leaves a counter and nothing else."""
    Connection.objects.filter(pk=connection.pk).update(refused=F("refused") + 1, last_refused_at=now)


# --- Reading ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Verdict:
    """What became of one receipt in this pass."""

    receipt: Receipt
    state: str
    reason: Reason = Reason("")  # noqa: RUF009 - frozen
    waits_for: str = ""
    next_at: datetime | None = None


def read_waiting(limit: int = BATCH) -> int:
    """Read one batch of due receipts; how many were taken."""
    now = timezone.now()
    due = (
        Receipt.objects.filter(state=Receipt.State.WAITING, next_at__lte=now)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("next_at", "id")
    )
    new = due.exclude(pk__in=underway.rows_of("receipts")).values_list("pk", "attempts")

    def work(piece: Underway) -> int:
        receipts = list(due.filter(pk__in=piece.ids).prefetch_related("connection"))  # a handful: shared, not joined
        if underway.is_deadly(piece):
            _settle([Verdict(r, Receipt.State.DEAD, DEADLY) for r in receipts], now)
        else:
            _read_all(receipts, now)
        return len(receipts)

    return underway.work_through("receipts", lambda: _batch(list(new[:limit])), work, now)


def _batch(due: list[tuple[int, int]]) -> list[int]:
    """Of (key, attempts), oldest first: one that failed before goes alone, for it may take long to fail again."""
    if due and due[0][1]:
        return [due[0][0]]
    return [pk for pk, attempts in due if not attempts]


DEADLY = Reason(_("Reading it ended the process of the worker, time after time."))


def _read_all(receipts: list[Receipt], now: datetime) -> None:
    for source, batch in groupby(sorted(receipts, key=lambda r: r.connection.source), lambda r: r.connection.source):
        _settle(_read(READERS.get(source), list(batch), now), now)


def _read(source: Source | None, receipts: list[Receipt], now: datetime) -> list[Verdict]:
    if source is None:
        return [Verdict(r, Receipt.State.PARKED, Reason(_("Nobody here reads this source yet."))) for r in receipts]
    verdicts, seen = [], []
    for receipt in receipts:
        try:
            with at_most(rows=1):
                said = source.read(receipt.topic, parse_object(bytes(receipt.body), source.max_bytes))
        except Refusal as refusal:
            verdicts.append(_refused(receipt, refusal))
        except RecursionError:
            verdicts.append(_refused(receipt, Unreadable(_("The body is nested too deeply to be read."))))
        except Exception as error:
            verdicts.append(_failed(receipt, error, now))
        else:
            if isinstance(said, Ignored):
                verdicts.append(Verdict(receipt, Receipt.State.IGNORED, said.reason))
            else:
                seen.append((receipt, said))
    return verdicts + _store(source, seen, now)


def _store(source: Source, seen: list, now: datetime) -> list[Verdict]:
    """Hand the batch over in a savepoint; if it raises, halve it until the culprit stands alone."""
    if not seen:
        return []
    try:
        with at_most(len(seen)), transaction.atomic():
            outcomes = source.store(seen)
    except Exception as error:
        if len(seen) > 1:
            middle = len(seen) // 2
            return _store(source, seen[:middle], now) + _store(source, seen[middle:], now)
        receipt = seen[0][0]
        return [_refused(receipt, error) if isinstance(error, Refusal) else _failed(receipt, error, now)]
    return [_verdict(receipt, outcome) for (receipt, _said), outcome in zip(seen, outcomes, strict=True)]


def _verdict(receipt: Receipt, outcome: Outcome) -> Verdict:
    if outcome is None:
        return Verdict(receipt, Receipt.State.DONE)
    if isinstance(outcome, Ignored):
        return Verdict(receipt, Receipt.State.IGNORED, outcome.reason)
    return _refused(receipt, outcome)


def _refused(receipt: Receipt, refusal: Refusal) -> Verdict:
    waits_for = refusal.waits_for if isinstance(refusal, Waiting) else ""
    return Verdict(receipt, Receipt.State.PARKED, refusal.reason, waits_for)


def _failed(receipt: Receipt, error: Exception, now: datetime) -> Verdict:
    """An error nobody foresaw: ours, or the database's. Try again later, give up after a while, keep it either way."""
    log.exception("receipt %s could not be read", receipt.pk, exc_info=error)
    said = shown(f"{type(error).__name__}: {error}", longest=500)
    reason = Reason(_("An error on our side: %(error)s"), {"error": said})
    if receipt.attempts + 1 >= GIVE_UP_AFTER:
        return Verdict(receipt, Receipt.State.DEAD, reason)
    wait = BACK_OFF[min(receipt.attempts, len(BACK_OFF) - 1)] * settings.BACK_OFF_SCALE
    return Verdict(receipt, Receipt.State.WAITING, reason, next_at=now + timedelta(seconds=wait))


def _settle(verdicts: list[Verdict], now: datetime) -> None:
    """Write all verdicts in one statement."""
    if not verdicts:
        return
    with db.cursor() as cursor:
        cursor.execute(
            "UPDATE events_receipt r SET state = v.state, reason = v.reason, reason_values = v.vals::jsonb,"
            " waits_for = v.waits, customer_id = coalesce(v.customer, r.customer_id), attempts = r.attempts + 1,"
            " next_at = coalesce(v.next_at, r.next_at), read_at = CASE WHEN v.state = 'waiting' THEN NULL ELSE %s END"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],"
            " %s::timestamptz[])"
            " AS v(id, state, reason, vals, waits, customer, next_at) WHERE r.id = v.id",
            [
                now,
                [v.receipt.pk for v in verdicts],
                [str(v.state) for v in verdicts],
                [v.reason.text for v in verdicts],
                [json.dumps(v.reason.values) for v in verdicts],
                [v.waits_for[:200] for v in verdicts],
                [v.receipt.customer_id for v in verdicts],
                [v.next_at for v in verdicts],
            ],
        )


# --- Healing ------------------------------------------------------------------------------------------------------

SECOND_LOOK = timedelta(seconds=30)  # longer than any transaction of ours


def look_again() -> int:
    """Read again what waits for something: it may have been committed while the receipt was being parked."""
    now = timezone.now()
    return Receipt.objects.filter(
        ~Q(waits_for=""), state=Receipt.State.PARKED, attempts__lte=2, read_at__lt=now - SECOND_LOOK
    ).update(state=Receipt.State.WAITING, next_at=now)


def release(keys: Iterable[str]) -> int:
    """What these keys stand for has appeared: parked receipts that waited for them are due again."""
    keys = [k for k in keys if k]
    if not keys:
        return 0
    freed = Receipt.objects.filter(waits_for__in=keys, state=Receipt.State.PARKED).update(
        state=Receipt.State.WAITING, waits_for="", reason="", reason_values={}, attempts=0, next_at=timezone.now()
    )
    if freed:
        transaction.on_commit(lambda: nudges.nudge("receipts"), robust=True)
    return freed


def replay(receipts) -> int:
    """Read these receipts again (a queryset of any state); an agent's button."""
    freed = receipts.update(
        state=Receipt.State.WAITING,
        waits_for="",
        reason="",
        reason_values={},
        attempts=0,
        next_at=timezone.now(),
    )
    transaction.on_commit(lambda: nudges.nudge("receipts"), robust=True)
    return freed


def headers_of(meta: Mapping) -> Headers:
    """Request headers as adapters want them: plain, lower-case names; and the token that the address carries."""
    headers = {
        (k[5:] if k.startswith("HTTP_") else k).lower().replace("_", "-"): v
        for k, v in meta.items()
        if k.startswith("HTTP_") or k in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    if query := meta.get("QUERY_STRING"):
        headers[IN_ADDRESS] = parse_qs(query).get("token", [""])[-1]
    return headers
