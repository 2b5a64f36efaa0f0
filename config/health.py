"""For machines: is it alive, is it ready, how is it doing."""

from datetime import timedelta

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from events.models import Event, Heartbeat, OwedReaction, Receipt
from messaging.actions import breaker
from messaging.actions.health import oldest_due
from messaging.models import Message, Sender

STALE = timedelta(minutes=2)


def live(request: HttpRequest) -> HttpResponse:
    """The process answers. No database: a busy database must not get healthy processes killed."""
    return HttpResponse("ok", content_type="text/plain")


def ready(request: HttpRequest) -> JsonResponse:
    """Database and cache answer, and the clocks have beaten within two minutes; 503 naming what does not."""
    troubles = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        beat = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
        if beat is None or timezone.now() - beat > STALE:
            troubles["worker"] = "no clock has beaten for two minutes"
    except Exception as error:
        troubles["database"] = type(error).__name__
    try:
        cache.set("ready", 1, 5)
    except Exception as error:
        troubles["redis"] = type(error).__name__
    return JsonResponse({"ready": not troubles, "troubles": troubles}, status=503 if troubles else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """Queue depths as Prometheus text, counted in PostgreSQL, so any number of processes says the same."""
    registry = CollectorRegistry()
    for name, text, count in (
        ("aftercare_receipts_waiting", "Receipts not read yet", Receipt.objects.filter(state="waiting")),
        (
            "aftercare_receipts_trouble",
            "Receipts parked or given up",
            Receipt.objects.filter(state__in=["parked", "dead"]),
        ),
        ("aftercare_events_unhandled", "Events waiting for reactions", Event.objects.filter(handled_at__isnull=True)),
        ("aftercare_reactions_owed", "Reactions that failed", OwedReaction.objects.all()),
        (
            "aftercare_messages_due",
            "Messages due now",
            Message.objects.filter(state="ready", send_after__lte=timezone.now()),
        ),
        ("aftercare_messages_unknown", "Messages nobody can tell about", Message.objects.filter(state="unknown")),
        ("aftercare_messages_dead", "Messages that failed for good", Message.objects.filter(state="failed")),
    ):
        Gauge(name, text, registry=registry).set(count.count())
    _sending(registry)
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")


BREAKER = {"closed": 0, "half_open": 1, "open": 2}


def _sending(registry: CollectorRegistry) -> None:
    """How long the oldest due message waits, and what each sender's provider is like."""
    now = timezone.now()
    oldest = min(oldest_due(now).values(), default=now)
    waits = Gauge("aftercare_messages_oldest_due_seconds", "Age of the oldest message that is due", registry=registry)
    waits.set((now - oldest).total_seconds())
    state = Gauge("aftercare_sender_breaker", "0 closed, 1 trying one letter, 2 paused", ["sender"], registry=registry)
    marketing = Gauge(
        "aftercare_sender_marketing_paused", "1: too many people complained", ["sender"], registry=registry
    )
    for sender in Sender.objects.all():
        state.labels(sender.slug).set(BREAKER[breaker.state_of(sender, now)])
        marketing.labels(sender.slug).set(bool(sender.marketing_paused_at))
