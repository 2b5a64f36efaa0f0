"""The survey page: a GET shows, a POST records, one answer per question, and whatever else arrives there."""

import re

import pytest
import time_machine
from django.utils import timezone

from customers.models import Stats
from events.models import Event
from feedback.actions import ask_for_reviews
from feedback.actions.surveys import Whom, ask_for_surveys
from feedback.links import SURVEY_LIVES, review_url, survey_url
from feedback.models import Request, Survey
from orders.actions import save_orders
from orders.models import Order
from tests.builders.door import MONDAY, order_seen

pytestmark = pytest.mark.django_db
ENDS = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


@pytest.fixture(autouse=True)
def monday():
    """Links hold the second in which they were made."""
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen()])[0].order


def asked(order, kind="nps", about_shop=False):
    ask_for_surveys(kind, [Whom(order.customer_id, None if about_shop else order.pk)], MONDAY)
    return Survey.objects.get(kind=kind)


def door(survey):
    return survey_url(survey).partition("8000")[2]


def chosen(page):
    return re.findall(r'name="score" value="(\d+)" required checked', page.content.decode())


def kept():
    return [(s.kind, s.state, s.score, s.text) for s in Survey.objects.order_by("pk")]


@pytest.mark.parametrize("kind", ENDS)
def test_a_scanner_that_fetches_every_score_answers_nothing(client, order, kind):
    survey = asked(order, kind)

    for score in range(-1, 12):
        assert client.get(f"{door(survey)}?score={score}").status_code == 200
        assert client.head(f"{door(survey)}?score={score}").status_code == 200
    client.get(f"{door(survey)}?thanks=1")

    assert kept() == [(kind, "open", None, "")]
    assert not Event.objects.filter(kind="survey.answered").exists()


@pytest.mark.parametrize(("kind", "ends"), ENDS.items())
def test_the_score_chosen_in_the_mail_is_chosen_on_the_page(client, order, kind, ends):
    page = door(asked(order, kind))
    worst, best = ends

    assert chosen(client.get(page)) == []
    assert chosen(client.get(f"{page}?score={best}")) == [str(best)]
    assert chosen(client.get(f"{page}?score={worst}")) == [str(worst)]
    for nonsense in (best + 1, worst - 1, "", "x", "1.0", "٣", "01"):
        assert chosen(client.get(f"{page}?score={nonsense}")) == []


def test_an_answer_is_kept_and_is_one_fact(client, order):
    survey = asked(order)

    answer = client.post(door(survey), {"score": "3", "text": " Довго їхало \0"})

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{door(survey)}?thanks=1&lang=uk")
    assert kept() == [("nps", "answered", 3, "Довго їхало")]
    event = Event.objects.get(kind="survey.answered")
    assert event.data == {"survey_id": survey.pk, "survey": "nps", "score": 3, "band": "low"}
    assert (event.subject_type, event.subject_id, event.customer_id) == ("order", order.pk, order.customer_id)
    assert Stats.objects.get(pk=order.customer_id).last_nps == 3


def test_answering_twice_changes_the_answer_and_is_no_second_fact(client, order):
    survey = asked(order, "csat")
    client.post(door(survey), {"score": "1", "text": "Погано"})

    client.post(door(survey), {"score": "5", "text": "Замінили, дякую"})

    assert kept() == [("csat", "answered", 5, "Замінили, дякую")]
    assert Event.objects.filter(kind="survey.answered").count() == 1
    assert Event.objects.get(kind="customer.changed").data == {"fields": ["last_csat"]}
    assert Stats.objects.get(pk=order.customer_id).last_csat == 5
    page = client.get(door(survey))
    assert chosen(page) == ["5"] and "Замінили, дякую" in page.content.decode()


