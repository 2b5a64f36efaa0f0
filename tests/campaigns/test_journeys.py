"""Journeys over real facts: who enters, who leaves, what is written once."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.models import Enrolment, StepTaken
from events import clocks
from events.clocks import tick
from events.models import Event
from feedback.models import Request
from messaging.models import Message, Template
from orders.actions import save_orders
from orders.models import Order
from tests.builders.door import MONDAY, order_seen
from tests.builders.journeys import answered, scan, ship
from tracking.actions import add_checkpoints
from tracking.carriers.seen import CheckpointSeen

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def place(store, **overrides):
    order = save_orders(store, [order_seen(**overrides)])[0].order
    answered()
    return order


def mails():
    return list(Message.objects.order_by("id").values_list("template__slug", "state"))


def enrolment(slug):
    return Enrolment.objects.get(journey__slug=slug)


def test_the_confirmation_leaves_at_once_and_its_enrolment_is_done(store):
    place(store)

    assert mails() == [("order_confirmation", "sent")]
    assert enrolment("order_confirmation").state == "done"
    assert list(StepTaken.objects.values_list("step", "outcome")) == [("confirm", "planned")]


def test_a_cancelled_order_leaves_its_journeys_with_the_reason(store, clock):
    order = place(store)

    clock.shift(HOUR)
    now = timezone.now()
    save_orders(store, [order_seen(updated_at=now, cancelled_at=now)])
    tick()

    left = enrolment("review_request")
    assert (left.state, left.why) == ("exited", "Ended: the order is cancelled.")
    clock.shift(60 * DAY)
    tick()
    assert mails() == [("order_confirmation", "sent")]
    assert order.pk == left.order_id


def test_a_confirmation_planned_before_the_cancellation_is_not_sent_after_it(store):
    save_orders(store, [order_seen()])
    for name in ("events", "journeys"):
        clocks.drain(name)
    assert mails() == [("order_confirmation", "ready")]

    save_orders(store, [order_seen(updated_at=MONDAY + HOUR, cancelled_at=MONDAY)])
    tick()

    assert mails() == [("order_confirmation", "skipped")]
    assert Message.objects.get().why == "The order was cancelled."


def test_a_label_sends_nothing_and_the_first_scan_one_mail(store, clock):
    parcel = ship(place(store))
    scan(parcel, "info_received")
    assert len(mails()) == 1

    for milestone in ("picked_up", "in_transit", "out_for_delivery"):
        clock.shift(HOUR)
        scan(parcel, milestone)

    assert mails() == [("order_confirmation", "sent"), ("shipping_update", "sent")]


def test_each_parcel_has_its_own_shipping_mail(store, clock):
    order = place(store)
    first, second = ship(order, "A1"), ship(order, "A2")

    scan(first, "in_transit")
    clock.shift(DAY)
    scan(first, "delivered")
    scan(second, "in_transit")

    shipping = Message.objects.filter(template__slug="shipping_update")
    assert sorted(shipping.values_list("subject_id", flat=True)) == sorted([first.pk, second.pk])
    assert {m.state for m in shipping} == {"sent"}


def test_a_parcel_that_was_delivered_before_we_heard_of_it_is_not_announced(store):
    parcel = ship(place(store))
    now = timezone.now()

    add_checkpoints(parcel, [CheckpointSeen(now - HOUR, "in_transit"), CheckpointSeen(now, "delivered")], "toy", now)
    tick()

    assert mails() == [("order_confirmation", "sent")]
    assert enrolment("shipping_update").why == "Ended: a parcel is delivered."


def test_a_scan_that_we_hear_of_three_days_late_is_too_late_to_tell(store, clock):
    parcel = ship(place(store))
    clock.shift(3 * DAY)

    now = timezone.now()
    add_checkpoints(parcel, [CheckpointSeen(MONDAY + HOUR, "in_transit")], "toy", now)
    tick()

    message = Message.objects.get(template__slug="shipping_update")
    assert (message.state, message.why) == ("expired", "Too late: it was of use until 25 November 2026, 12:00.")


def test_the_review_is_asked_for_once_a_week_after_the_delivery(store, clock):
    order = place(store)
    parcel = ship(order)
    clock.shift(DAY)
    scan(parcel, "delivered")  # Tuesday, 11:00 in Kyiv: the hour of 10:00 has passed, so Wednesday week
    asleep = enrolment("review_request")
    assert asleep.wake_at.isoformat() == "2026-12-02T08:00:00+00:00"

    for now in (asleep.wake_at - HOUR, asleep.wake_at, asleep.wake_at + DAY, asleep.wake_at + 30 * DAY):
        clock.move_to(now)
        tick()

    assert mails()[-1] == ("review_request", "sent")
    assert len(mails()) == 2 and Request.objects.count() == 1
    assert enrolment("review_request").state == "done"


def test_an_order_whose_parcel_nobody_scanned_is_asked_about_after_a_fortnight(store, clock):
    ship(place(store))

    assert enrolment("review_request").wake_at.isoformat() == "2026-12-08T08:00:00+00:00"


def test_an_ask_that_somebody_made_before_is_refused_and_not_repeated(store, clock):
    order = place(store)
    Request.objects.create(order=order, customer=order.customer)
    scan(ship(order), "delivered")

    clock.shift(9 * DAY)
    tick()

    assert [slug for slug, _state in mails()] == ["order_confirmation"]
    outcomes = StepTaken.objects.filter(enrolment=enrolment("review_request")).values_list("step", "outcome")
    assert list(outcomes.order_by("seq")) == [("wait", "waited"), ("ask", "refused")]


def test_a_mail_whose_template_has_gone_is_counted_with_its_reason_and_the_ask_stays_unmade(store, clock):
    scan(ship(place(store)), "delivered")
    Template.objects.filter(slug="review_request").delete()

    clock.shift(9 * DAY)
    tick()

    assert [slug for slug, _state in mails()] == ["order_confirmation"]
    outcomes = StepTaken.objects.filter(enrolment=enrolment("review_request")).values_list("step", "outcome")
    assert list(outcomes.order_by("seq")) == [("wait", "waited"), ("ask", "unwritten")]
    assert not Request.objects.exists()


def test_an_ask_goes_to_the_gate_while_a_matter_is_open(store, clock):
    from customers.actions import close_matters, open_matters

    order = place(store)
    scan(ship(order), "delivered")
    open_matters("ticket", {("ticket", 1): order.customer_id}, timezone.now())
    clock.move_to(enrolment("review_request").wake_at)
    tick()
    assert mails()[-1] == ("review_request", "ready")

    close_matters("ticket", [("ticket", 1)], timezone.now())
    clock.shift(HOUR + timedelta(seconds=1))
    tick()

    assert mails()[-1] == ("review_request", "sent")


def test_facts_answered_twice_make_no_second_enrolment_nor_mail(store):
    place(store)

    Event.objects.update(handled_at=None)
    tick()

    assert mails() == [("order_confirmation", "sent")]
    assert Enrolment.objects.count() == 2


def test_a_delivery_moves_the_time_of_whoever_waits_for_it(store, clock):
    parcel = ship(place(store))
    fallback = enrolment("review_request").wake_at

    clock.shift(2 * DAY)
    scan(parcel, "delivered")

    assert fallback.isoformat() == "2026-12-08T08:00:00+00:00"
    assert enrolment("review_request").wake_at.isoformat() == "2026-12-03T08:00:00+00:00"


def test_the_message_goes_to_the_orders_address_in_the_language_of_the_order(store):
    place(store, email="lena@example.com", language="ru")

    message = Message.objects.get()
    assert (message.address, message.language, message.lane) == ("lena@example.com", "ru", 1)
    assert message.key == f"journey:order_confirmation:order:{Order.objects.get().pk}:confirm"


def test_a_parcel_that_only_the_api_reports_starts_the_fortnight_too(client, store):
    from staff.models import User
    from staff.tokens import make_token

    place(store)
    token = make_token(User.objects.create_superuser("robot@lavka.example", "x" * 12), "the warehouse")
    parcel = {"store": "lavka", "order": "1042", "number": "A1"}
    headers = {"authorization": f"Bearer {token}"}
    answer = client.post("/api/v1/shipments/", parcel, content_type="application/json", headers=headers)
    tick()

    assert answer.status_code == 201
    assert enrolment("review_request").wake_at.isoformat() == "2026-12-08T08:00:00+00:00"


def test_a_shipping_mail_that_waits_is_not_sent_once_the_parcel_is_known_to_be_delivered(store, clock):
    parcel = ship(place(store))
    now = timezone.now()
    add_checkpoints(parcel, [CheckpointSeen(now, "in_transit")], "toy", now)
    for name in ("events", "journeys"):
        clocks.drain(name)
    assert mails()[-1] == ("shipping_update", "ready")

    clock.shift(HOUR)
    scan(parcel, "delivered")

    assert mails()[-1] == ("shipping_update", "skipped")
    assert Message.objects.get(template__slug="shipping_update").why == "Its journey ended before it could leave."


def test_an_ask_that_waits_for_a_matter_is_not_sent_once_the_review_is_there(store, clock):
    from customers.actions import close_matters, open_matters
    from feedback.actions import Answer, submit_review

    order = place(store)
    scan(ship(order), "delivered")
    open_matters("ticket", {("ticket", 1): order.customer_id}, timezone.now())
    clock.move_to(enrolment("review_request").wake_at)
    tick()
    submit_review(Request.objects.get(), [Answer(None, 5)], "", "uk", timezone.now())
    close_matters("ticket", [("ticket", 1)], timezone.now())

    clock.shift(DAY + HOUR)
    tick()

    assert mails()[-1] == ("review_request", "skipped")
