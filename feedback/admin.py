"""Reviews as agents see them."""

from django.contrib import admin
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from feedback.models import Review
from staff.display import link, page_of, pill, when
from staff.lists import ReadingRoom


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
    list_display = ("stars_pill", "said", "product", "order_number", "author", "written")
    list_filter = (ByStars,)
    list_select_related = ("line", "request__order")
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
    def product(self, review):
        return review.title or _("the shop")

    @admin.display(description=_("order"))
    def order_number(self, review):
        return link(page_of("order", review.request.order_id), review.request.order.number)

    @admin.display(description=_("written at"))
    def written(self, review):
        return when(review.created_at)

    def page(self, request, review):
        return {
            "title": review.author or str(review),
            "pill": self.stars_pill(review),
            "order_url": page_of("order", review.request.order_id),
            "customer_url": page_of("customer", review.request.customer_id),
        }
