"""What was told of cards."""

import pytest

from events.models import Event


@pytest.fixture
def told(db):
    """kind → whose facts of it there are."""
    return lambda kind: list(Event.objects.filter(kind=kind).order_by("pk").values_list("customer_id", flat=True))
