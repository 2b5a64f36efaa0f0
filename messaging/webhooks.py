"""The doors of mail providers: /news/<provider>/ and /mail/<provider>/. Verify, store, commit, 2xx.

A door without a secret does not exist (404); a wrong secret or signature is 401 and leaves a counter and one line in
the log; trouble of ours is 503 with Retry-After, never 4xx. What was stored is read by a worker.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import wraps

from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from events import inbox
from events.sources import Envelope, Source
from messaging.actions import arrivals
from messaging.actions.news import connection_of, source_name, store_news
from messaging.inbound import MAX_BYTES
from messaging.news import PROVIDERS, Forged, NotSetUp, pack, raw_door, read_news

log = logging.getLogger(__name__)

NEWS_LIMIT = 5_000_000  # bytes of one request: SendGrid's and SparkPost's batches have under one million
MAIL_LIMIT = MAX_BYTES * 3 // 2  # a mail of the size that we read, in base64 within JSON

View = Callable[[HttpRequest, str], HttpResponse]


def door(view: View) -> View:
    @csrf_exempt
    @require_http_methods(["POST", "GET", "HEAD"])
    @wraps(view)
    def opened(request: HttpRequest, provider: str) -> HttpResponse:
        try:
            return view(request, provider)
        except NotSetUp as missing:
            log.warning("%s: this door is closed: %s", request.path, missing)
            return HttpResponse(status=404)
        except Forged as wrong:
            log.warning("%s: forged: %s", request.path, wrong)
            return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="news"'})
        except (DatabaseError, InterfaceError) as error:
            log.warning("%s: the database is away: %s", request.path, type(error).__name__)
            return HttpResponse(status=503, headers={"Retry-After": "60"})

    return opened


@door
def news(request: HttpRequest, provider: str) -> HttpResponse:
    """What became of letters that this provider delivers."""
    found = PROVIDERS.get(provider)
    if found is None:
        return HttpResponse(status=404)
    if request.method != "POST":  # some ask whether there is a door before they use it
        return HttpResponse(status=200 if found.is_open("news") else 404)
    body = body_of(request, NEWS_LIMIT)
    if body is None:
        return HttpResponse(status=413)
    try:
        found.check("news", request)
    except Forged:
        inbox.count_refusal(connection_of(provider), timezone.now())
        raise
    connection = connection_of(provider)
    if connection.paused_at:
        return HttpResponse(status=503, headers={"Retry-After": "600"})
    packed = pack(request, body)
    with transaction.atomic():
        inbox.receive(connection, hashlib.sha256(packed).hexdigest(), "news", packed)
    return HttpResponse(status=200)


@door
def mail(request: HttpRequest, provider: str) -> HttpResponse:
    """A mail that somebody wrote to us, by a provider's inbound parsing; or as it is, at /mail/raw/."""
    found = PROVIDERS.get(provider)
    if found is None and provider != "raw":
        return HttpResponse(status=404)
    if request.method != "POST":
        is_open = raw_door.is_open() if found is None else found.is_open("mail")
        return HttpResponse(status=200 if is_open else 404)
    body = body_of(request, MAIL_LIMIT if found else MAX_BYTES)
    if body is None:
        return HttpResponse(status=413)
    try:
        if found is None:
            raw_door.check(request, body)
        else:
            found.check("mail", request)
    except Forged:
        inbox.count_refusal(arrivals.connection_of(provider), timezone.now())
        raise
    if found is None:
        arrivals.keep(raw_door.with_envelope(request, body), "raw")
    else:
        arrivals.keep_packed(pack(request, body), provider)
    return HttpResponse(status=200)


def body_of(request: HttpRequest, limit: int) -> bytes | None:
    """The body, or None when it is larger; Django's own limit is for people's forms."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > limit:
        log.warning("%s: a body of %s bytes was refused", request.path, length)
        return None
    request._body = request.read(int(length))  # type: ignore[attr-defined]
    return request._body  # type: ignore[attr-defined]


def _never(*_given) -> bool:
    """These have a door of their own; at /in/ nobody can prove to be one of them."""
    return False


def source_of(provider: str) -> Source:
    return Source(
        source_name(provider),
        _never,
        lambda headers, body: Envelope("", ""),
        lambda topic, packed: read_news(provider, packed),
        store_news,
        max_bytes=NEWS_LIMIT * 2,
    )


NEWS_SOURCES = tuple(source_of(provider) for provider in PROVIDERS)
