"""Webhooks out: calls of other people's addresses, each a row with a time, made outside of every transaction.

A call is leased (its next try is pushed ahead, and that is committed) before anything leaves; who dies with it in hand
loses nothing: it is due again. So the other side may hear the same call twice, and knows it by ``webhook-id``.
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events import nudges
from events.models import Call, Endpoint
from shelf import safe_http
from shelf.reasons import Reason
from shelf.rows import insert_missing_rows
from shelf.signatures import standard_webhook

BATCH = 20
TIMEOUT = 15  # seconds for one answer
LEASE = timedelta(minutes=10)  # longer than a batch of answers that never come
# After the first try, as Standard Webhooks advises: more than a day in all.
BACK_OFF = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400]  # seconds
GONE = 410

ANSWERED = _("The other side answered %(status)s.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """``key`` makes the call unique for ever; ``data`` holds ids and plain values, like a fact."""

    endpoint: str
    key: str
    kind: str
    data: Mapping[str, Any]
    at: datetime


def want_calls(wanted: Sequence[Wanted], now: datetime) -> set[str]:
    """Write calls in the running transaction; keys of those whose endpoint is not there."""
    known = dict(Endpoint.objects.filter(slug__in={w.endpoint for w in wanted}).values_list("slug", "pk"))
    insert_missing_rows(
        Call(
            endpoint_id=known[w.endpoint],
            key=w.key,
            body={"type": w.kind, "timestamp": w.at.isoformat(), "data": dict(w.data)},
            next_at=now,
        )
        for w in wanted
        if w.endpoint in known
    )
    transaction.on_commit(lambda: nudges.nudge("calls"), robust=True)
    return {w.key for w in wanted if w.endpoint not in known}


def call_due(limit: int = BATCH, resolver: safe_http.Resolver | None = None) -> int:
    """Make the calls that are due, one after the other; how many were tried."""
    leased = _lease(limit, timezone.now())
    for call in leased:
        _call(call, resolver)
    return len(leased)


@transaction.atomic
def _lease(limit: int, now: datetime) -> list[Call]:
    due = Call.objects.filter(state=Call.State.WAITING, next_at__lte=now, endpoint__paused_at__isnull=True)
    locked = due.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint")
    calls = list(locked.order_by("next_at", "id")[:limit])
    Call.objects.filter(pk__in=[call.pk for call in calls]).update(next_at=now + LEASE, attempts=F("attempts") + 1)
    for call in calls:
        call.attempts += 1
    return calls


def _call(call: Call, resolver: safe_http.Resolver | None) -> None:
    now = timezone.now()
    body = json.dumps(call.body, ensure_ascii=False, separators=(",", ":")).encode()
    call_id, seconds = f"call_{call.pk}", int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": call_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": standard_webhook(call.endpoint.secret, call_id, seconds, body),
    }
    try:
        answer = safe_http.fetch(
            "POST", call.endpoint.url, headers=headers, body=body, timeout=TIMEOUT, max_bytes=4_096, resolver=resolver
        )
    except safe_http.Unreachable as error:
        _try_again(call, error.reason, None)
    except safe_http.Blocked as error:
        _settle(call, Call.State.DEAD, error.reason, None)
    else:
        _note(call, answer.status)


def _note(call: Call, status: int) -> None:
    if 200 <= status < 300:
        _settle(call, Call.State.DONE, Reason(""), status)
    elif status == GONE:
        Endpoint.objects.filter(pk=call.endpoint_id, paused_at__isnull=True).update(paused_at=timezone.now())
        _settle(call, Call.State.DEAD, Reason(ANSWERED, {"status": status}), status)
    else:
        _try_again(call, Reason(ANSWERED, {"status": status}), status)


def _try_again(call: Call, why: Reason, status: int | None) -> None:
    if call.attempts > len(BACK_OFF):
        _settle(call, Call.State.DEAD, why, status)
        return
    wait = BACK_OFF[call.attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - so that not all come at once
    _mine(call).update(
        next_at=timezone.now() + timedelta(seconds=wait), reason=why.text, reason_values=why.values, status=status
    )


def _settle(call: Call, state: str, why: Reason, status: int | None) -> None:
    _mine(call).update(state=state, done_at=timezone.now(), reason=why.text, reason_values=why.values, status=status)


def _mine(call: Call):
    """Who has lost its lease to another worker writes nothing."""
    return Call.objects.filter(pk=call.pk, attempts=call.attempts, state=Call.State.WAITING)
