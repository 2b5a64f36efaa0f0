"""Streams: what can be paused by itself, and the switch for everything."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from messaging.actions import pauses
from messaging.desk import state_pill, what_when
from messaging.models import Stream
from staff import timeline
from staff.display import pill, when
from staff.lists import ReadingRoom, deed


@admin.register(Stream)
class Streams(ReadingRoom):
    place = ("talk", 4)
    symbol = "stream"
    subject = "stream"
    keyset = ("name", "pk")
    list_display = ("title", "slug", "state", "paused_since", "paused_by")
    list_select_related = ("paused_by",)
    deeds = ("pause", "resume")

    @admin.display(description=_("name"))
    def title(self, stream):
        return stream_name(stream)

    @admin.display(description=_("state"))
    def state(self, stream):
        return pill(str(_("paused")), "wait") if stream.paused_at else pill(str(_("running")), "good")

    @admin.display(description=_("paused at"))
    def paused_since(self, stream):
        return when(stream.paused_at)

    def changelist_view(self, request, extra_context=None):
        paused = Stream.objects.filter(slug=Stream.EVERYTHING, paused_at__isnull=False).exists()
        switch = {"everything_paused": paused, "may_pause": self.allowed(request, "pause")}
        return super().changelist_view(request, {**switch, **(extra_context or {})})

    def get_urls(self):
        switch = self.admin_site.admin_view(require_POST(self.switch))
        return [path("everything/", switch, name="messaging_stream_everything"), *super().get_urls()]

    def switch(self, request: HttpRequest) -> HttpResponse:
        """The button above the list: pause or resume all."""
        name = request.POST.get("deed", "")
        if name not in self.deeds or not self.allowed(request, name):
            raise PermissionDenied
        self.message_user(request, getattr(self, name)(request, pauses.everything()))
        return HttpResponseRedirect(reverse("admin:messaging_stream_changelist"))

    def page(self, request, stream):
        wanted = "resume" if stream.paused_at else "pause"
        newest = stream.messages.select_related("template").order_by("-created_at")[:20]
        return {
            "title": stream_name(stream),
            "pill": self.state(stream),
            "is_everything": stream.slug == Stream.EVERYTHING,
            "deeds": [wanted] if self.allowed(request, wanted) else [],
            "messages_of": [(message, state_pill(message), what_when(message)) for message in newest],
            "history": timeline.of_subject("stream", stream.pk, None, limit=20),
        }

    @deed("messaging.change_stream")
    def pause(self, request, stream):
        pauses.pause(stream, request.user.pk, timezone.now())
        if stream.slug == Stream.EVERYTHING:
            return gettext("Paused: nothing leaves until it is resumed.")
        return gettext("Paused: nothing of this stream leaves until it is resumed.")

    pause.short_description = _("Pause")

    @deed("messaging.change_stream")
    def resume(self, request, stream):
        pauses.resume(stream, request.user.pk, timezone.now())
        return gettext("Running again.")

    resume.short_description = _("Resume")


def stream_name(stream: Stream) -> str:
    return gettext("Everything") if stream.slug == Stream.EVERYTHING else stream.name
