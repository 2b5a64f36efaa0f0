"""The review page: a GET shows, a POST records, one answer per product."""

import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from events.clocks import tick
from events.models import Event
from feedback.actions import Answer, ReviewRefused, ask_for_reviews, submit_review
from feedback.links import review_url
from feedback.models import Place, Request, Review
from orders import links
from orders.actions import save_orders
from orders.models import OrderPage
from shelf import links as tokens
from tests.builders.door import MONDAY, line_seen, order_seen

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    """Links hold the second in which they were made."""
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def asked(store):
    """Olena was asked about a kettle and two cups."""
    seen = order_seen(lines=(line_seen("Чайник"), line_seen("Чашка", "240.50", 2)))
    order = save_orders(store, [seen])[0].order
    ask_for_reviews([order], MONDAY)
    return Request.objects.get()


@pytest.fixture
def lines(asked):
    return [line.pk for line in asked.order.lines.order_by("pk")]


def door(asked):
    return review_url(asked).partition("8000")[2]


def stars():
    return {r.line.title if r.line else "store": (r.stars, r.text) for r in Review.objects.select_related("line")}


def chosen(page):
    return re.findall(r'name="stars_(\w+)" value="(\d)" checked', page.content.decode())


def test_looking_records_nothing_however_often(client, asked, lines):
    for query in ("", "?stars=5", f"?stars=1&line={lines[0]}", "?stars=9&line=x", "?thanks=1"):
        assert client.get(door(asked) + query).status_code == 200
    assert client.head(door(asked)).status_code == 200

    assert (Review.objects.count(), Request.objects.get().state) == (0, "open")


def test_the_star_chosen_in_the_mail_is_chosen_on_the_page(client, asked, lines):
    assert chosen(client.get(f"{door(asked)}?stars=4&line={lines[1]}")) == [(str(lines[1]), "4")]
    assert chosen(client.get(f"{door(asked)}?stars=9&line={lines[1]}")) == []
    assert chosen(client.get(f"{door(asked)}?stars=4&line=999999")) == []


def test_an_answer_is_kept_once_per_product_and_is_one_fact(client, asked, lines):
    words = {
        f"stars_{lines[0]}": "5",
        f"text_{lines[0]}": " Чудовий! ",
        f"stars_{lines[1]}": "2",
        "stars_store": "4",
        "author": "Олена К.",
    }

    page = door(asked)  # a token holds the second in which it was made
    answer = client.post(page, words)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{page}?thanks=1&lang=uk")
    assert stars() == {"Чайник": (5, "Чудовий!"), "Чашка": (2, ""), "store": (4, "")}
    assert {(r.author, r.language) for r in Review.objects.all()} == {("Олена К.", "uk")}
    event = Event.objects.get(kind="review.submitted")
    assert event.data == {"request_id": asked.pk, "lowest": 2, "answers": 3}
    asked.refresh_from_db()
    assert (asked.state, asked.customer.stats.last_rating) == ("answered", 2)


def test_answering_again_changes_the_answer_and_is_no_second_fact(client, asked, lines):
    client.post(door(asked), {f"stars_{lines[0]}": "1", f"text_{lines[0]}": "Погано"})
    client.post(door(asked), {f"stars_{lines[0]}": "5", f"text_{lines[0]}": "Замінили, дякую", "stars_store": "5"})

    assert stars() == {"Чайник": (5, "Замінили, дякую"), "store": (5, "")}
    assert Event.objects.filter(kind="review.submitted").count() == 1


def test_what_was_answered_stands_in_the_form(client, asked, lines):
    client.post(door(asked), {f"stars_{lines[0]}": "3", f"text_{lines[0]}": "Так собі"})

    page = client.get(door(asked))

    assert chosen(page) == [(str(lines[0]), "3")]
    assert "Так собі" in page.content.decode()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Choose at least one star for at least one product."),
        ("uk", "Поставте хоча б одну зірочку хоча б одному товару."),
        ("ru", "Поставьте хотя бы одну звезду хотя бы одному товару."),
    ],
)
def test_without_a_star_nothing_is_kept_and_the_page_says_so_in_its_language(client, asked, lines, language, sentence):
    answer = client.post(f"{door(asked)}?lang={language}", {f"text_{lines[0]}": "Гарно", "author": "О."})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in page
    assert 'role="alert"' in page
    assert sentence in page
    assert "Гарно" in page and 'value="О."' in page
    assert (Review.objects.count(), Event.objects.filter(kind="review.submitted").count()) == (0, 0)


