"""Who may read a review: a rule that sees the words and never the stars, people with a list of reasons, and a log."""

import inspect
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from events.models import Event
from feedback import rules
from feedback.actions import (
    Answer,
    ModerationRefused,
    ask_for_reviews,
    moderating,
    publish,
    reject,
    reply,
    submit_review,
)
from feedback.links import review_url
from feedback.models import Request, Review, ReviewEvent, ReviewPhoto
from orders.actions import save_orders
from tests.builders.door import MONDAY, line_seen, order_seen
from tests.builders.room import person

pytestmark = pytest.mark.django_db

CALM = "Гарний чайник, кипить швидко. Беру вже другий за 1 250 грн."


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def asked(store):
    """Olena was asked about a kettle."""
    order = save_orders(store, [order_seen(lines=(line_seen("Чайник"),))])[0].order
    ask_for_reviews([order], MONDAY)
    return Request.objects.get()


@pytest.fixture
def manager(db):
    return person("manager")


def written(asked, stars=5, text=CALM, **rest):
    line = asked.order.lines.get().pk
    submit_review(asked, [Answer(line, stars, text, **rest)], "Олена", "uk", MONDAY)
    return Review.objects.get(line=line)


def log():
    return list(ReviewEvent.objects.values_list("kind", "reason", "by__email"))


def door(asked):
    return review_url(asked).partition("8000")[2]


def picture(size=(40, 30)):
    data = BytesIO()
    Image.new("RGB", size, "red").save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize("stars", [1, 2, 3, 4, 5])
def test_calm_words_are_published_at_once_whatever_the_stars(asked, stars):
    review = written(asked, stars)

    assert (review.state, review.published_at, review.badge, review.doubts) == ("published", MONDAY, "buyer", [])
    assert (review.store, review.product) == (asked.order.store, asked.order.lines.get().product)
    assert log() == [("submitted", "", None), ("published", "", None)]
    assert Event.objects.get(kind="review.published").data == {"review_id": review.pk, "request_id": asked.pk}


@pytest.mark.parametrize("stars", [1, 5])
@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("Дивіться https://evil.example/x", "link"),
        ("пишіть на cheap-tea.com", "link"),
        ("Мій телефон +380 50 123-45-67", "contact"),
        ("olena@example.com", "contact"),
        ("\u202eякинйач йинраг", "direction"),
        ("<script>alert(1)</script>", "markup"),
        ("ЖАХЛИВИЙ ЧАЙНИК НЕ КУПУЙТЕ НІКОЛИ", "capitals"),
    ],
)
def test_what_is_in_it_makes_it_wait_whatever_the_stars(asked, text, doubt, stars):
    review = written(asked, stars, text)

    assert (review.state, review.doubts, review.published_at) == ("pending", [doubt], None)
    assert log() == [("submitted", "", None)]


def test_neither_the_rule_nor_the_verbs_are_told_the_stars():
    for function in (rules.doubts_about, moderating.publish, moderating.reject, moderating.reply):
        assert "stars" not in inspect.signature(function).parameters
    assert "stars" not in inspect.getsource(rules.doubts_about)


def test_no_reason_speaks_of_liking():
    assert set(Review.Reason.values) == {
        "abuse", "personal_data", "discriminatory", "advert", "off_topic", "conflict_of_interest", "illegal",
        "duplicate",
    }  # fmt: skip


def test_a_person_publishes_what_waited_once(asked, manager):
    review = written(asked, text="пишіть на cheap-tea.com")

    publish(review.pk, manager, MONDAY)
    publish(review.pk, manager, MONDAY)

    assert Review.objects.get().state == "published"
    assert log() == [("submitted", "", None), ("published", "", "manager@shop.example")]
    assert Event.objects.filter(kind="review.published").count() == 1


def test_kept_back_needs_a_reason_and_its_author_reads_it(client, asked, manager):
    review = written(asked, 1)
    with pytest.raises(ModerationRefused):
        reject(review.pk, "too few stars", manager, MONDAY)
    assert Review.objects.get().state == "published"

    reject(review.pk, "off_topic", manager, MONDAY)

    assert list(Review.objects.values_list("state", "reason", "published_at")) == [("rejected", "off_topic", None)]
    assert log()[-1] == ("rejected", "off_topic", "manager@shop.example")
    page = client.get(f"{door(asked)}?lang=en").content.decode()
    assert "Reason: says nothing of the product or the shop. Change it, and we look at it again." in page


def test_the_database_holds_no_rejection_without_a_reason(asked):
    written(asked)

    with pytest.raises(IntegrityError, match="rejected_with_a_reason"), transaction.atomic():
        Review.objects.update(state="rejected")


def test_a_change_is_judged_anew_and_the_earlier_words_stay_in_the_log(asked, manager):
    review = written(asked, 2, "Тече")
    reject(review.pk, "off_topic", manager, MONDAY)

    review = written(asked, 4, "Замінили, дякую")
    written(asked, 4, "Замінили, дякую")

    assert (review.pk, review.state, review.reason) == (Review.objects.get().pk, "published", "")
    assert [kind for kind, _, _ in log()] == ["submitted", "published", "rejected", "edited", "published"]
    assert ReviewEvent.objects.get(kind="edited").before == {"stars": 2, "text": "Тече"}


