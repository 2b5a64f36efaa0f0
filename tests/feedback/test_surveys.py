"""Who is asked for a number, how often, by which mail; and where the numbers are seen."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from campaigns.actions import publish
from campaigns.engine import JourneyRefused
from campaigns.models import Journey, StepTaken
from campaigns.touchpoints import built_in
from customers.models import Stats
from events.clocks import tick
from events.models import Event
from feedback import contexts, lends
from feedback.actions.surveys import Whom, answer_survey, ask_for_surveys, were_asked
from feedback.asks import ASKS
from feedback.models import Survey
from messaging.models import LocalMail, Message
from orders.actions import save_orders
from orders.models import Order
from shelf.touchpoints import Scope
from tests.builders.door import MONDAY, order_seen

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def orders(store):
    """Two orders of Olena."""
    seen = [order_seen(), order_seen(1043)]
    return [saved.order for saved in save_orders(store, seen)]


def whom(order):
    return Whom(order.customer_id, order.pk)


def rows():
    return [(s.kind, s.order_id, s.state) for s in Survey.objects.order_by("pk")]


# --- Once ---------------------------------------------------------------------------------------------------------


def test_a_person_is_asked_for_nps_once_in_ninety_days_whichever_orders_follow(orders):
    first, second = orders

    assert ask_for_surveys("nps", [whom(first), whom(second)], MONDAY) == {whom(first)}
    assert ask_for_surveys("nps", [whom(second)], MONDAY + 89 * DAY) == set()
    assert ask_for_surveys("nps", [whom(second)], MONDAY + 90 * DAY) == {whom(second)}

    assert rows() == [("nps", first.pk, "closed"), ("nps", second.pk, "open")]


def test_each_order_is_asked_for_csat_once_and_for_ever(orders):
    first, second = orders

    assert ask_for_surveys("csat", [whom(first), whom(second), whom(first)], MONDAY) == {whom(first), whom(second)}
    assert ask_for_surveys("csat", [whom(first)], MONDAY + 400 * DAY) == set()
    assert ask_for_surveys("ces", [whom(first)], MONDAY) == {whom(first)}


def test_the_shop_as_a_whole_is_asked_about_once_in_seven_days(orders):
    person = Whom(orders[0].customer_id, None)

    assert ask_for_surveys("csat", [person], MONDAY) == {person}
    assert ask_for_surveys("csat", [person], MONDAY + 6 * DAY) == set()
    assert ask_for_surveys("csat", [whom(orders[0])], MONDAY + 6 * DAY) == {whom(orders[0])}
    assert ask_for_surveys("csat", [person], MONDAY + 7 * DAY) == {person}
    assert rows() == [("csat", None, "closed"), ("csat", orders[0].pk, "open"), ("csat", None, "open")]


def test_nobody_is_asked_without_a_name_without_an_order_or_about_a_cancelled_one(orders):
    first, second = orders
    Order.objects.filter(pk=second.pk).update(cancelled_at=MONDAY)

    asked = [Whom(None, first.pk), Whom(None, None), Whom(99_999, None), whom(second)]
    assert ask_for_surveys("csat", asked, MONDAY) == set()
    assert not Survey.objects.exists()


def test_the_database_itself_refuses_a_second_ask_and_a_score_out_of_scale(orders):
    first, _second = orders
    ask_for_surveys("nps", [whom(first)], MONDAY)
    row = {"kind": "nps", "customer_id": first.customer_id, "store_id": first.store_id, "asked_at": MONDAY}

    for wrong in ({"order_id": first.pk, "state": "answered", "score": 5}, {}, {"state": "answered", "score": 11}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Survey.objects.create(**row | wrong)


def test_asking_a_hundred_costs_as_many_queries_as_asking_two(store, django_assert_num_queries):
    seen = [order_seen(n, customer_id=str(n), email=f"n{n}@example.com", phone="") for n in range(1, 103)]
    many = [whom(saved.order) for saved in save_orders(store, seen)]

    for few in (many[:2], many[2:]):
        with django_assert_num_queries(7):
            assert len(ask_for_surveys("nps", few, MONDAY)) == len(few)


def test_a_question_is_a_fact_without_anything_personal(orders):
    ask_for_surveys("nps", [whom(orders[0])], MONDAY)

    event = Event.objects.get(kind="survey.requested")
    assert event.data == {"survey_id": Survey.objects.get().pk, "survey": "nps"}
    assert were_asked("nps", [whom(orders[1])], MONDAY + DAY) == {whom(orders[1])}


# --- Journeys and mails -------------------------------------------------------------------------------------------


def journey(slug="nps", what="nps", template="nps", subject="order"):
    made = Journey.objects.get(slug=slug) if Journey.objects.filter(slug=slug).exists() else None
    plan = {
        "starts_with": "order.paid" if subject == "order" else "order.placed",
        "subject": subject,
        "steps": [{"id": "ask", "do": "ask", "what": what, "template": template, "late_hours": 240}],
    }
    publish(made, plan)
    Journey.objects.filter(pk=made.pk).update(state="live")
    return made


@pytest.mark.usefixtures("every_journey")
def test_a_journey_asks_for_nps_with_a_mail_that_ranks_as_one_and_shows_eleven_numbers(store):
    journey(subject="customer")

    save_orders(store, [order_seen()])
    tick()
    tick()

    message = Message.objects.get(template__slug="nps")
    assert (message.purpose_id, message.ask, message.state) == ("surveys", "nps", "sent")
    mail = message_from_bytes(bytes(LocalMail.objects.latest("pk").raw), policy=policy.default)
    text = mail.get_body(("plain",)).get_content()
    assert re.findall(r"^(\d+):\s+http\S+/s/[\w-]+/\?score=(\d+)", text, re.M) == [(str(n), str(n)) for n in range(11)]
    assert "10: дуже ймовірно" in text
    assert mail.get_body(("html",)).get_content().count("?score=") == 11


@pytest.mark.usefixtures("every_journey")
def test_a_second_journey_does_not_ask_again(store):
    journey("nps", subject="customer")
    journey("win_back", subject="customer")

    save_orders(store, [order_seen()])
    tick()

    assert Message.objects.filter(template__slug="nps").count() == Survey.objects.count() == 1
    assert sorted(StepTaken.objects.filter(step="ask").values_list("outcome", flat=True)).count("refused") == 1


@pytest.mark.usefixtures("every_journey")
def test_an_ask_with_a_mail_of_another_purpose_is_refused():
    with pytest.raises(JourneyRefused, match=r"has the purpose “surveys”, and not “order_updates”"):
        journey(template="order_confirmation")


def test_surveys_may_be_asked_in_every_journey_and_by_their_own_purpose_only():
    assert {what: (ask.subjects, ask.purpose) for what, ask in ASKS.items()} == {
        "review": (("order", "shipment"), "review_requests"),
        "nps": (("order", "shipment", "customer"), "surveys"),
        "csat": (("order", "shipment", "customer"), "surveys"),
        "ces": (("order", "shipment", "customer"), "surveys"),
    }


def test_a_mail_sees_the_question_that_it_asks_and_no_other(orders):
    first, second = orders
    for kind in ("csat", "ces"):
        ask_for_surveys(kind, [whom(first)], MONDAY)

    by_ask = contexts.load([first.pk, second.pk], MONDAY)[first.pk]["by_ask"]

    assert {kind: [c["n"] for c in told["survey"]["choices"]] for kind, told in by_ask.items()} == {
        "csat": [1, 2, 3, 4, 5],
        "ces": [1, 2, 3, 4, 5, 6, 7],
    }
    assert by_ask["csat"]["survey"]["choices"][4]["url"].endswith("/?score=5")
    assert contexts.load_for_people([second.pk], MONDAY) == {}


# --- Seen ---------------------------------------------------------------------------------------------------------


def answered(order, kind, score):
    ask_for_surveys(kind, [whom(order)], MONDAY)
    survey = Survey.objects.get(kind=kind, order=order)
    answer_survey(survey, score, "Так", "uk", MONDAY)
    return survey


def test_ten_answers_make_a_score_and_fewer_do_not(store):
    seen = [order_seen(n, customer_id=str(n), email=f"n{n}@example.com", phone="") for n in range(1, 11)]
    many = [saved.order for saved in save_orders(store, seen)]
    for order, score in zip(many[:9], (10, 9, 9, 8, 7, 6, 0, 10, 10), strict=True):
        answered(order, "nps", score)
    [few] = lends.tiles(MONDAY)

    answered(many[9], "nps", 9)
    [enough] = lends.tiles(MONDAY)

    assert "too few to tell" in str(few)
    assert "+40" in str(enough)  # 6 promoters, 2 detractors


def test_an_order_is_content_on_the_map_when_no_answer_is_less_than_good(orders):
    first, second = orders
    answered(first, "csat", 5)
    answered(first, "ces", 3)
    answered(second, "csat", 4)
    scope = Scope(MONDAY - 400 * DAY, MONDAY + DAY, timezone.now())

    [point] = built_in.count_surveys(scope)

    assert (point.asked, point.answered, point.rated, point.satisfied, point.waiting) == (2, 2, 2, 1, 0)


def test_the_list_is_found_filtered_and_exported(client, django_user_model, orders):
    client.force_login(django_user_model.objects.create_superuser("o@lavka.example", "x" * 12))
    low = answered(orders[0], "nps", 2)
    answered(orders[1], "csat", 5)
    rooms = "/admin/feedback/survey/"

    assert "2 / 10" in client.get(rooms).content.decode()
    bad = client.get(f"{rooms}?band=low").content.decode()
    assert "2 / 10" in bad and "5 / 5" not in bad
    assert "5 / 5" in client.get(f"{rooms}?q={orders[1].number}").content.decode()
    exported = b"".join(client.get(f"{rooms}?export=csv").streaming_content).decode()
    assert exported.count("Так") == 2
    page = client.get(f"{rooms}{low.pk}/", follow=True).content.decode()
    assert "Так" in page
    assert "2</b> / 10" in client.get(f"/admin/orders/order/{orders[0].pk}/", follow=True).content.decode()


def test_the_last_scores_are_fields_of_segments(orders):
    answered(orders[0], "nps", 2)
    answered(orders[0], "ces", 7)

    stats = Stats.objects.get(pk=orders[0].customer_id)
    assert (stats.last_nps, stats.last_csat, stats.last_ces) == (2, None, 7)
    names = {field.name for field in lends.FIELDS}
    assert {"customer.last_nps", "customer.last_csat", "customer.last_ces", "customer.surveys_answered"} <= names
