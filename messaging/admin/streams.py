"""Streams: what can be paused by itself."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.desk import state_pill, what_when
from messaging.models import Stream
from staff.display import pill
from staff.lists import ReadingRoom, deed


@admin.register(Stream)
class Streams(ReadingRoom):
    place = ("talk", 4)
    symbol = "stream"
    subject = "stream"
    keyset = ("name", "pk")
    list_display = ("name", "slug", "state")
    deeds = ("pause", "resume")

    @admin.display(description=_("state"))
    def state(self, stream):
        return pill(str(_("paused")), "wait") if stream.paused_at else pill(str(_("running")), "good")

    def page(self, request, stream):
        wanted = "resume" if stream.paused_at else "pause"
        newest = stream.messages.select_related("template").order_by("-created_at")[:20]
        return {
            "pill": self.state(stream),
            "deeds": [wanted] if self.allowed(request, wanted) else [],
            "messages_of": [(message, state_pill(message), what_when(message)) for message in newest],
        }

    @deed("messaging.change_stream")
    def pause(self, request, stream):
        Stream.objects.filter(pk=stream.pk, paused_at__isnull=True).update(paused_at=timezone.now())
        return gettext("Paused: nothing of this stream leaves until it is resumed.")

    pause.short_description = _("Pause")

    @deed("messaging.change_stream")
    def resume(self, request, stream):
        Stream.objects.filter(pk=stream.pk).update(paused_at=None)
        return gettext("Running again.")

    resume.short_description = _("Resume")
