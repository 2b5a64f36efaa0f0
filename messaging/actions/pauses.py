"""The pause switch: everything, or one stream. The claim and the note before each hand-over look at it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from events import nudges
from events.facts import record
from messaging.events import StreamPaused, StreamResumed
from messaging.models import Stream

ALL = _("Everything")


def pause(stream: Stream, by_id: int | None, now: datetime) -> bool:
    """Nothing of this stream leaves until it is resumed. False when it was paused already."""
    with transaction.atomic():
        paused = Stream.objects.filter(pk=stream.pk, paused_at__isnull=True).update(paused_at=now, paused_by_id=by_id)
        if paused:
            record(StreamPaused(stream.slug), subject=("stream", stream.pk), at=now, created_by_id=by_id)
    return bool(paused)


def resume(stream: Stream, by_id: int | None, now: datetime) -> bool:
    """What waited leaves now, the urgent first. False when it was not paused."""
    with transaction.atomic():
        resumed = Stream.objects.filter(pk=stream.pk, paused_at__isnull=False).update(paused_at=None, paused_by=None)
        if resumed:
            record(StreamResumed(stream.slug), subject=("stream", stream.pk), at=now, created_by_id=by_id)
            transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)
    return bool(resumed)


def everything() -> Stream:
    """The stream that owns no message: pausing it pauses all."""
    return Stream.objects.get_or_create(slug=Stream.EVERYTHING, defaults={"name": ALL})[0]
