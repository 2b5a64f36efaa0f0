"""What is shown beside reviews, as agents see it: questions, notes, places outside, the shop's own pages."""

from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from feedback.models import Note, NoteCause, Place, Question, Site
from feedback.public_actions import LONGEST_ANSWER, QuestionRefused, answer, refuse
from staff.display import pill, when
from staff.lists import ReadingRoom, Room, deed

TONES = {"asked": "wait", "answered": "good", "refused": "plain"}


@admin.register(Question)
class Questions(ReadingRoom):
    place = ("day", 5)
    symbol = "help"
    keyset = ("-asked_at", "-pk")
    list_display = ("state_pill", "asked_text", "product", "asked")
    list_filter = ("state", "product__store")
    list_select_related = ("product",)
    empty_text = _("Questions appear here as people ask them on the pages of products' reviews.")
    deeds = ("answer", "refuse")
    export = (("text", _("question")), ("answer", _("answer")), ("product__title", _("product")),
              ("state", _("state")), ("asked_at", _("asked at")), ("answered_at", _("answered at")))  # fmt: skip

    @admin.display(description=_("state"))
    def state_pill(self, question):
        return pill(question.get_state_display(), TONES[question.state])

    @admin.display(description=_("question"))
    def asked_text(self, question):
        return Truncator(question.text).chars(90)

    @admin.display(description=_("asked at"))
    def asked(self, question):
        return when(question.asked_at)

    def page(self, request, question):
        product = question.product
        return {
            "pill": self.state_pill(question),
            "longest": LONGEST_ANSWER,
            "public_url": reverse("product-reviews", args=[product.store.slug, product.pk]),
        }

    @admin.display(description=_("Answer"))
    @deed("feedback.change_question")
    def answer(self, request, question):
        try:
            answer(question.pk, request.POST.get("answer", ""), request.user, timezone.now())
        except QuestionRefused as refusal:
            return self.drawn(request, question, 422, refusal=str(refusal))
        return _("Published: the question stands on the product's page with your answer.")

    @admin.display(description=_("Do not show"))
    @deed("feedback.change_question")
    def refuse(self, request, question):
        return _("It is not shown.") if refuse([question.pk]) else _("It was answered already.")


class Causes(admin.TabularInline):
    model = NoteCause
    raw_id_fields = ("review", "survey")
    extra = 1


@admin.register(Note)
class Notes(Room):
    place = ("day", 5)
    symbol = "chat"
    list_display = ("did", "product", "store", "language")
    list_select_related = ("product", "store")
    raw_id_fields = ("product",)
    fields = (("store", "language"), "product", "said", "did", "published_at")
    inlines = (Causes,)
    empty_text = _(
        "What answers changed in your shop: it stands beside the reviews, and leads to those that caused it."
    )

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "language":
            field.widget = admin.widgets.forms.Select(choices=settings.LANGUAGES)
        return field


@admin.register(Place)
class Places(Room):
    place = ("shop", 2)
    symbol = "out"
    keyset = ("store", "position", "pk")
    list_display = ("name", "url", "store")
    list_select_related = ("store",)
    fields = ("store", "name", "url", "position")
    empty_text = _("Google, Hotline, a map service: shown to everybody alike, whatever they said here.")

    def has_delete_permission(self, request, obj=None):
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def delete_model(self, request, obj):
        obj.delete()


@admin.register(Site)
class Sites(Room):
    place = ("shop", 2)
    symbol = "out"
    keyset = ("store__name", "pk")
    list_display = ("product_url", "store")
    list_select_related = ("store",)
    fields = ("store", "product_url")
    empty_text = _("Google's feed of reviews leads to your own product pages: say where they are.")
