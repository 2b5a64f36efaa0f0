"""Suppressed addresses."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from customers.channels import channel_name
from messaging.models import Suppression
from shelf.emails import normalise_email
from staff.display import when
from staff.lists import Find, Room


@admin.register(Suppression)
class Suppressions(Room):
    place = ("talk", 6)
    symbol = "stop"
    list_display = ("address", "channel_name", "reason", "since")
    finds = (Find("address", lambda typed: [normalise_email(typed) or typed]),)
    search_hint = _("E-mail address")
    empty_text = _("No address is suppressed. One gets here when a mail bounces for good, or its owner complains.")

    @admin.display(description=_("channel"))
    def channel_name(self, suppression):
        return channel_name(suppression.channel)

    @admin.display(description=_("since"))
    def since(self, suppression):
        return when(suppression.created_at)

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("messaging.delete_suppression")

    def delete_model(self, request, obj):
        obj.delete()
