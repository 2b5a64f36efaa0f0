"""What strangers, machines and accidents send to the review page, and what is kept of it."""

from io import BytesIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image as Pictures

from feedback.actions import Answer, ReviewRefused, ask_for_reviews, submit_review
from feedback.links import LIVES, review_url
from feedback.models import Request, Review, ReviewPhoto, Suspected
from orders.actions import save_orders
from orders.models import Product
from tests.builders.cards import picture
from tests.builders.door import MONDAY, line_seen, order_seen

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel)"


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def asked(store):
    order = save_orders(store, [order_seen(lines=(line_seen("Чайник"),))])[0].order
    ask_for_reviews([order], MONDAY)
    return Request.objects.get()


@pytest.fixture
def line(asked):
    return asked.order.lines.get()


def door(asked):
    return review_url(asked).partition("8000")[2]


def send(client, asked, agent=PHONE, **said):
    """The answer about the only product: its stars, text, photos."""
    pk = asked.order.lines.get().pk
    words = {f"{name}_{pk}" if name in ("stars", "text", "photos", "without") else name: v for name, v in said.items()}
    return client.post(f"{door(asked)}?lang=en", words, headers={"User-Agent": agent})


def bomb():
    """A PNG of 144 million pixels, in 20 KB."""
    out = BytesIO()
    Pictures.new("1", (12_000, 12_000)).save(out, "PNG")
    return out.getvalue()


def brought(data, name="a.jpg"):
    return SimpleUploadedFile(name, data, "image/jpeg")


def says(answer, sentence):
    return (answer.status_code, sentence in answer.content.decode()) == (200, True)


# --- Words --------------------------------------------------------------------------------------------------------


def test_a_review_of_100_kb_is_refused_with_a_sentence_and_stays_in_the_form(client, asked):
    answer = send(client, asked, stars="5", text="я" * 100_000)

    assert says(answer, "The review is longer than 5000 characters. Please shorten it.")
    assert "я" * 100_000 in answer.content.decode()
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("<img src=x onerror=alert(1)>", "markup"),
        ("<script>alert(1)</script>", "markup"),
        ("buy at https://example.com", "link"),
        ("call 067 123 45 67", "contact"),
        ("добре \u202egnp.exe", "direction"),
    ],
)
def test_markup_links_phones_and_turned_words_wait_for_a_person_and_stay_text(client, asked, text, doubt):
    send(client, asked, stars="5", text=text)

    assert Review.objects.values_list("state", "doubts").get() == ("pending", [doubt])
    page = client.get(door(asked)).content.decode()
    assert ("<script>alert" in page, "<img src=x" in page) == (False, False)


# --- Machines -----------------------------------------------------------------------------------------------------


def test_a_scanner_that_presses_the_button_is_counted_and_changes_no_persons_answer(client, asked):
    send(client, asked, stars="5", text="Мені подобається")

    for _ in range(3):
        assert says(send(client, asked, agent=SCANNER, stars="1"), "This looks as if a program had sent it.")
    send(client, asked, website="x", stars="1")
    client.post(f"{door(asked)}?lang=en", {"deed": "withdraw"}, headers={"User-Agent": SCANNER})

    assert Review.objects.values_list("stars", "text").get() == (5, "Мені подобається")
    assert Suspected.objects.values_list("count", "why").get() == (5, "named")


def test_a_person_whom_we_took_for_a_machine_says_so_and_is_heard(client, asked):
    assert 'name="person"' in send(client, asked, agent=SCANNER, stars="4").content.decode()

    assert send(client, asked, agent=SCANNER, stars="4", person="1").status_code == 302
    assert Review.objects.get().stars == 4


def test_1000_submissions_from_one_address_leave_one_answer_and_are_told_to_wait(client, asked, monkeypatch):
    cache.clear()
    monkeypatch.setattr("feedback.views.SENT_PER_HOUR", 3)  # ten prove what a thousand prove

    answers = [send(client, asked, stars=str(1 + n % 5), text=f"Текст {n}") for n in range(10)]

    assert [a.status_code for a in answers] == [302] * 3 + [200] * 7
    assert says(answers[-1], "This review was sent too many times within an hour. Please try again later.")
    assert Review.objects.values_list("stars", "text").get() == (3, "Текст 2")


# --- Photos -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (bomb, "The picture has too many pixels."),
        (lambda: b"\0\0\0\x18ftypheic" + b"\0" * 64, "This file is no picture that we can read."),
    ],
    ids=["a photo bomb", "a HEIC that nothing here reads"],
)
def test_what_is_no_photo_is_refused_and_nothing_of_the_answer_is_kept(client, asked, make, sentence):
    answer = send(client, asked, stars="5", text="Ось", photos=brought(make()))

    assert says(answer, sentence)
    assert (Review.objects.count(), ReviewPhoto.objects.count()) == (0, 0)


# --- Links, tabs, what went meanwhile -----------------------------------------------------------------------------


def test_an_expired_link_shows_and_keeps_nothing(client, asked):
    old = door(asked)

    with time_machine.travel(MONDAY + LIVES + LIVES / 100, tick=False):
        assert (client.get(old).status_code, client.post(old, {"stars_store": "1"}).status_code) == (404, 404)
    assert not Review.objects.exists()


def test_the_photo_and_the_line_of_another_order_are_out_of_reach(client, store, asked):
    other = save_orders(store, [order_seen(7, customer_id="9", email="petro@example.com", phone="")])[0].order
    ask_for_reviews([other], MONDAY)
    theirs = Request.objects.get(order=other)
    send(client, theirs, stars="5", photos=brought(picture(30, 30)))
    photo = ReviewPhoto.objects.get()

    client.post(door(asked), {f"stars_{theirs.order.lines.get().pk}": "1"})

    assert client.get(f"{door(asked)}photos/{photo.pk}.jpg").status_code == 404
    assert (ReviewPhoto.objects.count(), Review.objects.get(request=theirs).stars) == (1, 5)


def test_two_tabs_leave_one_answer_and_the_database_holds_no_second(client, asked, line):
    send(client, asked, stars="5")
    send(client, asked, stars="2")

    assert Review.objects.get().stars == 2
    again = Review.objects.get()
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_a_product_that_was_deleted_keeps_its_reviews_and_takes_changes(client, asked, line):
    product = line.product or Product.objects.create(store=asked.order.store, external_id="k1", title="Чайник")
    line.product = product
    line.save()
    send(client, asked, stars="5", text="Гріє")
    assert Review.objects.get().product == product

    product.delete()
    send(client, asked, stars="4", text="Гріє довше")

    assert Review.objects.values_list("product", "title", "stars").get() == (None, "Чайник", 4)


def test_nothing_of_a_refused_answer_is_kept_however_good_the_rest(asked, line):
    with pytest.raises(ReviewRefused):
        submit_review(asked, [Answer(line.pk, 5, "так"), Answer(None, 5, "я" * 5001)], "", "uk", MONDAY)

    assert (Review.objects.count(), Request.objects.get().state) == (0, "open")


def test_the_answer_of_a_customer_who_was_merged_into_another_counts_for_that_one(client, store, asked):
    petro = save_orders(store, [order_seen(7, customer_id="9", email="petro@example.com", phone="")])[0].order.customer
    gone, link = asked.customer, door(asked)
    Request.objects.update(customer=petro)  # what a merge does with rows of the one who goes
    gone.orders.update(customer=petro)

    send(client, asked, stars="3")

    petro.stats.refresh_from_db()
    assert (client.get(link).status_code, Review.objects.get().stars, petro.stats.last_rating) == (200, 3, 3)
