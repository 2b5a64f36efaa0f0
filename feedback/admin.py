"""Reviews and surveys as agents see them."""

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from feedback.exporting import csv_of, json_of
from feedback.models import Review, Survey
from feedback.publishing import PublishingRefused, publish, reject
from feedback.scales import SCALES
from feedback.showing_room import Notes, Places, Questions, Sites
from orders.desk import email_spelling, number_spellings
from orders.models import Store
from staff.display import link, page_of, pill, when
from staff.lists import Find, ReadingRoom, deed

__all__ = ["Notes", "Places", "Questions", "Reviews", "Sites", "Surveys"]


class ByStars(admin.SimpleListFilter):
    title = _("stars")
    parameter_name = "stars"

    def lookups(self, request, model_admin):
        return [("low", "★ – ★★★"), ("high", "★★★★ – ★★★★★")]

    def queryset(self, request, queryset):
        wanted = {"low": Q(stars__lte=3), "high": Q(stars__gte=4)}.get(self.value(), Q())
        return queryset.filter(wanted)


@admin.register(Review)
class Reviews(ReadingRoom):
    place = ("day", 5)
    symbol = "star"
    subject = "review"
    keyset = ("-created_at", "-pk")
    list_display = ("stars_pill", "said", "about", "state_pill", "order_number", "author", "written")
    list_filter = ("state", ByStars, "verified")
    list_select_related = ("product", "request__order")
    actions = ("publish_marked",)
    deeds = ("publish", "refuse")
    empty_text = _("Reviews appear here as customers write them.")
    export = (
        ("stars", _("stars")),
        ("text", _("text")),
        ("author", _("author")),
        ("title", _("product")),
        ("request__order__number", _("order")),
        ("created_at", _("written at")),
    )

    @admin.display(description=_("stars"))
    def stars_pill(self, review):
        tone = "good" if review.stars >= 4 else "wait" if review.stars == 3 else "bad"
        return pill("★" * review.stars, tone)

    @admin.display(description=_("text"))
    def said(self, review):
        return Truncator(review.text).chars(90)

    @admin.display(description=_("product"))
    def about(self, review):
        return review.title or (review.product.title if review.product else _("the shop"))

    @admin.display(description=_("state"))
    def state_pill(self, review):
        tone = {"published": "good", "pending": "wait"}.get(review.state, "plain")
        return pill(review.get_reason_display() or review.get_state_display(), tone)

    @admin.action(description=_("Publish"), permissions=["publish"])
    def publish_marked(self, request, reviews):
        count = publish(list(reviews.values_list("pk", flat=True)))
        self.message_user(request, _("Published: %(count)s") % {"count": count})

    def get_urls(self):
        view = self.admin_site.admin_view(require_safe(self.all_of_store))
        return [path("all/<slug:slug>.<str:form>", view, name="feedback-reviews-all"), *super().get_urls()]

    def all_of_store(self, request, slug, form):
        """Everything that we hold of a store's reviews, for whoever moves on; nothing is kept back."""
        store = Store.objects.filter(slug=slug).first()
        if store is None or form not in ("csv", "json") or not self.has_view_permission(request):
            raise Http404
        pieces = json_of(store) if form == "json" else csv_of(store, get_language() or "en")
        kind = "application/json" if form == "json" else "text/csv; charset=utf-8"
        answer = StreamingHttpResponse(pieces, content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="reviews-{slug}.{form}"'
        return answer

    def has_publish_permission(self, request):
        return request.user.has_perm("feedback.change_review")

    @admin.display(description=_("Publish"))
    @deed("feedback.change_review")
    def publish(self, request, review):
        return _("Published.") if publish([review.pk]) else _("Its author took it back: it stays unpublished.")

    @admin.display(description=_("Refuse"))
    @deed("feedback.change_review")
    def refuse(self, request, review):
        try:
            reject([review.pk], request.POST.get("reason", ""))
        except PublishingRefused as refusal:
            return self.drawn(request, review, 422, refusal=str(refusal))
        return _("Refused. Its author still sees it behind their own link.")

    @admin.display(description=_("order"))
    def order_number(self, review):
        asked = review.request
        return link(page_of("order", asked.order_id), asked.order.number) if asked else "–"

    @admin.display(description=_("written at"))
    def written(self, review):
        return when(review.written_at)

    def page(self, request, review):
        asked, product = review.request, review.product
        return {
            "title": review.author or str(review),
            "pill": self.stars_pill(review),
            "reasons": Review.Why.choices,
            "order_url": page_of("order", asked.order_id) if asked else "",
            "customer_url": page_of("customer", asked.customer_id) if asked else "",
            "public_url": reverse("product-reviews", args=[review.store.slug, product.pk]) if product else "",
        }


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
