"""Waking: a worker is nudged when there is something to see, that is after the commit."""

import pytest
from django.db import transaction

from events import inbox, nudges
from events.facts import record
from orders.events import OrderCancelled
from tests.conftest import connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken(monkeypatch):
    """Clocks that were nudged, in order."""
    names = []
    monkeypatch.setattr(nudges, "nudge", names.append)
    return names


def test_a_worker_is_woken_when_the_receipt_is_committed_and_not_before(woken, django_capture_on_commit_callbacks):
    connection = connect("toy", "one")

    with django_capture_on_commit_callbacks(execute=True):
        new, again = (inbox.receive(connection, "key-1", "t", b"{}") for _ in range(2))
        before = list(woken)

    assert (new, again, before, woken) == (True, False, [], ["receipts"])


def test_a_worker_is_woken_when_the_fact_is_committed_and_not_before(woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            record(OrderCancelled("n1", ""), subject=("order", 1))
        before = list(woken)

    assert (before, woken) == ([], ["events"])