@pytest.mark.parametrize(
    ("kind", "score"),
    [
        ("nps", "11"),
        ("nps", "-1"),
        ("csat", "0"),
        ("csat", "6"),
        ("ces", "8"),
        ("ces", "0"),
        ("nps", ""),
        ("nps", "9e9"),
    ],
)
def test_a_score_out_of_its_scale_is_refused_and_nothing_is_kept(client, order, kind, score):
    survey = asked(order, kind)

    answer = client.post(f"{door(survey)}?lang=en", {"score": score, "text": "Hm"})

    worst, best = ENDS[kind]
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f"Choose a number from {worst} to {best}." in page and "Hm" in page
    assert kept() == [(kind, "open", None, "")]


def test_a_text_of_a_megabyte_is_cut_to_what_the_field_takes(client, order):
    survey = asked(order)

    assert client.post(door(survey), {"score": "7", "text": "я" * 1_000_000}).status_code == 302

    assert Survey.objects.get().text == "я" * 5000


def test_markup_in_an_answer_is_shown_as_text(client, order):
    survey = asked(order)
    client.post(door(survey), {"score": "7", "text": "<script>alert(1)</script>"})

    assert "<script>alert" not in client.get(door(survey)).content.decode()


def test_the_token_of_a_review_opens_no_survey_nor_the_other_way_round(client, order):
    ask_for_reviews([order], MONDAY)
    survey, review = asked(order), Request.objects.get()
    token, other = door(survey).split("/")[2], review_url(review).split("/")[4]

    assert client.get(f"/s/{other}/").status_code == client.post(f"/s/{other}/", {"score": "9"}).status_code == 404
    assert client.get(f"/r/{token}/").status_code == 404
    assert kept() == [("nps", "open", None, "")]


def test_expired_revoked_forged_and_gone_look_alike(client, order):
    survey = asked(order)
    page = door(survey)
    forged = client.get(f"{page[:-3]}A/")
    with time_machine.travel(MONDAY + SURVEY_LIVES, tick=False):
        expired = client.get(page)
    Survey.objects.update(link_version=2)
    revoked = client.get(page)

    assert {r.status_code for r in (forged, expired, revoked, client.get("/s/x/"))} == {404}
    assert "It may be too old" in expired.content.decode() or "404" in expired.content.decode()


def test_an_answer_after_the_order_was_cancelled_is_kept(client, order):
    survey = asked(order, "ces")
    Order.objects.update(cancelled_at=timezone.now())

    assert client.post(door(survey), {"score": "2"}).status_code == 302

    assert kept() == [("ces", "answered", 2, "")]


def test_a_question_whose_place_a_newer_one_took_says_so_and_takes_no_answer(client, order):
    old = asked(order)
    Survey.objects.update(state="closed")

    assert client.get(door(old)).status_code == 410
    answer = client.post(f"{door(old)}?lang=en", {"score": "9"})

    assert answer.status_code == 422 and "This question is closed" in answer.content.decode()
    assert kept() == [("nps", "closed", None, "")]


def test_a_low_answer_is_thanked_for_with_the_shops_address(client, order):
    survey = asked(order)

    low = client.post(f"{door(survey)}?lang=en", {"score": "2"}, follow=True).content.decode()
    high = client.post(f"{door(survey)}?lang=en", {"score": "10"}, follow=True).content.decode()

    assert "We are sorry" in low and "mailto:" in low
    assert "We are sorry" not in high


@pytest.mark.parametrize(
    ("kind", "about_shop", "words"),
    [
        ("nps", False, ["How likely are you to recommend", "not at all likely", "extremely likely"]),
        ("csat", False, ["How satisfied are you with your order", "very dissatisfied", "very satisfied"]),
        ("csat", True, ["How satisfied are you with", "very dissatisfied", "very satisfied"]),
        ("ces", False, ["made it easy to get what I ordered", "strongly disagree", "strongly agree"]),
    ],
)
def test_each_question_is_asked_in_the_words_of_the_field(client, order, kind, about_shop, words):
    page = client.get(f"{door(asked(order, kind, about_shop))}?lang=en").content.decode()

    assert all(word in page for word in words)


def test_the_page_costs_four_queries_at_most(client, order, django_assert_max_num_queries):
    page = door(asked(order))

    with django_assert_max_num_queries(4):
        client.get(page)
