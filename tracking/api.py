"""Parcels by API: ``POST /api/v1/shipments/``, ``POST /api/v1/shipments/<id>/checkpoints/``, list and look-up."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from orders.actions import report_fulfilments
from orders.models import Order
from orders.stores.seen import FulfilmentSeen
from tracking import actions
from tracking.carriers.seen import CheckpointSeen
from tracking.milestones import RANKS, REASONS
from tracking.models import Checkpoint, Shipment


class Newest(CursorPagination):
    ordering = ("-created_at", "-id")
    page_size = 50


class ShipmentLineIn(serializers.Serializer):
    line = serializers.CharField(max_length=100, help_text="The order line's external_id.")
    quantity = serializers.IntegerField(min_value=1, max_value=100_000)


class ShipmentIn(serializers.Serializer):
    """A parcel of an order, named by the store and the shop's id of the order. The same number again updates it."""

    store = serializers.SlugField()
    order = serializers.CharField(max_length=100, help_text="The order's external_id.")
    external_id = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    carrier = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    number = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    url = serializers.URLField(max_length=500, required=False, allow_blank=True, default="")
    estimated_on = serializers.DateField(required=False, allow_null=True, default=None)
    sent = serializers.BooleanField(default=True, help_text="The parcel has left the shop.")
    lines = ShipmentLineIn(many=True, required=False, default=list)

    def validate(self, data: dict) -> dict:
        order = Order.objects.filter(store__slug=data["store"], external_id=data["order"]).first()
        if order is None:
            raise serializers.ValidationError({"order": "This store has no such order."})
        if not data["number"] and not data["external_id"]:
            raise serializers.ValidationError({"number": "Give a tracking number, or an external_id of the parcel."})
        return {**data, "order": order}


class CheckpointIn(serializers.Serializer):
    occurred_at = serializers.DateTimeField(default_timezone=UTC)
    milestone = serializers.ChoiceField(sorted(RANKS))
    reason = serializers.ChoiceField(REASONS, required=False, allow_blank=True, default="")
    raw_code = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    message = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    city = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    country = serializers.CharField(max_length=3, required=False, allow_blank=True, default="")

    def validate_occurred_at(self, value):
        if value > timezone.now() + timedelta(days=1):
            raise serializers.ValidationError("A scan cannot lie in the future.")
        return value


class CheckpointOut(serializers.ModelSerializer):
    class Meta:
        model = Checkpoint
        fields = ["occurred_at", "milestone", "reason", "raw_code", "message", "city", "country", "source"]
        read_only_fields = fields


class ShipmentOut(serializers.ModelSerializer):
    order = serializers.CharField(source="order.external_id", read_only=True)
    store = serializers.CharField(source="order.store.slug", read_only=True)
    checkpoints = CheckpointOut(many=True, read_only=True)

    class Meta:
        model = Shipment
        fields = [
            "id", "store", "order", "leg", "external_id", "carrier", "number", "url", "milestone", "reason", "since",
            "shipped_at", "delivered_at", "estimated_on", "checkpoints",
        ]  # fmt: skip
        read_only_fields = fields


class Shipments(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    queryset = Shipment.objects.select_related("order__store").prefetch_related("checkpoints")
    serializer_class = ShipmentOut
    pagination_class = Newest

    @extend_schema(request=ShipmentIn, responses={201: ShipmentOut, 200: ShipmentOut})
    def create(self, request: Request) -> Response:
        """Create or update a parcel; 201 for a new one, 200 for one we knew."""
        form = ShipmentIn(data=request.data)
        form.is_valid(raise_exception=True)
        data, now = form.validated_data, timezone.now()
        before = set(Shipment.objects.filter(order=data["order"]).values_list("pk", flat=True))
        with transaction.atomic():
            seen = self.seen(data, now)
            report_fulfilments(data["order"].store, [seen])  # the shop's word, which journeys hear
            shipment = actions.make_shipments([actions.fulfilled(data["order"].pk, seen)], now)[0]
            if data["estimated_on"]:
                actions.expect(shipment, data["estimated_on"])
        answer = ShipmentOut(self.get_queryset().get(pk=shipment.pk)).data
        return Response(answer, status=status.HTTP_200_OK if shipment.pk in before else status.HTTP_201_CREATED)

    @staticmethod
    def seen(data: dict, now: datetime) -> FulfilmentSeen:
        return FulfilmentSeen(
            order_external_id=data["order"].external_id,
            external_id=data["external_id"],
            created_at=now,
            updated_at=now,
            status="success" if data["sent"] else "pending",
            carrier=data["carrier"],
            numbers=(data["number"],) if data["number"] else (),
            urls=(data["url"],) if data["url"] else (),
            lines=tuple((line["line"], line["quantity"]) for line in data["lines"]),
        )

    @extend_schema(request=CheckpointIn(many=True), responses={200: ShipmentOut})
    @action(detail=True, methods=["post"], pagination_class=None)
    def checkpoints(self, request: Request, pk: str) -> Response:
        """Add one scan or a list of them; a scan that is known already changes nothing."""
        shipment, now = self.get_object(), timezone.now()
        form = CheckpointIn(data=request.data if isinstance(request.data, list) else [request.data], many=True)
        form.is_valid(raise_exception=True)
        seen = tuple(CheckpointSeen(**scan) for scan in form.validated_data)
        actions.add_checkpoints(shipment, seen, "api", now)
        return Response(ShipmentOut(self.get_queryset().get(pk=shipment.pk)).data)
