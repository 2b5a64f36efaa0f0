"""The one door for machines: /in/<source>/<slug>/. Verify, store, commit, 2xx. Readers work later, in a worker.

401 only for a bad signature; 503 with Retry-After for anything transient; never 4xx for a business error, because
shops drop a subscription after a handful of failures. It does not refuse by age: shops retry for hours.
"""

import logging
import re
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db import connection as db
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from events import inbox

log = logging.getLogger(__name__)

HARD_LIMIT = 10_000_000  # bytes; below it everything signed is kept, readable or not


ADDRESS = re.compile(r"/in/([-\w]+)/([-\w]+)/", re.ASCII)


class ShortWay:
    """Middleware: a machine needs no session, language, sign-in or policy for its page, which cost more than the rest.

    Stands behind SecurityMiddleware, which sends plain HTTP to HTTPS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = ADDRESS.fullmatch(request.path_info)
        return knock(request, *address.groups()) if address else self.get_response(request)


@csrf_exempt
@require_POST
def knock(request: HttpRequest, source: str, slug: str) -> HttpResponse:
    # Asking a kept connection whether it still lives takes as long as the INSERT, which finds out just as well.
    db.health_check_done = True  # type: ignore[attr-defined]
    try:
        try:
            return _answer(request, source, slug)
        except (OperationalError, InterfaceError):
            if db.is_usable():
                raise
            db.close()
            return _answer(request, source, slug)
    except (DatabaseError, InterfaceError) as error:
        log.warning("in/%s/%s: the database is away: %s", source, slug, type(error).__name__)
        return HttpResponse(status=503, headers={"Retry-After": "10"})


def _answer(request: HttpRequest, source_name: str, slug: str) -> HttpResponse:
    source = inbox.READERS.get(source_name)
    connection = inbox.find_connection(source_name, slug, time.monotonic) if source else None
    if source is None or connection is None:
        return HttpResponse(status=404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > HARD_LIMIT:
        log.warning("in/%s/%s: a body over %s bytes was refused", source_name, slug, HARD_LIMIT)
        return HttpResponse(status=413)
    headers, body = inbox.headers_of(request.META), request.body
    if source.ping(headers, body):
        return HttpResponse(status=200)
    now = timezone.now()
    if not source.authentic(headers, body, inbox.live_secrets(connection, now)):
        connection = inbox.find_connection(source_name, slug, time.monotonic, fresh=True) or connection
        if not source.authentic(headers, body, inbox.live_secrets(connection, now)):
            log.warning("in/%s/%s: wrong signature", source_name, slug)
            inbox.count_refusal(connection, now)
            return HttpResponse(status=401)
    if connection.paused_at:
        return HttpResponse(status=503, headers={"Retry-After": "600"})
    envelope = source.envelope(headers, body)
    inbox.receive(connection, envelope.key, envelope.topic, body)
    return HttpResponse(status=200)
