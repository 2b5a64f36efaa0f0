"""Reviews: the queue of those that wait for a look, the page of each with its log and buttons."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from feedback import actions, rules
from feedback.actions import ModerationRefused
from feedback.exporting import csv_of, json_of
from feedback.models import Review, ReviewPhoto
from orders.desk import number_spellings
from orders.models import Store
from staff.display import link, page_of, pill, when
from staff.lists import Find, ReadingRoom, deed


class ByStars(admin.SimpleListFilter):
    title = _("stars")
    parameter_name = "stars"

    def lookups(self, request, model_admin):
        return [("low", "★ – ★★★"), ("high", "★★★★ – ★★★★★")]

    def queryset(self, request, queryset):
        wanted = {"low": Q(stars__lte=3), "high": Q(stars__gte=4)}.get(self.value(), Q())
        return queryset.filter(wanted)


MAY = "feedback.change_review"
STATES = {"pending": "wait", "published": "good", "rejected": "bad", "withdrawn": "plain"}
DOUBTS = {
    rules.LINK_INSIDE: _("There is a link in it."),
    rules.CONTACT_INSIDE: _("There is an e-mail address or a telephone number in it."),
    rules.TURNED_INSIDE: _("There are marks in it that turn the direction of writing."),
    rules.MARKUP_INSIDE: _("There is markup in it."),
    rules.SHOUTS: _("It is written in capitals."),
    rules.PHOTOS: _("There are photos with it."),
}


@admin.register(Review)
class Reviews(ReadingRoom):
    place = ("day", 5)
    symbol = "star"
    subject = "review"
    keyset = ("-created_at", "-pk")
    list_display = ("stars_pill", "said", "product_title", "state_pill", "order_number", "author", "written")
    list_filter = ("state", ByStars, "reason", "badge", "store")
    list_select_related = ("line", "request__order")
    finds = (Find("request__order__number", number_spellings, prefix=True),)
    search_hint = _("Order number")
    empty_text = _("Reviews appear here as customers write them.")
    export = (
        ("stars", _("stars")),
        ("text", _("text")),
        ("pros", _("what is good")),
        ("cons", _("what is bad")),
        ("author", _("author")),
        ("title", _("product")),
        ("state", _("state")),
        ("reason", _("reason")),
        ("badge", _("badge")),
        ("is_incentivized", _("the author got something for it")),
        ("reply", _("reply")),
        ("request__order__number", _("order")),
        ("created_at", _("written at")),
        ("published_at", _("published at")),
    )
    deeds = ("publish", "reject", "reply")

    def get_urls(self):
        photo = path(
            "<int:pk>/photos/<int:photo_id>.jpg", self.admin_site.admin_view(self.photo), name="feedback_review_photo"
        )
        whole = path("all/<slug:slug>.<str:form>", self.admin_site.admin_view(require_safe(self.whole)))
        return [photo, whole, *super().get_urls()]

    def whole(self, request, slug, form):
        """Everything that we hold of a store's reviews, for whoever moves on."""
        store = Store.objects.filter(slug=slug).first()
        if store is None or form not in ("csv", "json") or not self.has_view_permission(request):
            raise Http404
        pieces = json_of(store) if form == "json" else csv_of(store, get_language() or "en")
        kind = "application/json" if form == "json" else "text/csv; charset=utf-8"
        answer = StreamingHttpResponse(pieces, content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="reviews-{slug}.{form}"'
        return answer

    def photo(self, request, pk, photo_id):
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = ReviewPhoto.objects.filter(pk=photo_id, review=pk).first()
        if found is None:
            raise Http404
        return HttpResponse(bytes(found.data), content_type="image/jpeg")

    @admin.display(description=_("stars"))
    def stars_pill(self, review):
        tone = "good" if review.stars >= 4 else "wait" if review.stars == 3 else "bad"
        return pill("★" * review.stars, tone)

    @admin.display(description=_("text"))
    def said(self, review):
        return Truncator(review.text).chars(90)

    @admin.display(description=_("product"))
    def product_title(self, review):
        return review.title or _("the shop")

    @admin.display(description=_("state"))
    def state_pill(self, review):
        return pill(review.get_state_display(), STATES[review.state])

    @admin.display(description=_("order"))
    def order_number(self, review):
        return link(page_of("order", review.request.order_id), review.request.order.number) if review.request else "–"

    @admin.display(description=_("written at"))
    def written(self, review):
        return when(review.created_at)

    def page(self, request, review):
        asked = review.request
        photos = review.photos.values_list("pk", flat=True)
        return {
            "deeds": [],  # the page has its own buttons
            "may": request.user.has_perm(MAY) and review.state != Review.State.WITHDRAWN,
            "title": review.author or str(review),
            "pill": self.stars_pill(review),
            "state": self.state_pill(review),
            "doubts": [DOUBTS[name] for name in review.doubts if name in DOUBTS],
            "reasons": Review.Reason.choices,
            "photos": [reverse("admin:feedback_review_photo", args=[review.pk, pk]) for pk in photos],
            "log": list(review.log.select_related("by")),
            "order_url": page_of("order", asked.order_id) if asked else "",
            "customer_url": page_of("customer", asked.customer_id) if asked else "",
        }

    def act(self, request, review):
        """What is refused is said on the page, with what was typed still there."""
        try:
            return super().act(request, review)
        except ModerationRefused as refusal:
            now = self.get_object(request, review.pk)
            return self.drawn(request, now, 409, refused=str(refusal), typed=request.POST.get("text", ""))

    @deed(MAY)
    def publish(self, request, review):
        actions.publish(review.pk, request.user, timezone.now())
        return gettext("Published: everybody may read it.")

    @deed(MAY)
    def reject(self, request, review):
        actions.reject(review.pk, request.POST.get("reason", ""), request.user, timezone.now())
        return gettext("Kept back. Its author reads the reason on the page of the review.")

    @deed(MAY)
    def reply(self, request, review):
        actions.reply(review.pk, request.POST.get("text", ""), request.user, timezone.now())
        return gettext("Your reply stands under the review.")
