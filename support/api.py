"""Tickets by API: ``POST /api/v1/tickets/``, list and look-up. Notes are no part of it."""

from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from customers.actions import language_for
from customers.models import Identifier
from orders.actions import speak
from orders.models import Order, Store
from shelf.emails import normalise_email
from support.actions.tickets import LONGEST, Channel, Opening, TicketRefused, Words, open_tickets, written
from support.models import Ticket, TicketMessage

LANGUAGES = [code for code, _name in settings.LANGUAGES]


class Newest(CursorPagination):
    ordering = ("-opened_at", "-id")
    page_size = 50


class TicketIn(serializers.Serializer):
    """Somebody wrote at the shop. ``external_id`` is the shop's own number: the same again is the same ticket."""

    store = serializers.SlugRelatedField(slug_field="slug", queryset=Store.objects.all())
    external_id = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=LONGEST)
    order = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="", help_text="The order's external_id."
    )
    email = serializers.CharField(
        max_length=254, required=False, allow_blank=True, default="", help_text="Needed where no order is named."
    )
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    language = serializers.ChoiceField(LANGUAGES, required=False)
    priority = serializers.ChoiceField(Ticket.Priority.choices, default=Ticket.Priority.NORMAL)

    def validate(self, data: dict) -> dict:
        order = None
        if data["order"]:
            order = (
                Order.objects.filter(store=data["store"], external_id=data["order"]).select_related("customer").first()
            )
            if order is None:
                raise serializers.ValidationError({"order": "This store has no such order."})
        email = normalise_email(data["email"]) if data["email"] else (order.email if order else "")
        if not email:
            raise serializers.ValidationError({"email": "Give an e-mail address, or an order that has one."})
        try:
            text = written(data["text"])
        except TicketRefused as refusal:
            raise serializers.ValidationError({"text": str(refusal)}) from None
        return {**data, "order": order, "email": email, "text": text}

    def opening(self) -> Opening:
        data: dict[str, Any] = self.validated_data
        store, order = data["store"], data["order"]
        key = f"api:{store.slug}:{data['external_id']}"
        spoken = data.get("language", "")
        return Opening(
            key=key,
            title=data["title"],
            store_id=store.pk,
            channel=Channel.API,
            language=spoken or (speak(order) if order else language_for("", "", store.language, store.languages)),
            email=data["email"],
            name=data["name"] or (f"{order.first_name} {order.last_name}".strip() if order else ""),
            customer_id=order.customer_id if order else _customer_of(data["email"]),
            order_id=order.pk if order else None,
            words=Words(key, data["text"], is_proven=True),
            priority=data["priority"],
        )


def _customer_of(email: str) -> int | None:
    rows = Identifier.objects.filter(kind=Identifier.Kind.EMAIL, scope="", value=email)
    return rows.values_list("customer_id", flat=True).first()


class MessageOut(serializers.ModelSerializer):
    class Meta:
        model = TicketMessage
        fields = ["id", "direction", "text", "written_at"]
        read_only_fields = fields


class TicketOut(serializers.ModelSerializer):
    store = serializers.CharField(source="store.slug", read_only=True)
    order = serializers.CharField(source="order.external_id", read_only=True, default=None)
    messages = MessageOut(many=True, read_only=True)

    class Meta:
        model = Ticket
        fields = [
            "id", "title", "state", "priority", "channel", "store", "order", "email", "name", "language",
            "opened_at", "first_answered_at", "solved_at", "reopened", "messages",
        ]  # fmt: skip
        read_only_fields = fields


class Tickets(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Tickets with what was said in them, the newest first; what nobody has confirmed yet is no ticket."""

    queryset = (
        Ticket.objects.exclude(state=Ticket.State.UNCONFIRMED)
        .select_related("store", "order")
        .prefetch_related(Prefetch("messages", TicketMessage.objects.defer("words").order_by("version", "pk")))
        .defer("words")
    )
    serializer_class = TicketOut
    pagination_class = Newest

    @extend_schema(request=TicketIn, responses={201: TicketOut, 200: TicketOut})
    def create(self, request: Request) -> Response:
        """201 for a new ticket; 200 with the one that is there for an external_id that came before."""
        form = TicketIn(data=request.data)
        form.is_valid(raise_exception=True)
        opening = form.opening()
        tickets, new = open_tickets([opening], timezone.now())
        code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
        return Response(TicketOut(self.get_queryset().get(pk=tickets[opening.key].pk)).data, status=code)
