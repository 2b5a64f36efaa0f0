"""Surveys as agents see them."""

from django.contrib import admin
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from feedback.models import Survey
from feedback.scales import SCALES
from orders.desk import email_spelling, number_spellings
from staff.display import link, page_of, pill, when
from staff.lists import Find, ReadingRoom

TONES = {"low": "bad", "middle": "wait", "good": "good"}


class ByBand(admin.SimpleListFilter):
    title = _("answer")
    parameter_name = "band"

    def lookups(self, request, model_admin):
        return [("low", _("bad")), ("middle", _("neither")), ("good", _("good")), ("none", _("none yet"))]

    def queryset(self, request, queryset):
        if self.value() == "none":
            return queryset.filter(answered_at=None)
        if self.value() not in TONES:
            return queryset
        wanted = Q()
        for kind, scale in SCALES.items():
            scores = [score for score in scale.scores if scale.band(score) == self.value()]
            wanted |= Q(kind=kind, score__in=scores)
        return queryset.filter(wanted)


@admin.register(Survey)
class Surveys(ReadingRoom):
    place = ("day", 5)
    symbol = "star"
    subject = "survey"
    keyset = ("-asked_at", "-pk")
    list_display = ("score_pill", "kind", "said", "person", "order_number", "asked")
    list_filter = (ByBand, "kind", "state", "store")
    list_select_related = ("customer", "order", "store")
    finds = (Find("order__number", number_spellings, prefix=True), Find("customer__identifiers__value", email_spelling))
    search_hint = _("Order number or e-mail")
    empty_text = _("Surveys appear here as journeys ask for them.")
    export = (
        ("kind", _("question")),
        ("score", _("score")),
        ("text", _("text")),
        ("state", _("state")),
        ("order__number", _("order")),
        ("store__name", _("store")),
        ("language", _("language")),
        ("asked_at", _("asked at")),
        ("answered_at", _("answered at")),
    )

    @admin.display(description=_("score"))
    def score_pill(self, survey):
        if survey.score is None:
            return pill(survey.get_state_display())
        scale = SCALES[survey.kind]
        return pill(f"{survey.score} / {scale.highest}", TONES[scale.band(survey.score)])

    @admin.display(description=_("text"))
    def said(self, survey):
        return Truncator(survey.text).chars(90) or "–"

    @admin.display(description=_("customer"))
    def person(self, survey):
        return link(page_of("customer", survey.customer_id), str(survey.customer)) if survey.customer else "–"

    @admin.display(description=_("order"))
    def order_number(self, survey):
        return link(page_of("order", survey.order_id), survey.order.number) if survey.order else "–"

    @admin.display(description=_("asked at"))
    def asked(self, survey):
        return when(survey.asked_at)

    def page(self, request, survey):
        return {
            "title": survey.get_kind_display(),
            "pill": self.score_pill(survey),
            "order_url": page_of("order", survey.order_id),
            "customer_url": page_of("customer", survey.customer_id),
        }
