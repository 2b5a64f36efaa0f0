"""``python -m bench.fill N``: N orders with two lines each, and one message about each that is due now.

The letter has the size and the variables of the one that the peers send (4.4 KB with two lines); u1@example.com …
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

import django

NOTE = (
    '<tr><td style="font:13px/20px Arial,sans-serif;color:#555;padding:4px 24px">Delivery note {}: parcels leave the'
    " warehouse on working days and the carrier sends a tracking number.</td></tr>"
)
CHUNK = 2000


def main() -> None:
    django.setup()
    from django.db import connection
    from django.utils import timezone

    from messaging.actions import default_sender, plan, stream
    from messaging.actions.planning import Planned

    count = int(sys.argv[1] if len(sys.argv) > 1 else os.environ["N"])
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_message, orders_order, customers_customer CASCADE")
    store, template = a_store(), a_template()
    sender = default_sender()
    sender.connections = int(os.environ.get("CONNECTIONS", "8"))
    sender.save()
    source = stream("bench", "Bench")
    for first in range(1, count + 1, CHUNK):
        orders = some_orders(store, range(first, min(first + CHUNK, count + 1)), now)
        plan(
            [
                Planned(
                    key=f"bench:{order.number}",
                    stream_id=source.pk,
                    template_id=template.pk,
                    customer_id=order.customer_id,
                    address=order.email,
                    language="en",
                    subject=("order", order.pk),
                    cause=("bench", order.pk),
                    send_after=now - timedelta(seconds=1),
                )
                for order in orders
            ]
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE messaging_message, messaging_messagebody, orders_order, orders_orderline")


def a_store():
    from orders.models import Store

    return Store.objects.get_or_create(
        slug="post",
        defaults={"name": "Shop", "country": "DE", "currency": "EUR", "language": "en", "languages": ["en"]},
    )[0]


def a_template():
    """The letter as it is after publishing: Liquid in finished HTML."""
    from django.utils import timezone

    from messaging.models import Template, TemplateContent, TemplateVersion

    here = Path(__file__).parent
    html = (here / "letter.html").read_text().replace("NOTES", "\n".join(NOTE.format(n) for n in range(12)))
    template, new = Template.objects.get_or_create(
        slug="bench", defaults={"name": "Bench", "purpose_id": "order_updates"}
    )
    if new:
        version = TemplateVersion.objects.create(template=template, number=1, published_at=timezone.now())
        TemplateContent.objects.create(
            version=version,
            language="en",
            subject="Order {{ order.number }} confirmed",
            html=html,
            compiled_text=(here / "letter.txt").read_text(),
        )
    return template


def some_orders(store, numbers, now):
    from customers.models import Customer
    from orders.models import Order, OrderLine
    from shelf.rows import insert_rows

    people = [Customer(first_name=f"Anna{n}", last_name="Smith", country="DE") for n in numbers]
    insert_rows(people)
    orders = [
        Order(
            store=store,
            external_id=str(n),
            number=f"#{n}",
            customer=person,
            email=f"u{n}@example.com",
            first_name=person.first_name,
            placed_at=now,
            currency="EUR",
            total="59.80",
        )
        for n, person in zip(numbers, people, strict=True)
    ]
    insert_rows(orders)
    insert_rows(
        OrderLine(
            order=o,
            external_id=str(k),
            title=f"Tea glass {k}",
            quantity=1,
            price="29.90",
            total="29.90",
        )
        for o in orders
        for k in (1, 2)
    )
    return orders


if __name__ == "__main__":
    main()
