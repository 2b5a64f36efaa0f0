"""Rows for the agent's room: many orders at once, and people with roles."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group
from django.db import connection

from campaigns.models import Enrolment, JourneyVersion
from customers.models import Customer, Identifier, Stats
from events.models import Event, Receipt
from feedback.models import Request, Review
from messaging.actions import default_sender
from messaging.models import Message, Stream, Template
from orders.models import Order, OrderLine, OrderPage, Store
from staff.models import User
from tracking.models import Shipment

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def person(role: str, email: str | None = None) -> User:
    user = User.objects.create_user(email or f"{role}@shop.example", PASSWORD, name=role.title())
    user.groups.add(Group.objects.get(name=role))
    return user


def orders(store: Store, count: int, start: int = 0) -> list[Order]:
    """``count`` orders a minute apart, numbered from #1001, each with a customer."""
    numbers = range(start, start + count)
    customers = Customer.objects.bulk_create([Customer(first_name="Olena", last_name=f"No{n}") for n in numbers])
    Identifier.objects.bulk_create(
        [
            Identifier(customer=c, kind="email", value=f"buyer{n}@example.com")
            for n, c in zip(numbers, customers, strict=True)
        ]
    )
    Stats.objects.bulk_create([Stats(customer=c, orders=1, spent={"UAH": "1200.00"}) for c in customers])
    made = Order.objects.bulk_create(
        [
            Order(
                store=store,
                external_id=str(n),
                number=f"#{1001 + n}",
                customer=customer,
                email=f"buyer{n}@example.com",
                phone=f"+38050{n:07}",
                first_name="Olena",
                placed_at=NOON + timedelta(minutes=n),
                currency="UAH",
                total=Decimal("1200.00"),
            )
            for n, customer in zip(numbers, customers, strict=True)
        ]
    )
    OrderPage.objects.bulk_create([OrderPage(order=order, blocks={"parcels": [{}]}) for order in made])
    return made


def many_orders(store: Store, count: int) -> None:
    """As ``orders``, all of one customer, written by the server: a second instead of twenty for twenty thousand."""
    [first] = orders(store, 1)
    taken = f"nextval(pg_get_serial_sequence('{Order._meta.db_table}', 'id'))"
    other = {"id": taken, "external_id": "n::text", "number": "'#' || 1001 + n"}
    other["public_id"] = "'copy-' || n"
    other["placed_at"] = "placed_at + n * interval '1 minute'"
    columns = [field.column for field in Order._meta.concrete_fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Order._meta.db_table} ({', '.join(columns)})"
            f" SELECT {', '.join(other.get(column, column) for column in columns)}"
            f" FROM {Order._meta.db_table}, generate_series(1, %s) n WHERE id = %s",
            [count - 1, first.pk],
        )


def parcels(many: list[Order]) -> list[Shipment]:
    return Shipment.objects.bulk_create(
        [
            Shipment(order=o, number=f"2045{o.external_id:0>10}", milestone="in_transit", carrier="nova_poshta")
            for o in many
        ]
    )


def lines(order: Order) -> None:
    OrderLine.objects.create(order=order, external_id="1", title="Cup", quantity=2, price=600, total=1200)


def receipts(store: Store, many: list[Order], **fields) -> list[Receipt]:
    return Receipt.objects.bulk_create(
        [
            Receipt(
                connection=store.connection,
                key=f"delivery-{order.external_id}",
                topic="orders/create",
                body=f'{{"id": {order.external_id}, "note": "<b>"}}'.encode(),
                customer_id=order.customer_id,
                **fields,
            )
            for order in many
        ]
    )


def facts(many: list[Order]) -> list[Event]:
    return Event.objects.bulk_create(
        [
            Event(
                kind="order.placed",
                at=order.placed_at,
                customer_id=order.customer_id,
                subject_type="order",
                subject_id=order.pk,
                data={"number": order.number, "currency": "UAH", "total": "1200.00"},
                handled_at=order.placed_at,
            )
            for order in many
        ]
    )


def messages(many: list[Order], **fields) -> list[Message]:
    template, stream = Template.objects.get(slug="order_confirmation"), Stream.objects.first()
    sender = default_sender()
    return Message.objects.bulk_create(
        [
            Message(
                **{
                    "key": f"{fields.get('state', 'ready')}:{order.pk}",
                    "stream": stream,
                    "sender": sender,
                    "template": template,
                    "purpose_id": template.purpose_id,
                    "customer_id": order.customer_id,
                    "address": order.email,
                    "language": "en",
                    "subject_type": "order",
                    "subject_id": order.pk,
                    "send_after": order.placed_at,
                    **fields,
                }
            )
            for order in many
        ]
    )


def reviews(many: list[Order]) -> list[Review]:
    asked = Request.objects.bulk_create([Request(order=order, customer_id=order.customer_id) for order in many])
    return Review.objects.bulk_create(
        [
            Review(request=request, store=order.store, stars=5, language="en", created_at=order.placed_at)
            for request, order in zip(asked, many, strict=True)
        ]
    )


def enrolments(many: list[Order]) -> list[Enrolment]:
    version = JourneyVersion.objects.select_related("journey").first()
    return Enrolment.objects.bulk_create(
        [
            Enrolment(
                journey=version.journey,
                version=version,
                customer_id=order.customer_id,
                subject_type="order",
                subject_id=order.pk,
                order=order,
                entry_key=f"order:{order.pk}",
                entered_at=order.placed_at,
                since_at=order.placed_at,
                wake_at=order.placed_at,
            )
            for order in many
        ]
    )
