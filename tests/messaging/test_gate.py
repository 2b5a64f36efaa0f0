"""The gate: may it leave now? Every “no” is a sentence."""

from datetime import timedelta

import pytest
import time_machine

from customers.actions import close_matters, open_matters
from customers.consent import Said, note
from events import outbox
from messaging import actions, gate
from messaging.models import Message, Suppression
from orders.actions import save_orders
from orders.models import Order
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

HOUR = timedelta(hours=1)


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen()])[0].order


def judge(message, now=MONDAY):
    decision = gate.judge([message], now)[message.pk]
    return decision.verdict, str(decision.why), decision.until


def ask(order, **more):
    return planned(order, MONDAY, "review_request", **more)


def marketing(order):
    message = ask(order)
    Message.objects.filter(pk=message.pk).update(purpose="marketing")
    message.refresh_from_db()
    return message


def test_an_ordinary_message_may_leave(order):
    assert judge(planned(order, MONDAY)) == ("send", "", None)


def test_what_is_too_late_is_not_sent_from_the_very_second(order):
    message = planned(order, MONDAY, expires_at=MONDAY + HOUR)

    assert judge(message, MONDAY + HOUR - timedelta(seconds=1))[0] == "send"
    assert judge(message, MONDAY + HOUR) == ("expire", "Too late: it was of use until 23 November 2026, 12:00.", None)


def test_an_order_with_only_a_phone_gets_no_mail_and_says_why(store):
    order = save_orders(store, [order_seen(email="")])[0].order

    assert judge(planned(order, MONDAY)) == ("skip", "No address: the order came without an e-mail.", None)


def test_an_address_that_bounced_gets_nothing_by_mail(order):
    Suppression.objects.create(address="olena@example.com", reason="bounced")

    said = "The address is suppressed: mail bounced, or its owner complained."
    assert judge(planned(order, MONDAY)) == ("skip", said, None)


def test_an_address_suppressed_elsewhere_is_not_suppressed_by_mail(order):
    Suppression.objects.create(address="olena@example.com", channel="sms", reason="bounced")

    assert judge(planned(order, MONDAY))[0] == "send"


def say(granted, purpose="review_requests", address="olena@example.com", at=MONDAY):
    note(Said(address, "email", purpose, "test", at), "granted" if granted else "withdrawn")


@pytest.mark.parametrize(
    ("words", "verdict"),
    [((), "send"), ((True,), "send"), ((False,), "skip"), ((False, True), "send"), ((True, False), "skip")],
)
def test_the_newest_line_of_the_ledger_counts_for_an_ask(order, words, verdict):
    for word in words:
        say(word)

    decision = judge(ask(order))
    assert decision[0] == verdict
    assert decision[1] == ("The customer does not want messages of this kind." if verdict == "skip" else "")


def test_the_newest_line_is_the_one_written_last_whatever_its_date(order):
    say(True, at=MONDAY)
    say(False, at=MONDAY - timedelta(days=30))

    assert judge(ask(order))[0] == "skip"


def test_a_no_to_one_purpose_or_of_another_address_says_nothing_about_this_one(order):
    say(False, purpose="marketing")
    say(False, address="petro@example.com")

    assert judge(ask(order))[0] == "send"


def test_news_about_the_order_need_no_consent_and_heed_no_objection(order):
    say(False, purpose="order_updates")

    assert judge(planned(order, MONDAY))[0] == "send"


def test_advertising_needs_a_yes_said_before(order):
    message = marketing(order)
    assert judge(message) == ("skip", "No consent for messages of this kind.", None)

    say(True, purpose="marketing")
    assert judge(message)[0] == "send"
    say(False, purpose="marketing")
    assert judge(message)[1] == "The customer does not want messages of this kind."


UNSETTLED = "Something is not settled with this customer (%s): only news of their orders go out."
TICKET = UNSETTLED % "a ticket"


def test_an_ask_waits_while_something_is_not_settled_and_goes_when_it_is(order):
    message = ask(order)
    open_matters("ticket", {("ticket", 7): order.customer_id}, MONDAY)
    open_matters("ticket", {("ticket", 7): order.customer_id}, MONDAY)

    held = judge(message)
    close_matters("ticket", [("ticket", 7)], MONDAY)

    assert held == ("hold", UNSETTLED % "ticket", MONDAY + 24 * HOUR)
    assert judge(message)[0] == "send"


