"""Rounds of the post that are interrupted: the database goes away in the middle, or there is no way out."""

import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from messaging import actions
from messaging.actions import open_ways, sending
from messaging.models import Message
from orders.actions import save_orders
from tests.builders.door import order_seen
from tests.builders.post import mail_server, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture
def three(store):
    due = timezone.now() - timedelta(minutes=1)
    orders = [save_orders(store, [order_seen(number)])[0].order for number in (1, 2, 3)]
    return [planned(order, due) for order in orders]


def states():
    return set(Message.objects.values_list("state", flat=True))


def test_after_a_database_that_went_away_the_next_round_sends_what_was_left(three, settings, monkeypatch):
    note = sending.note

    def fails_once(*said):
        monkeypatch.setattr(sending, "note", note)
        raise OperationalError("server closed the connection unexpectedly")

    with mail_server() as server:
        settings.EMAIL_URL = server.url
        monkeypatch.setattr(sending, "note", fails_once)
        with pytest.raises(OperationalError):
            actions.send_due()
        assert three[0].sender_id not in open_ways._ways.open  # hung up: nobody would say anything on those lines
        Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))  # the lease of that round ends
        begun = time.monotonic()
        actions.send_due()

    assert time.monotonic() - begun < 5
    assert states() == {"sent"}
    assert len(server.mails) == 3


def test_without_a_way_out_a_round_ends_at_once(three, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"  # nobody listens

    begun = time.monotonic()
    actions.send_due()

    assert time.monotonic() - begun < 2
    assert states() == {"ready"}