def test_what_its_author_took_back_is_gone_and_nobody_brings_it_back(client, asked, manager):
    review = written(asked, 2, "Тече", photos=[b"jpeg"])
    written(asked, 1, "Тече дуже")

    answer = client.post(door(asked), {"deed": "withdraw"})

    assert answer.headers["Location"] == f"{door(asked)}?withdrawn=1&lang=uk"
    review.refresh_from_db()
    assert (review.state, review.text, review.author, ReviewPhoto.objects.count()) == ("withdrawn", "", "", 0)
    assert not any(ReviewEvent.objects.values_list("before", flat=True))
    for deed in (publish, lambda *args: reject(args[0], "abuse", *args[1:])):
        with pytest.raises(ModerationRefused):
            deed(review.pk, manager, MONDAY)
    assert written(asked, 5).state == "published"


def test_a_reply_stands_on_the_authors_page_and_is_said_once(client, asked, manager):
    review = written(asked)

    reply(review.pk, " Дякуємо, Олено! ", manager, MONDAY)
    reply(review.pk, "Дякуємо, Олено!", manager, MONDAY)

    assert list(Review.objects.values_list("reply", "replied_by__email")) == [
        ("Дякуємо, Олено!", "manager@shop.example")
    ]
    assert [kind for kind, _, _ in log()] == ["submitted", "published", "replied"]
    assert "Дякуємо, Олено!" in client.get(door(asked)).content.decode()


@pytest.mark.parametrize("text", ["", "  \0 ", "x" * 2001])
def test_a_reply_of_nothing_or_too_much_is_refused(asked, manager, text):
    review = written(asked)

    with pytest.raises(ModerationRefused):
        reply(review.pk, text, manager, MONDAY)

    assert Review.objects.get().reply == ""


def test_photos_are_made_anew_and_wait_for_a_look(client, asked):
    line = asked.order.lines.get().pk
    brought = [SimpleUploadedFile(f"{n}.png", picture()) for n in range(2)]

    client.post(door(asked), {f"stars_{line}": "5", f"photos_{line}": brought})

    review = Review.objects.get()
    assert (review.state, review.doubts) == ("pending", ["photos"])
    photo = review.photos.first()
    assert bytes(photo.data)[:2] == b"\xff\xd8"  # a JPEG
    answer = client.get(f"{door(asked)}photos/{photo.pk}.jpg")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert f"photos/{photo.pk}.jpg" in client.get(door(asked)).content.decode()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("x.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawings are not taken"),
        ("x.jpg", b"no picture at all", "This file is no picture that we can read"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(client, asked, name, data, sentence):
    line = asked.order.lines.get().pk
    words = {f"stars_{line}": "5", f"text_{line}": CALM, f"photos_{line}": SimpleUploadedFile(name, data)}

    answer = client.post(f"{door(asked)}?lang=en", words)

    page = answer.content.decode()
    assert (answer.status_code, Review.objects.count()) == (200, 0)
    assert sentence in page
    assert CALM in page


def test_a_sixth_photo_is_refused(client, asked):
    line = asked.order.lines.get().pk
    many = [SimpleUploadedFile(f"{n}.png", b"x") for n in range(6)]

    answer = client.post(f"{door(asked)}?lang=en", {f"stars_{line}": "5", f"photos_{line}": many})

    assert "At most 5 photos for a product, please." in answer.content.decode()
    assert Review.objects.count() == 0


def test_a_photo_is_shown_to_its_author_and_to_who_may_see_reviews(client, store, asked, manager):
    photo = ReviewPhoto.objects.create(review=written(asked), position=0, data=b"jpeg", created_at=MONDAY)
    other = save_orders(store, [order_seen(7, customer_id="9", email="petro@example.com", phone="")])[0].order
    ask_for_reviews([other], MONDAY)
    url = reverse("admin:feedback_review_photo", args=[photo.review_id, photo.pk])

    strangers = (f"{door(Request.objects.get(order=other))}photos/{photo.pk}.jpg", url)

    assert [client.get(address).status_code for address in strangers] == [404, 302]
    client.force_login(manager)
    assert client.get(url).content == b"jpeg"


def test_the_queue_is_worked_through_by_buttons(client, asked, manager):
    review = written(asked, 1, "пишіть на cheap-tea.com")
    page = reverse("admin:feedback_review_change", args=[review.pk])
    client.force_login(manager)

    assert "There is a link in it." in client.get(page).content.decode()
    answers = [
        client.post(page, {"deed": "reject", "reason": "stars"}).status_code,
        client.post(page, {"deed": "reject", "reason": "advert"}).status_code,
        client.post(page, {"deed": "publish"}).status_code,
        client.post(page, {"deed": "reply", "text": "Дякуємо!"}).status_code,
    ]

    assert answers == [409, 302, 302, 302]
    assert list(Review.objects.values_list("state", "reason", "reply")) == [("published", "", "Дякуємо!")]
    assert [kind for kind, _, _ in log()] == ["submitted", "rejected", "published", "replied"]


def test_who_may_only_look_has_no_buttons(client, asked):
    review = written(asked)
    client.force_login(person("marketer"))
    page = reverse("admin:feedback_review_change", args=[review.pk])

    answers = (client.get(page), client.post(page, {"deed": "reject", "reason": "abuse"}))

    assert (answers[0].status_code, "Keep it back" in answers[0].content.decode()) == (200, False)
    assert (answers[1].status_code, Review.objects.get().state) == (403, "published")
