"""A return that was agreed to and does not come: two letters, and none to somebody who sent it or keeps the goods."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from campaigns.models import Journey
from messaging.models import LocalMail
from orders.actions.returning import Asked, approve_return, cancel_return, note_sent_back, request_return
from orders.models import Order
from tests.builders.journeys import answered
from tests.builders.self_service import asker, placed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_journey")]

KYIV = ZoneInfo("Europe/Kyiv")
AGREED = datetime(2026, 3, 9, 12, 0, tzinfo=KYIV)
DAY = timedelta(days=1)


@pytest.fixture
def returned(store):
    Journey.objects.filter(slug="abandoned_return").update(state="live")
    with time_machine.travel(AGREED, tick=False):
        order = placed(store)
        arrived = {"delivered_at": AGREED - DAY, "parcels_delivered_at": AGREED - DAY, "dispatched_at": AGREED - DAY}
        Order.objects.filter(pk=order.pk).update(**arrived)
        made = request_return(asker(order), Asked({order.lines.get().pk: 1}, "size"), AGREED)
        approve_return(made.pk, None, AGREED)
        answered()
    return made


def reminders_until(days):
    """The days after the yes, on which a letter left."""
    for day in range(1, days + 1):
        with time_machine.travel(AGREED + day * DAY, tick=False):
            answered()
    mails = LocalMail.objects.filter(subject="Your return is not on its way yet").order_by("at")
    return [(mail.at - AGREED).days for mail in mails]


def test_who_was_given_no_label_is_reminded_too_twice_and_no_more(returned):
    assert reminders_until(20) == [3, 12]


def test_who_sent_it_is_left_alone(returned):
    with time_machine.travel(AGREED + DAY, tick=False):
        note_sent_back(returned.pk, "Nova Poshta", "59000000000017", AGREED + DAY)
        answered()

    assert reminders_until(14) == []


def test_who_keeps_it_after_the_first_letter_gets_no_second(returned):
    first = reminders_until(4)
    with time_machine.travel(AGREED + 5 * DAY, tick=False):
        cancel_return(returned.pk, asker(returned.order), AGREED + 5 * DAY)
        answered()

    assert (first, reminders_until(14)) == ([3], [3])
