"""A review that is kept back, one that waits with photos, one with a reply: for their author and for who decides."""

from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import expect

from feedback.actions import Answer, reject, reply, submit_review
from feedback.links import review_url
from feedback.models import Review
from staff.models import User
from tests.browser import scenes
from tests.builders.room import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Привезли швидко, але пакування зім'яте, а ручка хитається. Пишіть на duzhe-dovga-adresa@example.com. " * 4


@pytest.fixture
def answered(store, journeys):
    """Two products and the shop: one waits, one is kept back, one is published and replied to."""
    asked = scenes.asked_for_review(scenes.delivered(store))
    drawn = BytesIO()
    Image.new("RGB", (300, 200), "teal").save(drawn, "JPEG")
    kettle, *others = asked.order.lines.order_by("pk")
    answers = [Answer(kettle.pk, 2, LONG, "Гріє", "Хитається ручка", [drawn.getvalue()] * 3), Answer(None, 4, "Дякую!")]
    answers += [Answer(line.pk, 1, "Не про те") for line in others[:1]]
    submit_review(asked, answers, "Олена", "uk", scenes.now())
    manager = person("manager", "hanna@lavka.example")
    User.objects.filter(pk=manager.pk).update(name="Ганна Шевчук", language="uk")
    for review in Review.objects.filter(stars=1):
        reject(review.pk, "off_topic", manager, scenes.now())
    reply(Review.objects.get(stars=4).pk, "Дякуємо, Олено! Раді, що сподобалося.", manager, scenes.now())
    return asked


def test_its_author_sees_what_became_of_it(visit, answered):
    window = visit(locale="uk")

    page = window.open(f"{review_url(answered)}?lang=uk")

    expect(page.locator(".rate__reply")).to_have_text("Дякуємо, Олено! Раді, що сподобалося.")
    assert window.looked_at("review-answered", ("wide", "unnamed", "small", "faint")) == []


def test_who_decides_sees_why_it_waits_and_publishes_it(visit, answered):
    waiting = Review.objects.get(stars=2)
    window = visit(cookies=visit.cookies_of(User.objects.get(email="hanna@lavka.example")), locale="uk")

    page = window.open(reverse("admin:feedback_review_change", args=[waiting.pk]))

    assert window.looked_at("review-room", ("wide", "unnamed", "faint")) == []
    page.locator("button[value=publish]").click()
    expect(page.locator(".messagelist")).to_be_visible()
    waiting.refresh_from_db()
    assert waiting.state == "published"
    window.open(reverse("admin:feedback_review_changelist"))
    assert window.looked_at("review-list", ("wide", "unnamed", "faint")) == []
