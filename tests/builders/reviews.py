"""Reviews as rows, for tests of what is shown."""

from datetime import timedelta

from feedback.models import Review
from orders.models import Product
from tests.builders.door import MONDAY


def a_product(store, title="Мідний чайник", external_id="771", sku="K-1"):
    return Product.objects.create(store=store, external_id=external_id, sku=sku, title=title)


def said(product, stars=5, text="Гріє швидко.", author="Олена К.", days_ago=1, **fields):
    """A published review by a verified buyer."""
    at = MONDAY - timedelta(days=days_ago)
    told = {"state": "published", "badge": "buyer", "language": "uk", "title": product.title, "published_at": at}
    return Review.objects.create(
        store=product.store, product=product, stars=stars, text=text, author=author,
        created_at=at, **(told | fields),
    )  # fmt: skip
