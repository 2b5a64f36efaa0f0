"""What the tests of support begin with."""

import pytest
from django.core.cache import cache

from messaging.actions import load_preset_mails
from messaging.models import Sender
from orders.models import OrderPage
from orders.page_blocks import block_of
from tests.builders.room import orders
from tests.builders.tickets import MAILBOX, MAILS


@pytest.fixture(autouse=True)
def nobody_wrote_before():
    cache.clear()


@pytest.fixture
def order(store, journeys):
    """An order of Olena's in a shop whose mailbox reads answers."""
    load_preset_mails(MAILS)
    Sender.objects.filter(slug="lavka").update(reply_address=MAILBOX)
    store.refresh_from_db()
    made = orders(store, 1)[0]
    OrderPage.objects.filter(pk=made.pk).update(blocks={"order": block_of(made, []), "parcels": []})
    return made
