"""The public page of a product's reviews: what it shows, to whom, in which order; and what nobody can do with it."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from feedback.models import Note, NoteCause, Place, Question, Review, Vote
from feedback.public_actions import QuestionRefused, answer, refuse
from tests.builders.door import MONDAY
from tests.builders.reviews import a_product, said
from tests.builders.schema_org import faults, read_page

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_was_counted():
    cache.clear()


@pytest.fixture
def kettle(store):
    return a_product(store)


def door(product, rest=""):
    return f"/reviews/{product.store.slug}/{product.pk}/{rest}"


def texts(page):
    return re.findall(r'class="said__text"[^>]*>\s*<p>(.*?)</p>', page.content.decode())


def test_it_shows_published_reviews_newest_first_and_none_of_the_others(client, kettle):
    said(kettle, 5, "Перший", days_ago=3)
    said(kettle, 1, "Другий", days_ago=1)
    said(kettle, 5, "Чекає", state="pending")
    said(kettle, 1, "Відхилено", state="rejected", reason="abuse")

    page = client.get(door(kettle, "?lang=en"))

    assert texts(page) == ["Другий", "Перший"]
    assert "2 reviews" in page.content.decode()
    assert page["X-Frame-Options"] == "DENY"
    assert "noindex" not in page.content.decode()


def test_filters_and_orders_are_links(client, kettle):
    said(kettle, 5, "П'ять", days_ago=3, helpful=4)
    said(kettle, 1, "Один", days_ago=1, badge="imported", source="judgeme")

    assert texts(client.get(door(kettle, "?stars=1"))) == ["Один"]
    assert texts(client.get(door(kettle, "?verified=1"))) == ["П&#x27;ять"]
    assert texts(client.get(door(kettle, "?order=helpful"))) == ["П&#x27;ять", "Один"]
    assert texts(client.get(door(kettle, "?stars=9&order=stars&page=rubbish"))) == ["Один", "П&#x27;ять"]
    assert "noindex" in client.get(door(kettle, "?stars=1")).content.decode()


def test_a_long_list_is_walked_by_keyset_there_and_back(client, kettle):
    for n in range(45):
        said(kettle, 5, f"№{n}", days_ago=n)

    first = client.get(door(kettle))
    second = client.get(door(kettle, first.context["older"]))
    third = client.get(door(kettle, second.context["older"]))

    assert [len(texts(page)) for page in (first, second, third)] == [20, 20, 5]
    assert third.context["older"] == ""
    assert texts(client.get(door(kettle, third.context["newer"]))) == texts(second)


def test_it_asks_as_little_for_many_reviews_as_for_one(client, kettle, django_assert_num_queries):
    for n in range(25):
        said(kettle, 4, f"№{n}")

    with django_assert_num_queries(7):
        client.get(door(kettle))


def test_imported_verification_is_never_shown_as_ours(client, kettle):
    said(kettle, badge="imported", source="judgeme", external_id="1")

    page = client.get(door(kettle, "?lang=en")).content.decode()

    assert "Imported from Judge.me, not checked by us" in page
    assert "Verified buyer<" not in page


def test_points_and_the_shops_answer_are_shown(client, kettle):
    said(kettle, is_incentivized=True, reply="Дякуємо, Олено!", replied_at=MONDAY)

    page = client.get(door(kettle, "?lang=en")).content.decode()

    assert "Points were given for this review" in page
    assert "Дякуємо, Олено!" in page


def test_the_markup_says_what_the_page_shows(client, kettle):
    said(kettle, 5)
    said(kettle, 2, "Протікає", author="")

    (found,) = read_page(client.get(door(kettle)).content.decode())

    assert faults(found) == []
    assert (found["name"], found["aggregateRating"]["ratingValue"]) == ("Мідний чайник", "3.50")
    assert len(found["review"]) == found["aggregateRating"]["reviewCount"] == 2


def test_without_reviews_there_is_no_markup_and_pages_about_the_shop_never_have_any(client, kettle):
    assert read_page(client.get(door(kettle)).content.decode()) == []
    said(kettle)
    for path in ("", "how-we-check/"):
        assert read_page(client.get(f"/reviews/{kettle.store.slug}/{path}").content.decode()) == []


def test_an_unknown_product_and_one_of_another_store_are_not_there(client, kettle):
    assert client.get(f"/reviews/nowhere/{kettle.pk}/").status_code == 404
    assert client.get(f"/reviews/{kettle.store.slug}/999999/").status_code == 404


def test_one_review_has_an_address_of_its_own_while_it_is_published(client, kettle):
    review = said(kettle, 2)

    assert client.get(f"/reviews/one/{review.pk}/")["Location"] == door(kettle, f"?stars=2#review-{review.pk}")
    Review.objects.update(state="pending")
    assert client.get(f"/reviews/one/{review.pk}/").status_code == 404


# --- Votes --------------------------------------------------------------------------------------------------------


def test_a_visitor_has_one_vote_and_a_get_is_none(client, kettle):
    review = said(kettle)
    address = f"/reviews/one/{review.pk}/helpful/"

    assert client.get(address).status_code == 405
    for _n in range(3):
        client.post(address)
    Client().post(address)

    assert (Review.objects.get().helpful, Vote.objects.count()) == (2, 2)
    assert 'aria-pressed="true"' in client.get(door(kettle)).content.decode()
    assert "aria-pressed" not in Client().get(door(kettle)).content.decode()


def test_what_is_not_published_gets_no_vote(client, kettle):
    review = said(kettle, state="pending")

    assert client.post(f"/reviews/one/{review.pk}/helpful/").status_code == 404
    assert Vote.objects.count() == 0


def test_a_thousand_votes_from_one_address_count_thirty(kettle):
    review = said(kettle)

    for _n in range(40):
        assert Client().post(f"/reviews/one/{review.pk}/helpful/").status_code == 302

    assert Review.objects.get().helpful == 30


# --- Questions ----------------------------------------------------------------------------------------------------


def test_a_question_is_shown_when_it_is_answered(client, kettle):
    client.post(door(kettle, "ask/"), {"text": "Чи можна на індукцію?", "lang": "uk"})
    asked = Question.objects.get()
    assert "індукцію" not in client.get(door(kettle)).content.decode()

    answer(asked.pk, "Так, дно магнітне.", None, timezone.now())

    page = client.get(door(kettle)).content.decode()
    assert "Чи можна на індукцію?" in page
    assert "Так, дно магнітне." in page


@pytest.mark.parametrize(
    ("typed", "why"),
    [("  ", "Write your question first."), ("a" * 1001, "A question has up to 1000 characters; this one has 1001.")],
)
def test_a_bad_question_is_told_why_and_is_not_kept(client, kettle, typed, why):
    page = client.post(door(kettle, "ask/"), {"text": typed, "lang": "en"})

    assert (page.status_code, Question.objects.count()) == (422, 0)
    assert why in page.content.decode()


def test_a_program_and_the_thirty_first_question_of_an_hour_leave_nothing(client, kettle):
    client.post(door(kettle, "ask/"), {"text": "Buy pills", "website": "http://x"})
    for n in range(31):
        last = client.post(door(kettle, "ask/"), {"text": f"?{n}", "lang": "en"})

    assert (last.status_code, Question.objects.count()) == (422, 30)


def test_an_empty_answer_publishes_nothing_and_a_refused_question_stays_hidden(kettle):
    asked = Question.objects.create(product=kettle, text="?", language="uk", asked_at=MONDAY)

    with pytest.raises(QuestionRefused):
        answer(asked.pk, " \0 ", None, MONDAY)
    refuse([asked.pk])

    assert Question.objects.get().state == "refused"


# --- Beside the reviews -------------------------------------------------------------------------------------------


def test_notes_lead_to_the_published_reviews_that_caused_them(client, kettle):
    shown, hidden = said(kettle, 2), said(kettle, 1, state="pending")
    note = Note.objects.create(store=kettle.store, product=kettle, language="uk", said="Кришка випадає",
                               did="Нова кришка тримається", published_at=MONDAY)  # fmt: skip
    NoteCause.objects.bulk_create([NoteCause(note=note, review=one) for one in (shown, hidden)])

    page = client.get(door(kettle, "?lang=en")).content.decode()

    assert "Because of 2 answers" in page
    assert f"/reviews/one/{shown.pk}/" in page
    assert f"/reviews/one/{hidden.pk}/" not in page


def test_how_we_check_counts_by_star_and_by_reason(client, kettle):
    said(kettle, 5)
    said(kettle, 1, state="rejected", reason="advert")

    page = client.get(f"/reviews/{kettle.store.slug}/how-we-check/?lang=en").content.decode()

    assert re.search(r"advertising or spam</td><td class=\"num\">1</td>", page)
    assert re.search(r"insults or threats</td><td class=\"num\">0</td>", page)
    assert "1 review" in page


def test_the_list_of_a_store_has_its_products_and_places_outside_for_all_alike(client, kettle):
    said(kettle, 1)
    a_product(kettle.store, "Чашка", "772", "C-1")
    Place.objects.create(store=kettle.store, name="Google", url="https://g.example/lavka")

    page = client.get(f"/reviews/{kettle.store.slug}/?lang=en").content.decode()

    assert "Мідний чайник" in page
    assert "Чашка" not in page
    assert 'href="https://g.example/lavka"' in page
    assert "No product is called so." in client.get(f"/reviews/{kettle.store.slug}/?lang=en&q=zz").content.decode()


def test_the_widget_may_stand_in_any_page_and_sets_no_cookie(client, kettle):
    said(kettle, 4)

    frame = client.get(f"/reviews/{kettle.store.slug}/widget/?sku=K-1&lang=en")

    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert "X-Frame-Options" not in frame
    assert not frame.cookies
    assert texts(frame) == ["Гріє швидко."]
    assert "Nobody has reviewed it yet." in client.get(f"/reviews/{kettle.store.slug}/widget/?lang=en").content.decode()


def test_the_widgets_script_is_small():
    script = Path(settings.BASE_DIR, "static/aftercare/reviews-widget.js")

    assert script.stat().st_size < 10_000