@pytest.mark.parametrize(
    ("purpose", "verdict"),
    [
        ("order_updates", "send"),
        ("account", "send"),
        ("support", "send"),
        ("review_requests", "hold"),
        ("surveys", "hold"),
        ("loyalty", "hold"),
        ("marketing", "hold"),
    ],
)
def test_only_news_of_orders_and_answers_go_out_while_a_matter_is_open(order, purpose, verdict):
    say(True, purpose="marketing")
    message = ask(order)
    Message.objects.filter(pk=message.pk).update(purpose=purpose)
    message.refresh_from_db()
    open_matters("late", {("shipment", 3): order.customer_id}, MONDAY)

    assert judge(message)[0] == verdict


def test_news_about_the_order_do_not_wait_for_open_matters(order):
    open_matters("return", {("order", order.pk): order.customer_id}, MONDAY)

    assert judge(planned(order, MONDAY))[0] == "send"


def test_somebody_elses_matter_holds_nobody_back(order, store):
    other = save_orders(store, [order_seen(2, customer_id="9", email="petro@example.com", phone="")])[0].order
    open_matters("ticket", {("ticket", 7): other.customer_id}, MONDAY)

    assert judge(ask(order))[0] == "send"


def test_a_cancelled_order_is_not_written_about_any_more(order):
    Order.objects.update(cancelled_at=MONDAY)

    assert judge(planned(order, MONDAY)) == ("skip", "The order was cancelled.", None)
    assert judge(ask(order))[0] == "skip"


def test_a_link_that_the_customer_asked_for_goes_out_for_a_cancelled_order_too(order):
    Order.objects.update(cancelled_at=MONDAY)

    assert judge(planned(order, MONDAY, "order_link"))[0] == "send"


def tick(message, at):
    with time_machine.travel(at, tick=False):
        outbox.answer_waiting()
        actions.send_due()
    message.refresh_from_db()
    return message.state, message.send_after, message.why


def survey(order, **more):
    """An ask that can be written without a review request of its own."""
    message = planned(order, MONDAY, **more)
    Message.objects.filter(pk=message.pk).update(purpose="surveys")
    message.refresh_from_db()
    return message


def test_what_is_held_goes_out_as_soon_as_the_matter_closes(order):
    message = survey(order)
    open_matters("ticket", {("ticket", 7): order.customer_id}, MONDAY)

    held = tick(message, MONDAY)
    still = tick(message, MONDAY + 5 * HOUR)
    close_matters("ticket", [("ticket", 7)], MONDAY + 6 * HOUR)
    sent = tick(message, MONDAY + 6 * HOUR)

    assert held == still == ("ready", MONDAY + 24 * HOUR, TICKET)
    assert sent == ("sent", MONDAY + 6 * HOUR, "")


def test_what_is_held_goes_on_waiting_for_a_second_matter(order):
    message = survey(order)
    open_matters("ticket", {("ticket", 7): order.customer_id}, MONDAY)
    open_matters("return", {("order", order.pk): order.customer_id}, MONDAY)
    tick(message, MONDAY)

    close_matters("ticket", [("ticket", 7)], MONDAY + HOUR)
    held = tick(message, MONDAY + HOUR)

    assert held == ("ready", MONDAY + 25 * HOUR, UNSETTLED % "a return")


def test_what_is_held_is_too_late_at_its_own_time_and_not_at_the_next_look(order):
    message = survey(order, expires_at=MONDAY + 3 * HOUR)
    open_matters("ticket", {("ticket", 7): order.customer_id}, MONDAY)

    held = tick(message, MONDAY)
    late = tick(message, MONDAY + 3 * HOUR)

    assert held == ("ready", MONDAY + 3 * HOUR, TICKET)
    assert late == ("expired", MONDAY + 3 * HOUR, "Too late: it was of use until 23 November 2026, 14:00.")


def test_a_batch_of_forty_is_judged_in_four_queries(order, django_assert_num_queries):
    messages = [planned(order, MONDAY, key=f"k{n}") for n in range(40)]

    with django_assert_num_queries(4):
        decisions = gate.judge(messages, MONDAY)

    assert {d.verdict for d in decisions.values()} == {"send"}
