"""Macros: answers written beforehand."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from staff.lists import Room
from support.actions.macros import write_macro
from support.forms import MacroForm
from support.models import Macro


@admin.register(Macro)
class Macros(Room):
    place = ("talk", 8)
    symbol = "text"
    subject = "macro"
    keyset = ("name", "pk")
    form = MacroForm
    list_display = ("name", "spoken", "pool", "solves")
    list_select_related = ("pool",)
    empty_text = _("Answers that you write often: write them once, with variables, in each language.")

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("texts")

    def get_fieldsets(self, request, obj=None):
        names = [name for name in MacroForm(instance=obj).fields if name.startswith("text_")]
        return (
            (None, {"fields": (("name", "slug"), "pool", "solves")}),
            (_("What it says"), {"fields": tuple(names)}),
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        # the texts are made by the form itself, so the factory must not look for them in the model
        return super().get_form(request, obj, change, **{**kwargs, "fields": MacroForm.Meta.fields})

    def save_model(self, request, obj, form, change):
        write_macro(obj, form.texts())

    @admin.display(description=_("languages"))
    def spoken(self, macro):
        return ", ".join(sorted(text.language for text in macro.texts.all()))
