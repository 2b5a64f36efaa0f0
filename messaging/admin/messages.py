"""Messages as agents and marketers see them."""

from csp.decorators import csp_replace
from django.contrib import admin
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from customers.models import Purpose
from messaging.actions import settle_unknown
from messaging.admin.frame import MAIL_POLICY
from messaging.desk import FINDS, TROUBLE, mail_of, state_pill, what_when
from messaging.models import Message
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
            return queryset.filter(state__in=TROUBLE)
        return queryset


@admin.register(Message)
class Messages(ReadingRoom):
    place = ("day", 4)
    symbol = "mail"
    subject = "message"
    keyset = ("-pk",)
    list_display = ("title", "state_pill", "address", "purpose_code", "moment", "why")
    list_filter = (Trouble, "state", "purpose", "stream")
    list_select_related = ("template",)
    finds = FINDS
    search_hint = _("E-mail address")
    empty_text = _("Messages appear here as soon as a journey plans the first one.")
    deeds = ("it_arrived", "send_again")
    export = (
        ("address", _("address")),
        ("state", _("state")),
        ("template__name", _("template")),
        ("purpose_id", _("purpose")),
        ("why", _("reason")),
        ("created_at", _("planned at")),
        ("send_after", _("send after")),
        ("sent_at", _("sent at")),
    )

    @admin.display(description=_("message"))
    def title(self, message):
        return message.subject or message.template.name

    @admin.display(description=_("state"))
    def state_pill(self, message):
        return state_pill(message)

    @admin.display(description=_("purpose"))
    def purpose_code(self, message):
        return str(Purpose.NAMES.get(message.purpose_id, message.purpose_id))

    @admin.display(description=_("when"))
    def moment(self, message):
        return what_when(message)

    def page(self, request, message):
        mail, why_none = mail_of(message, timezone.now())
        return {
            "title": message.subject or (mail.subject if mail else message.template.name),
            "pill": state_pill(message),
            "mail": mail,
            "why_none": why_none,
            "frame_url": reverse("admin:messaging_message_mail", args=[message.pk]),
            "customer_url": page_of("customer", message.customer_id),
            "subject_url": page_of(message.subject_type, message.subject_id),
            "subject_name": name_of(message.subject_type, message.subject_id),
            "deeds": self.deeds
            if message.state == Message.State.UNKNOWN and self.allowed(request, "send_again")
            else (),
        }

    @deed("messaging.change_message")
    def it_arrived(self, request, message):
        settle_unknown(message, arrived=True)
        return gettext("Noted: it arrived.")

    it_arrived.short_description = _("It arrived")

    @deed("messaging.change_message")
    def send_again(self, request, message):
        settle_unknown(message, arrived=False)
        return gettext("It goes out again now.")

    send_again.short_description = _("Send it again")

    def get_urls(self):
        mail = path("<int:pk>/mail/", self.admin_site.admin_view(self.mail_view), name="messaging_message_mail")
        return [mail, *super().get_urls()]

    @method_decorator(csp_replace(MAIL_POLICY))
    @method_decorator(xframe_options_sameorigin)
    def mail_view(self, request, pk):
        """The mail by itself, for the sandboxed frame on the page."""
        message = self.get_object(request, str(pk))
        if message is None or not self.has_view_permission(request, message):
            raise Http404
        mail, why_none = mail_of(message, timezone.now())
        return HttpResponse(mail.html if mail else why_none)
