"""Messages as agents and marketers see them."""

from csp.decorators import csp_replace
from django.contrib import admin, messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from customers.channels import Channel, channel_name
from customers.models import Purpose
from messaging.actions import rehearse, send_copy, settle_unknown
from messaging.actions.replay import Choice, ReplayRefused, Terms, copies_of
from messaging.admin.dead_letters import PERMISSION, DeadLetterPages
from messaging.admin.frame import MAIL_POLICY
from messaging.desk import (
    FINDS,
    followed_by,
    mail_of,
    may_be_two,
    measure,
    replays_of,
    stands_in,
    state_pill,
    told_of,
    what_when,
)
from messaging.models import Message
from messaging.states import DEAD, LEFT
from staff.display import name_of, page_of
from staff.lists import ReadingRoom, deed


class Trouble(admin.SimpleListFilter):
    title = _("what happened")
    parameter_name = "what"

    def lookups(self, request, model_admin):
        return [("planned", _("will be sent")), ("sent", _("was sent")), ("not", _("was not sent"))]

    def queryset(self, request, queryset):
        if self.value() == "planned":
            return queryset.filter(state=Message.State.READY)
        if self.value() == "sent":
            return queryset.filter(state__in=["sent", "delivered", "complained"])
        if self.value() == "not":
            return queryset.filter(state__in=(*DEAD, Message.State.BOUNCED))
        return queryset


class ByChannel(admin.SimpleListFilter):
    """From the list of channels: asking the table which it holds would read all of it."""

    title = _("channel")
    parameter_name = "channel"

    def lookups(self, request, model_admin):
        return Channel.choices

    def queryset(self, request, queryset):
        return queryset.filter(channel=self.value()) if self.value() in Channel.values else queryset


@admin.register(Message)
class Messages(DeadLetterPages, ReadingRoom):
    place = ("day", 4)
    symbol = "mail"
    subject = "message"
    keyset = ("-pk",)
    list_display = ("title", "state_pill", "by", "address", "purpose_code", "moment", "why_short")
    list_filter = (Trouble, "state", "purpose", "stream", "sender", ByChannel)
    list_select_related = ("template",)
    finds = FINDS
    search_hint = _("E-mail address or phone")
    empty_text = _("Messages appear here as soon as a journey plans the first one.")
    change_list_template = "admin/messaging/message/list.html"
    actions = ("rehearse_chosen",)
    deeds = ("it_arrived", "send_again", "send_copy")
    export = (
        ("address", _("address")),
        ("state", _("state")),
        ("template__name", _("template")),
        ("purpose_id", _("purpose")),
        ("channel", _("channel")),
        ("why", _("reason")),
        ("created_at", _("planned at")),
        ("send_after", _("send after")),
        ("sent_at", _("sent at")),
        ("delivered_at", _("delivered at")),
        ("opened_at", _("opened at")),
        ("clicked_at", _("clicked at")),
        ("bounced_at", _("bounced at")),
    )

    @admin.display(description=_("message"))
    def title(self, message):
        return message.subject or message.template.name

    @admin.display(description=_("state"))
    def state_pill(self, message):
        return state_pill(message)

    @admin.display(description=_("channel"))
    def by(self, message):
        return channel_name(message.channel)

    @admin.display(description=_("purpose"))
    def purpose_code(self, message):
        return str(Purpose.NAMES.get(message.purpose_id, message.purpose_id))

    @admin.display(description=_("when"))
    def moment(self, message):
        return what_when(message)

    @admin.display(description=_("why"))
    def why_short(self, message):
        return Truncator(message.why).chars(110)

    def page(self, request, message):
        mail, why_none = mail_of(message, timezone.now())
        stood_in, stood_in_url = stands_in(message)
        follower, follower_url = followed_by(message)
        return {
            "title": message.subject or (mail.subject if mail else "") or message.template.name,
            "pill": state_pill(message),
            "mail": mail,
            "why_none": why_none,
            "frame_url": reverse("admin:messaging_message_mail", args=[message.pk]),
            "customer_url": page_of("customer", message.customer_id),
            "subject_url": page_of(message.subject_type, message.subject_id),
            "subject_name": name_of(message.subject_type, message.subject_id),
            "sender_url": page_of("sender", message.sender_id),
            "channel_name": channel_name(message.channel),
            "may_be_two": may_be_two(message),
            "told": told_of(message),
            "replays": replays_of(message),
            "copies": [(copy, state_pill(copy), page_of("message", copy.pk)) for copy in copies_of(message)],
            "original_url": "" if stood_in else page_of("message", message.instead_of_id),
            "stood_in": stood_in,
            "stood_in_url": stood_in_url,
            "follower": follower,
            "follower_url": follower_url,
            "is_text": message.channel != Channel.EMAIL,
            "measure": measure(message.channel, mail.text, message.sender)
            if mail and message.channel != Channel.EMAIL
            else "",
            "may_replay": message.state in DEAD
            and message.state != Message.State.UNKNOWN
            and request.user.has_perm(PERMISSION),
            "deeds": self.deeds_of(request, message),
        }

    def deeds_of(self, request, message) -> tuple[str, ...]:
        if not self.allowed(request, "send_copy"):
            return ()
        if message.state == Message.State.UNKNOWN:
            return ("it_arrived", "send_again")
        return ("send_copy",) if message.state in LEFT else ()

    @deed(PERMISSION)
    def it_arrived(self, request, message):
        if settle_unknown(message, arrived=True, by=request.user):
            return gettext("Noted: it arrived.")
        return gettext("It was settled meanwhile.")

    it_arrived.short_description = _("It arrived")

    @deed(PERMISSION)
    def send_again(self, request, message):
        if settle_unknown(message, arrived=False, by=request.user):
            return gettext("It goes out again now.")
        return gettext("It was settled meanwhile.")

    send_again.short_description = _("Send it again")

    @deed(PERMISSION)
    def send_copy(self, request, message):
        try:
            send_copy(message, timezone.now(), request.user)
        except ReplayRefused as refusal:
            messages.error(request, str(refusal))
            return ""
        return gettext("A copy of it goes out now.")

    send_copy.short_description = _("Send a copy")

    def has_replay_permission(self, request):
        return request.user.has_perm(PERMISSION)

    @admin.action(description=_("Rehearse a replay"), permissions=["replay"])
    def rehearse_chosen(self, request, queryset):
        ids = tuple(queryset.values_list("pk", flat=True)[:500])
        job = rehearse(Choice(ids=ids), Terms(), timezone.now(), request.user)
        return HttpResponseRedirect(reverse("admin:messaging_message_replay", args=[job.pk]))

    def get_urls(self):
        mail = path("<int:pk>/mail/", self.admin_site.admin_view(self.mail_view), name="messaging_message_mail")
        return [*self.dead_urls(), mail, *super().get_urls()]

    @method_decorator(csp_replace(MAIL_POLICY))
    @method_decorator(xframe_options_sameorigin)
    def mail_view(self, request, pk):
        """The mail by itself, for the sandboxed frame on the page."""
        message = self.get_object(request, str(pk))
        if message is None or not self.has_view_permission(request, message):
            raise Http404
        mail, why_none = mail_of(message, timezone.now())
        return HttpResponse(mail.html if mail else why_none)
