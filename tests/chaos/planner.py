"""``python -m tests.chaos.planner``: plan messages in one house, by the product's own verbs. Reads JSON from stdin.

``{"template": "order_confirmation", "numbers": [1, 400], "within": 20}``: messages to m1@ … m400@example.com about
one order, due evenly over the next 20 seconds; ``expires`` after so many. ``purpose``: the same letter for another one;
``spoil``: Liquid that no check has seen stands in it.
"""

import json
import sys
from datetime import timedelta
from typing import Any

import django


def main(
    template: str,
    numbers: list[int],
    within: float = 0,
    expires: float | None = None,
    after: float = 0,
    purpose: str = "",
    spoil: str = "",
) -> None:
    django.setup()
    from django.db import transaction
    from django.utils import timezone

    from messaging.actions import Planned, plan, stream
    from messaging.models import Template
    from orders.models import Order, Store

    now = timezone.now() + timedelta(seconds=after)
    order, _ = Order.objects.get_or_create(
        store=Store.objects.get(),
        external_id="chaos-1",
        defaults={"number": "1001", "email": "olena@example.com", "placed_at": now, "currency": "UAH"},
    )
    first, last = numbers
    letter = Template.objects.get(slug=template)
    if purpose:
        letter = copy_for(letter, purpose, spoil)
    with transaction.atomic():
        plan(
            [
                Planned(
                    key=f"chaos:{number}",
                    stream_id=stream("chaos", "Chaos").pk,
                    template_id=letter.pk,
                    customer_id=order.customer_id,
                    address=f"m{number}@example.com",
                    language="uk",
                    subject=("order", order.pk),
                    cause=("chaos", number),
                    send_after=now + timedelta(seconds=within * (number - first) / (last - first + 1)),
                    expires_at=now + timedelta(seconds=expires) if expires is not None else None,
                )
                for number in range(first, last + 1)
            ]
        )


def copy_for(letter: Any, purpose: str, spoil: str) -> Any:
    """The same letter, published for another purpose; ``spoil`` is what stands in it instead."""
    from messaging.models import Template

    version = letter.versions.order_by("-id").first()
    contents = list(version.contents.all())
    copied = Template.objects.create(slug=f"{letter.slug}-{purpose}", purpose_id=purpose, name=letter.name)
    version.pk, version.template = None, copied
    version.save()
    for content in contents:
        content.pk, content.version = None, version
        content.html = spoil or content.html
        content.save()
    return copied


if __name__ == "__main__":
    main(**json.load(sys.stdin))
