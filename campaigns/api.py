"""Segments by API: which there are, how many people each finds, and who they are, page by page."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns import segments
from campaigns.models import Segment
from customers.models import Stats
from shelf.conditions import ConditionRefused, aloud

MOST = 1000


class Newest(CursorPagination):
    ordering = ("-created_at", "-id")
    page_size = 50


class SegmentOut(serializers.ModelSerializer):
    class Meta:
        model = Segment
        fields = ["id", "name", "about", "is_followed", "created_at"]
        read_only_fields = fields


class CountOut(serializers.Serializer):
    version = serializers.IntegerField()
    people = serializers.IntegerField()
    about = serializers.BooleanField(help_text="The count took longer than 2 seconds: this is an estimate.")
    sentence = serializers.CharField(help_text="Who is in it, in words.")


class MemberOut(serializers.ModelSerializer):
    customer = serializers.IntegerField(source="pk")

    class Meta:
        model = Stats
        fields = ["customer", "orders", "spent", "last_order_at", "country", "language", "marketing"]
        read_only_fields = fields


class MembersOut(serializers.Serializer):
    members = MemberOut(many=True)
    after = serializers.IntegerField(allow_null=True, help_text="Ask for the next page with it; null: the end.")


class MembersIn(serializers.Serializer):
    after = serializers.IntegerField(min_value=0, max_value=2**62, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=100)


class Broken(serializers.ValidationError):
    """A segment that names a field which is gone has no count and no members."""

    def __init__(self, refused: ConditionRefused):
        super().__init__({"definition": str(refused)})


class Segments(viewsets.ReadOnlyModelViewSet):
    queryset = Segment.objects.all()
    serializer_class = SegmentOut
    pagination_class = Newest

    @extend_schema(responses=CountOut)
    @action(detail=True)
    def count(self, request: Request, pk: str) -> Response:
        version = segments.live_version(self.get_object())
        if version is None:
            return Response(CountOut({"version": 0, "people": 0, "about": False, "sentence": ""}).data)
        try:
            counted = segments.count(version, timezone.now())
            sentence = aloud(segments.read_version(version))
        except ConditionRefused as refused:
            raise Broken(refused) from None
        found = {"version": version.number, "people": counted.people, "about": counted.about, "sentence": sentence}
        return Response(CountOut(found).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("after", int, description="The last customer of the page before."),
            OpenApiParameter("limit", int, description=f"At most {MOST}."),
        ],
        responses=MembersOut,
    )
    @action(detail=True)
    def members(self, request: Request, pk: str) -> Response:
        """In the order of the customers' ids, so that a page costs what the first one costs."""
        wanted = MembersIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        version, limit = segments.live_version(self.get_object()), wanted.validated_data["limit"]
        try:
            found = segments.members(version, timezone.now()) if version else Stats.objects.none()
        except ConditionRefused as refused:
            raise Broken(refused) from None
        page = list(found.filter(pk__gt=wanted.validated_data["after"]).order_by("pk")[:limit])
        return Response(MembersOut({"members": page, "after": page[-1].pk if len(page) == limit else None}).data)
