"""Orders by API (idempotent by the shop's id), and what a shop's own forms say about consent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from customers.channels import Channel
from customers.consent import ConsentRefused, Said, withdraw
from customers.models import Consent, Purpose
from events.payloads import currency
from events.sources import Unreadable
from messaging.actions.signing_up import SignUp, sign_up
from orders import actions, links
from orders.models import Order, OrderLine, Payment, Store
from orders.stores.seen import AddressSeen, LineSeen, OrderSeen, PaymentSeen
from shelf.emails import normalise_email
from shelf.phones import normalise_phone

MOST = Decimal(10) ** 12  # numeric(14, 2)
FINANCIAL = [value for value, _label in Order.Financial.choices]


class Newest(CursorPagination):
    ordering = ("-placed_at", "-id")
    page_size = 50


class NewestLines(CursorPagination):
    ordering = "-id"
    page_size = 50


class LineIn(serializers.Serializer):
    external_id = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=300)
    quantity = serializers.IntegerField(min_value=1, max_value=100_000)
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
    total = serializers.DecimalField(max_digits=12, decimal_places=2, required=False)
    sku = serializers.CharField(max_length=100, required=False, allow_blank=True)
    product_id = serializers.CharField(max_length=100, required=False, allow_blank=True)
    image_url = serializers.URLField(max_length=500, required=False, allow_blank=True)
    kind = serializers.ChoiceField(
        OrderLine.Kind.values, required=False, help_text="What is not goods travels in no parcel."
    )
    completed_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default_timezone=UTC,
        help_text="The visit took place, the file was handed over.",
    )
    renews_on = serializers.DateField(required=False, allow_null=True, help_text="Of a subscription.")
    renewal_failed_at = serializers.DateTimeField(required=False, allow_null=True, default_timezone=UTC)

    def validate(self, line: dict) -> dict:
        if line.setdefault("total", line["price"] * line["quantity"]) >= MOST:
            raise serializers.ValidationError({"price": "Price times quantity is more than can be kept."})
        return line


class AddressIn(serializers.Serializer):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    company = serializers.CharField(max_length=200, required=False, allow_blank=True)
    line1 = serializers.CharField(max_length=300, required=False, allow_blank=True)
    line2 = serializers.CharField(max_length=300, required=False, allow_blank=True)
    city = serializers.CharField(max_length=120, required=False, allow_blank=True)
    region = serializers.CharField(max_length=120, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=20, required=False, allow_blank=True)
    country = serializers.RegexField("^[A-Z]{2}$", required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)


class PaymentIn(serializers.Serializer):
    """Money that moved. Of two words with one ``external_id`` the later ``at`` counts; what is not named stays."""

    external_id = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(Payment.Kind.values)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0)
    currency = serializers.CharField(
        min_length=3, max_length=3, required=False, help_text="Where it is not the order's."
    )
    state = serializers.ChoiceField(Payment.State.values)
    at = serializers.DateTimeField(default_timezone=UTC)
    method = serializers.CharField(max_length=200, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class OrderIn(serializers.Serializer):
    """An order as the shop shows it now. Sending the same ``external_id`` again updates it."""

    store = serializers.SlugRelatedField(slug_field="slug", queryset=Store.objects.all())
    external_id = serializers.CharField(max_length=100)
    number = serializers.CharField(max_length=60)
    currency = serializers.CharField(min_length=3, max_length=3)
    total = serializers.DecimalField(max_digits=12, decimal_places=2)
    subtotal = serializers.DecimalField(max_digits=12, decimal_places=2, required=False)
    shipping = serializers.DecimalField(max_digits=12, decimal_places=2, required=False)
    discount = serializers.DecimalField(max_digits=12, decimal_places=2, required=False)
    tax = serializers.DecimalField(max_digits=12, decimal_places=2, required=False)
    refunded = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, help_text="So far, of the total."
    )
    discount_codes = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=20, required=False, help_text="As the buyer typed them."
    )
    placed_at = serializers.DateTimeField(required=False, default_timezone=UTC)
    updated_at = serializers.DateTimeField(required=False, default_timezone=UTC)
    paid_at = serializers.DateTimeField(required=False, allow_null=True, default_timezone=UTC)
    cancelled_at = serializers.DateTimeField(required=False, allow_null=True, default_timezone=UTC)
    cancel_reason = serializers.CharField(max_length=100, required=False, allow_blank=True)
    financial = serializers.ChoiceField(FINANCIAL, required=False, allow_blank=True)
    customer_id = serializers.CharField(max_length=100, required=False, allow_blank=True)
    first_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    email = serializers.CharField(max_length=254, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    language = serializers.ChoiceField(["en", "uk", "ru"], required=False, allow_blank=True)
    shipping_method = serializers.CharField(max_length=200, required=False, allow_blank=True)
    payment_method = serializers.CharField(max_length=200, required=False, allow_blank=True)
    test = serializers.BooleanField(required=False)
    channel = serializers.ChoiceField(
        Order.Channel.choices,
        required=False,
        help_text="pos: sold and handed over at the counter, so no parcel is waited for.",
    )
    relayed = serializers.BooleanField(
        required=False, help_text="A marketplace's buyer: mails about this order only, no profile by the address."
    )
    accepts_marketing = serializers.BooleanField(
        required=False, allow_null=True, help_text="What the buyer said to advertising; an empty box is null."
    )
    accepts_marketing_at = serializers.DateTimeField(required=False, allow_null=True, default_timezone=UTC)
    address = AddressIn(required=False)
    lines = LineIn(many=True, required=False)
    payments = PaymentIn(many=True, required=False, help_text="Left out: what is known stays.")
    pay_url = serializers.URLField(max_length=500, required=False, allow_blank=True, help_text="Only https is kept.")
    fiscal_url = serializers.URLField(max_length=500, required=False, allow_blank=True, help_text="Only https is kept.")

    def validate_currency(self, value: str) -> str:
        try:
            return currency({"currency": value}, "currency")
        except Unreadable as refusal:
            raise serializers.ValidationError(str(refusal)) from None

    def validate_email(self, value: str) -> str:
        if value and not normalise_email(value):
            raise serializers.ValidationError("This is not an e-mail address.")
        return value

    def validate_lines(self, value: list) -> list:
        ids = [line["external_id"] for line in value]
        if len(ids) != len(set(ids)):
            raise serializers.ValidationError("Two lines have the same external_id.")
        return value

    def seen(self, now: datetime) -> tuple[Store, OrderSeen]:
        data = dict(self.validated_data)
        store = data.pop("store")
        lines = tuple(LineSeen(**line) for line in data.pop("lines", []))
        address = AddressSeen(**data.pop("address", {}))
        if "payments" in data:
            data["payments"] = tuple(PaymentSeen(**payment) for payment in data["payments"])
        data.setdefault("subtotal", sum((line.total for line in lines), Decimal(0)))
        data.setdefault("updated_at", now)
        if "placed_at" not in data:
            known = Order.objects.filter(store=store, external_id=data["external_id"]).first()
            data["placed_at"] = known.placed_at if known else now
        return store, OrderSeen(lines=lines, address=address, **data)


class OrderOut(serializers.ModelSerializer):
    store = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    status_url = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "id", "store", "external_id", "number", "stage", "financial", "channel", "relayed", "currency", "total",
            "refunded", "paid", "due", "cash_state", "pay_url", "fiscal_url", "discount_codes", "placed_at", "paid_at",
            "cancelled_at", "dispatched_at", "delivered_at", "email", "phone", "language", "status_url",
        ]  # fmt: skip
        read_only_fields = fields

    def get_status_url(self, order: Order) -> str:
        return links.status_url(order)


class Orders(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    queryset = Order.objects.select_related("store")
    serializer_class = OrderOut
    pagination_class = Newest

    @extend_schema(request=OrderIn, responses={201: OrderOut, 200: OrderOut})
    def create(self, request: Request) -> Response:
        """Create or update an order; 201 for a new one, 200 for one we knew."""
        form = OrderIn(data=request.data)
        form.is_valid(raise_exception=True)
        store, seen = form.seen(timezone.now())
        for refusal in actions.find_unreachable(store, [seen]).values():
            raise serializers.ValidationError({"email": str(refusal)})
        try:
            saved = _save(store, seen)
        except IntegrityError:  # the same new order came twice at once: now it is there to be updated
            saved = _save(store, seen)
        code = status.HTTP_201_CREATED if saved.created else status.HTTP_200_OK
        return Response(OrderOut(saved.order).data, status=code)


def _save(store: Store, seen: OrderSeen) -> actions.Saved:
    return actions.save_orders(store, [seen], created=[False])[0]  # its age says whether it is news or history


class ConsentIn(serializers.Serializer):
    """Somebody said yes or no on a page of the shop.

    A yes for ``marketing`` by e-mail waits until the owner of the address presses the button in a mail, unless
    ``confirmed`` says that the shop asked already; then ``words`` says how.
    """

    store = serializers.SlugRelatedField(slug_field="slug", queryset=Store.objects.all())
    address = serializers.CharField(max_length=254, help_text="An e-mail address, or a phone for sms and viber.")
    channel = serializers.ChoiceField(Channel.choices, default=Channel.EMAIL)
    purposes = serializers.ListField(
        child=serializers.ChoiceField([*Purpose.CHOICES, "personal_data"]), allow_empty=False, max_length=5
    )
    action = serializers.ChoiceField(["granted", "withdrawn"], default="granted")
    language = serializers.ChoiceField(["en", "uk", "ru"], required=False)
    confirmed = serializers.BooleanField(default=False)
    words = serializers.CharField(max_length=500, required=False, allow_blank=True)
    url = serializers.URLField(max_length=500, required=False, allow_blank=True, help_text="The page of the form.")
    ip = serializers.IPAddressField(required=False, help_text="Kept only where the store keeps it.")
    agent_string = serializers.CharField(max_length=300, required=False, allow_blank=True)

    def validate(self, data: dict) -> dict:
        by_mail = data["channel"] == Channel.EMAIL
        region = data["store"].country
        address = normalise_email(data["address"]) if by_mail else normalise_phone(data["address"], region)
        if not address:
            raise serializers.ValidationError({"address": "This is no address of this channel."})
        if data["confirmed"] and not data.get("words"):
            raise serializers.ValidationError({"words": "Say how the owner of the address confirmed it."})
        return data | {"address": address}

    def evidence(self) -> dict[str, Any]:
        data = self.validated_data
        kept = ["words", "url", *(["ip", "agent_string"] if data["store"].keeps_ip_of_consent else [])]
        return {"store": data["store"].slug, **{name: data[name] for name in kept if data.get(name)}}


class ConsentOut(serializers.ModelSerializer):
    wording = serializers.SerializerMethodField(help_text="The text that counts as shown, with its version.")

    class Meta:
        model = Consent
        fields = ["id", "address", "channel", "purpose", "action", "basis", "waits", "wording", "source", "at"]
        read_only_fields = fields

    def get_wording(self, line: Consent) -> dict[str, Any] | None:
        text = line.wording
        return text and {"id": text.pk, "version": text.version, "language": text.language, "body": text.body}


class Consents(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The ledger: lines are read and added, never changed. ``?address=`` narrows the list to one address."""

    queryset = Consent.objects.select_related("wording")
    serializer_class = ConsentOut
    pagination_class = NewestLines

    def get_queryset(self) -> QuerySet[Consent]:
        address = self.request.query_params.get("address", "").strip().replace("\x00", "")
        return self.queryset.filter(address=normalise_email(address) or address) if address else self.queryset

    @extend_schema(request=ConsentIn, responses={201: ConsentOut(many=True), 200: ConsentOut(many=True)})
    def create(self, request: Request) -> Response:
        """201 with the lines that were added or wait for confirmation; 200 with none when all of it stood already."""
        form = ConsentIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            lines = _note_consent(form.validated_data, form.evidence(), timezone.now())
        except ConsentRefused as refusal:
            raise serializers.ValidationError({"purposes": str(refusal)}) from None
        code = status.HTTP_201_CREATED if lines else status.HTTP_200_OK
        return Response(ConsentOut(lines, many=True).data, status=code)


def _note_consent(data: dict, evidence: dict[str, Any], now: datetime) -> list[Consent]:
    store, address, channel = data["store"], data["address"], data["channel"]
    if data["action"] == "withdrawn":
        said = [Said(address, channel, purpose, "api", now, evidence) for purpose in data["purposes"]]
        return [line for one in said if (line := withdraw(one))]
    wanted = SignUp(
        address,
        data["purposes"],
        store.country,
        data.get("language") or store.language,
        "api",
        channel,
        evidence,
        store.sender_id,
        data["confirmed"],
    )
    return sign_up(wanted, now)
