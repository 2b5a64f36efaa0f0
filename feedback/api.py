"""Published reviews and scores by API, for the shop's own pages: ``GET /api/v1/reviews/``, ``/api/v1/scores/``."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.pagination import CursorPagination

from feedback.models import Review, Score
from feedback.models.showing import STARS
from feedback.showing import photos_of, tally_of


class Newest(CursorPagination):
    ordering = ("-published_at", "-id")
    page_size = 50


class MostReviewed(CursorPagination):
    ordering = ("-count", "-id")
    page_size = 50


class ReviewOut(serializers.ModelSerializer):
    store = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    product = serializers.CharField(source="product.external_id", default="", help_text="The shop's own id.")
    photos = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = [
            "id", "store", "product", "stars", "headline", "text", "pros", "cons", "author", "language", "country",
            "badge", "is_incentivized", "source", "reply", "replied_at", "helpful", "photos", "created_at",
            "published_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.URLField()))
    def get_photos(self, review: Review) -> list[str]:
        return self.context["photos"].get(review.pk, [])


class ScoreOut(serializers.ModelSerializer):
    store = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    product = serializers.CharField(source="product.external_id", help_text="The shop's own id.")
    mean = serializers.SerializerMethodField(help_text="Plain, two places.")

    class Meta:
        model = Score
        fields = ["store", "product", "count", "mean", *STARS]
        read_only_fields = fields

    def get_mean(self, score: Score) -> str:
        return str(tally_of(score).mean)


class _OfProduct(mixins.ListModelMixin, viewsets.GenericViewSet):
    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        for name, column in (("store", "store__slug"), ("product", "product__external_id")):
            value = self.request.query_params.get(name, "").replace("\x00", "")[:100]
            rows = rows.filter(**{column: value}) if value else rows
        return rows


class Reviews(_OfProduct):
    """Published reviews, newest first. ``?store=`` and ``?product=`` (the shop's id) narrow the list."""

    queryset = Review.objects.filter(state=Review.State.PUBLISHED).select_related("store", "product")
    serializer_class = ReviewOut
    pagination_class = Newest

    def paginate_queryset(self, queryset: QuerySet) -> list | None:
        page = super().paginate_queryset(queryset)
        self.photos = photos_of([review.pk for review in page or []])
        return page

    def get_serializer_context(self) -> dict:
        return super().get_serializer_context() | {"photos": getattr(self, "photos", {})}


class Scores(_OfProduct):
    """What products have in stars, those with most reviews first; kept with each write."""

    queryset = Score.objects.filter(product__isnull=False, count__gt=0).select_related("store", "product")
    serializer_class = ScoreOut
    pagination_class = MostReviewed
