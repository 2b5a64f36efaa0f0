"""Outgoing webhooks: whom we call, with which secret, and how that goes."""

from django.contrib import admin
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models import Call, Endpoint
from staff.display import number, pill
from staff.lists import Room


@admin.register(Endpoint)
class Endpoints(Room):
    place = ("shop", 7)
    symbol = "plug"
    subject = "endpoint"
    keyset = ("name", "pk")
    list_display = ("name", "url", "state", "waiting", "given_up")
    actions = ("pause", "go_on", "call_again")
    empty_text = _("No outgoing webhook yet. A journey's step can call one.")

    def get_fields(self, request, obj=None):
        return ("name", "slug", "url", *(["secret"] if obj else []))

    def get_readonly_fields(self, request, obj=None):
        return ("slug", "secret") if obj else ()

    def decorate(self, request, page):
        counts = Call.objects.filter(endpoint__in=page).order_by().values_list("endpoint")
        waiting, dead = Count("pk", Q(state=Call.State.WAITING)), Count("pk", Q(state=Call.State.DEAD))
        found = {pk: (n, m) for pk, n, m in counts.annotate(waiting=waiting, dead=dead)}
        for endpoint in page:
            endpoint.waits, endpoint.dead = found.get(endpoint.pk, (0, 0))
        return page

    @admin.display(description=_("state"))
    def state(self, endpoint):
        return pill(gettext("paused"), "wait") if endpoint.paused_at else pill(gettext("live"), "good")

    @admin.display(description=_("calls that wait"))
    def waiting(self, endpoint):
        return number(endpoint.waits)

    @admin.display(description=_("calls given up"))
    def given_up(self, endpoint):
        return number(endpoint.dead)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request, endpoints):
        endpoints.filter(paused_at__isnull=True).update(paused_at=timezone.now())

    @admin.action(description=_("Let it run"), permissions=["change"])
    def go_on(self, request, endpoints):
        endpoints.update(paused_at=None)

    @admin.action(description=_("Call again what was given up"), permissions=["change"])
    def call_again(self, request, endpoints):
        dead = Call.objects.filter(endpoint__in=endpoints, state=Call.State.DEAD)
        again = dead.update(state=Call.State.WAITING, attempts=0, next_at=timezone.now(), done_at=None)
        self.message_user(request, gettext("Calls that are made again: %(count)s.") % {"count": number(again)})