@pytest.mark.parametrize("value", ["0", "6", "-1", "5.0", "٥", "five", "", "5" * 50])
def test_only_one_to_five_are_stars(client, asked, lines, value):
    client.post(door(asked), {f"stars_{lines[0]}": value})

    assert not Review.objects.exists()


def test_somebody_elses_line_cannot_be_rated(client, store, asked):
    other = save_orders(store, [order_seen(7, customer_id="9", email="petro@example.com", phone="")])[0].order
    foreign = other.lines.get().pk

    client.post(door(asked), {f"stars_{foreign}": "1", "stars_store": "5"})
    with pytest.raises(ReviewRefused):
        submit_review(asked, [Answer(foreign, 1)], "", "uk", MONDAY)

    assert stars() == {"store": (5, "")}


def test_what_the_database_cannot_hold_is_dropped_and_a_long_name_is_cut(client, asked, lines):
    long = {f"stars_{lines[0]}": "5", f"text_{lines[0]}": "ж\0" * 5000, "author": "О\0" * 300}

    assert client.post(door(asked), long).status_code == 302

    review = Review.objects.get()
    assert (len(review.text), len(review.author)) == (5000, 120)


def test_a_review_of_a_hundred_kilobytes_is_refused_with_a_sentence_and_stays_in_the_form(client, asked, lines):
    long = {f"stars_{lines[0]}": "5", f"text_{lines[0]}": "Слово " * 17_000}

    answer = client.post(f"{door(asked)}?lang=en", long)

    assert "The review is longer than 5000 characters. Please shorten it." in answer.content.decode()
    assert answer.content.decode().count("Слово") == 17_000
    assert (Review.objects.count(), Request.objects.get().state) == (0, "open")


def test_markup_in_words_stays_text(client, asked, lines):
    client.post(door(asked), {f"stars_{lines[0]}": "5", f"text_{lines[0]}": "</textarea><script>x</script>"})

    assert "<script>x" not in client.get(door(asked)).content.decode()


def test_a_post_from_another_site_is_refused(asked, lines):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(door(asked), {f"stars_{lines[0]}": "5"}).status_code == 403
    assert not Review.objects.exists()


def test_a_link_opens_one_request_until_it_is_revoked(client, asked):
    wrong = [
        tokens.make("order", asked.pk),
        tokens.make("unsubscribe", asked.pk),
        tokens.make("review", asked.pk + 1),
        tokens.make("review", asked.pk)[:-1],
        "%00",
        "x",
    ]
    assert [client.get(f"/r/{token}/").status_code for token in wrong] == [404] * 6

    good = door(asked)
    Request.objects.update(link_version=2)
    assert client.get(good).status_code == 404
    assert client.post(good, {"stars_store": "5"}).status_code == 404
    assert not Review.objects.exists()


def test_the_orders_page_leads_to_its_review_and_the_stub_does_not(client, asked):
    signed, stub = (url(asked.order).partition("8000")[2] for url in (links.status_url, links.stub_url))

    answer = client.get(f"{signed}review/?stars=4")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{review_url(asked)}?stars=4")
    assert client.get(f"{stub}review/").status_code == 404


def test_the_page_is_private(client, asked):
    answer = client.get(door(asked))

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_an_order_is_asked_about_once(asked):
    assert ask_for_reviews([asked.order], MONDAY) == set()
    assert Request.objects.count() == 1
    assert Event.objects.filter(kind="review.requested").count() == 1


def test_the_orders_page_knows_that_it_was_answered(client, asked):
    client.post(door(asked), {"stars_store": "5"})
    tick()

    assert OrderPage.objects.get(order=asked.order).blocks["review"]["submitted"] is True
    assert asked.created_at <= timezone.now()


def test_whoever_answered_sees_the_same_places_outside(client, asked, lines):
    Place.objects.create(store=asked.order.store, name="Google", url="https://maps.example/lavka")

    pages = []
    for stars_ in ("1", "5"):
        client.post(door(asked), {f"stars_{lines[0]}": stars_, "author": "Олена"})
        pages.append(client.get(f"{door(asked)}?thanks=1").content)

    assert pages[0] == pages[1]
    assert b"https://maps.example/lavka" in pages[0]
