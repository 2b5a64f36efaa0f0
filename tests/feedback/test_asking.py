"""Whom a request is about, and when nobody is asked any more."""

from datetime import timedelta

import pytest
import time_machine

from events.models import Event
from feedback import contexts, reactions
from feedback.actions import Answer, ask_for_reviews, close_requests, submit_review
from feedback.models import Request
from messaging.models import Message
from orders.actions import save_orders
from orders.models import Payment
from tests.builders.door import MONDAY, line_seen, order_seen
from tracking.models import Shipment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen(lines=(line_seen("Чайник"),))])[0].order


def parcel(order, number, carrier, delivered_at):
    return Shipment.objects.create(order=order, number=number, carrier=carrier, delivered_at=delivered_at)


def standing():
    return Request.objects.values_list("state", "why_closed", "closed_at").get()


def mail(order, purpose="review_requests"):
    return Message(pk=1, subject_type="order", subject_id=order.pk, purpose_id=purpose)


def test_the_last_parcel_that_came_and_its_carrier_are_kept_when_we_ask(order):
    parcel(order, "1", "ukrposhta", MONDAY - timedelta(days=9))
    last = parcel(order, "2", "nova_poshta", MONDAY - timedelta(days=8))
    parcel(order, "3", "meest", None)

    ask_for_reviews([order], MONDAY)
    last.carrier = "meest"
    last.save()

    assert Request.objects.values_list("shipment", "carrier", "agent").get() == (last.pk, "nova_poshta", None)


def test_a_cancelled_order_is_asked_about_no_more_with_the_reason_and_its_mails_stay_back(order):
    ask_for_reviews([order], MONDAY)
    assert contexts.object_to_closed([mail(order)], MONDAY) == {}

    reactions.stop_asking_cancelled([Event(kind="order.cancelled", subject_type="order", subject_id=order.pk)])

    assert standing() == ("closed", "The order was cancelled.", MONDAY)
    assert str(contexts.object_to_closed([mail(order)], MONDAY)[1]) == "The order was cancelled."
    assert contexts.object_to_closed([mail(order, "order_updates")], MONDAY) == {}


@pytest.mark.parametrize(("financial", "state"), [("refunded", "closed"), ("partly_refunded", "open")])
def test_only_when_all_money_went_back_nobody_is_asked(order, financial, state):
    ask_for_reviews([order], MONDAY)
    type(order).objects.update(financial=financial)
    back = Payment.objects.create(
        order=order, kind="refund", state="paid", amount=1, external_id="R1", at=MONDAY, created_at=MONDAY
    )

    reactions.stop_asking_refunded([Event(kind="refund.recorded", data={"payment_id": back.pk})])

    assert standing()[0] == state


def test_an_answer_stays_and_one_who_was_asked_may_still_give_it(order):
    ask_for_reviews([order], MONDAY)
    asked = Request.objects.get()
    close_requests([order.pk], reactions.CANCELLED, MONDAY)

    submit_review(asked, [Answer(None, 1, "Не приїхало")], "", "uk", MONDAY)
    close_requests([order.pk], reactions.REFUNDED, MONDAY)

    assert standing()[:2] == ("answered", "The order was cancelled.")
    assert Event.objects.get(kind="review.submitted").data["lowest"] == 1
