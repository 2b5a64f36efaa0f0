"""Designs with their colours, and the rules by which orders get their card."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from staff.display import link, page_of
from staff.lists import Room
from vcards.actions import keep_picture, save_design
from vcards.forms import DesignForm
from vcards.models import AssignmentRule, CompanyDesign


@admin.register(CompanyDesign)
class Designs(Room):
    place = ("shop", 7)
    symbol = "picture"
    subject = "card_design"
    keyset = ("name", "pk")
    form = DesignForm
    list_display = ("name", "store", "address", "colours")
    list_select_related = ("store",)
    empty_text = _("How your company's cards look: its name, logo and colours, once for everybody.")
    fieldsets = (
        (None, {"fields": (("name", "store"), "tagline", ("new_logo", "drop_logo"))}),
        (_("Colours"), {"fields": (("accent", "accent_ink"),)}),
        (_("How to reach the company"), {"fields": (("phone", "email"), "url", "address")}),
        (_("Languages"), {"fields": ("language", "languages")}),
    )

    @admin.display(description=_("colours"))
    def colours(self, design):
        return f"{design.accent} · {design.accent_ink}"

    def save_model(self, request, obj, form, change):
        if form.made_logo:
            obj.logo = keep_picture(form.made_logo)
        elif form.cleaned_data.get("drop_logo"):
            obj.logo = None
        save_design(obj)


@admin.register(AssignmentRule)
class Rules(Room):
    place = ("shop", 8)
    symbol = "route"
    keyset = ("pk",)
    list_display = ("__str__", "whose")
    list_select_related = ("store", "card")
    fields = (("store", "card"),)
    empty_text = _("Whose card the new orders of a store carry: “Your manager” on the order's page and in mails.")

    @admin.display(description=_("card"))
    def whose(self, rule):
        return link(page_of("card", rule.card_id), str(rule.card))

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def delete_model(self, request, obj):
        obj.delete()  # orders keep the card that they have
