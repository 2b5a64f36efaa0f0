"""The review page: stars from the mail, a keyboard, a mistake, a second visit, no JavaScript."""

import pytest
from playwright.sync_api import expect

from feedback.links import review_url
from feedback.models import Review
from orders.links import status_url
from tests.browser import scenes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asked(store):
    return scenes.asked_for_review(scenes.delivered(store))


def kettle_and_cup(asked):
    return asked.order.lines.order_by("pk")


def test_a_star_in_the_mail_is_already_chosen_for_its_product_alone(visit, asked):
    kettle, cup = kettle_and_cup(asked)

    page = visit().open(f"{review_url(asked)}?stars=4&line={cup.pk}")

    assert page.locator("input[type=radio]:checked").evaluate_all("all => all.map((e) => e.name + e.value)") == [
        f"stars_{cup.pk}4"
    ]
    expect(page.locator(f"#text_{cup.pk}")).to_be_visible()
    expect(page.locator(f"#text_{kettle.pk}")).to_be_hidden()
    assert not Review.objects.exists()  # a GET never records


def test_a_review_needs_no_more_than_a_keyboard(visit, asked):
    kettle, _cup = kettle_and_cup(asked)
    window = visit()
    page = window.open(review_url(asked))

    page.locator(f"input[name=stars_{kettle.pk}]").first.focus()
    page.keyboard.press("Space")
    assert window.ask("unseen") == []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator(f"input[name=stars_{kettle.pk}][value='4']")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Гріє швидко.")
    while not page.evaluate("document.activeElement.matches('[type=submit]')"):
        page.keyboard.press("Tab")
        assert window.ask("unseen") == []
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Дякуємо, Олена")
    assert list(Review.objects.values_list("line_id", "stars", "text")) == [(kettle.pk, 4, "Гріє швидко.")]
    assert [window.ask(probe) for probe in ("wide", "unnamed", "small", "faint")] == [[]] * 4


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Choose at least one star for at least one product."),
        ("uk", "Поставте хоча б одну зірочку хоча б одному товару."),
        ("ru", "Поставьте хотя бы одну звезду хотя бы одному товару."),
    ],
)
def test_without_a_star_a_sentence_says_so_and_nothing_typed_is_lost(visit, asked, language, sentence):
    window = visit()
    page = window.open(f"{review_url(asked)}?lang={language}")
    page.locator("#author").fill("Олена К.")

    page.locator(".send [type=submit]").click()

    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.locator("#author")).to_have_value("Олена К.")
    assert page.locator("html").get_attribute("lang") == language
    assert not Review.objects.exists()
    assert [window.ask(probe) for probe in ("wide", "unnamed", "small", "faint")] == [[]] * 4


def test_without_javascript_it_is_the_same_page(visit, asked):
    _kettle, cup = kettle_and_cup(asked)
    page = visit(java_script_enabled=False).open(review_url(asked))

    page.locator(f"label:has(input[name=stars_{cup.pk}][value='2'])").click()
    page.locator(f"#text_{cup.pk}").fill("Прийшла з тріщиною.")
    page.locator("label:has(input[name=stars_store][value='5'])").click()
    page.locator(".send [type=submit]").click()

    expect(page.locator("h1")).to_have_text("Дякуємо, Олена")
    assert list(Review.objects.order_by("stars").values_list("line_id", "stars", "text")) == [
        (cup.pk, 2, "Прийшла з тріщиною."),
        (None, 5, ""),
    ]


def test_a_second_visit_shows_the_first_answer_and_may_change_it(visit, asked):
    kettle, _cup = kettle_and_cup(asked)
    page = visit().open(f"{review_url(asked)}?stars=5&line={kettle.pk}")
    page.locator(f"#text_{kettle.pk}").fill("Чудовий.")
    page.locator(".send [type=submit]").click()
    expect(page.locator(".seal")).to_be_visible()

    page.goto(review_url(asked))
    expect(page.locator(f"input[name=stars_{kettle.pk}][value='5']")).to_be_checked()
    expect(page.locator(f"#text_{kettle.pk}")).to_have_value("Чудовий.")
    page.locator(f"label:has(input[name=stars_{kettle.pk}][value='3'])").click()
    page.locator(".send [type=submit]").click()
    expect(page.locator(".seal")).to_be_visible()

    assert Review.objects.get().stars == 3


def test_the_orders_page_leads_to_the_review_and_back(visit, asked):
    page = visit().open(status_url(asked.order))

    page.get_by_role("link", name="Написати відгук").click()
    page.locator("label:has(input[name=stars_store][value='5'])").click()
    page.locator(".send [type=submit]").click()
    page.get_by_role("link", name="До замовлення").click()

    expect(page.get_by_role("heading", name="Дякуємо за відгук")).to_be_visible()


def test_a_star_tapped_on_the_orders_page_is_chosen_when_there_is_one_product(visit, store):
    order = scenes.delivered(store, lines=[scenes.line("Мідний чайник", "1250.00")])
    scenes.asked_for_review(order)
    page = visit().open(status_url(order))

    page.locator(".ask__stars a").nth(3).click()

    expect(page.locator(f"input[name=stars_{order.lines.get().pk}][value='4']")).to_be_checked()


def test_the_orders_page_offers_no_stars_when_nobody_could_say_for_which_product(visit, asked):
    page = visit().open(status_url(asked.order))

    expect(page.get_by_role("link", name="Написати відгук")).to_be_visible()
    expect(page.locator(".ask__stars")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_it_fits_and_can_be_read(visit, asked, language):
    kettle, _cup = kettle_and_cup(asked)
    window = visit()
    page = window.open(f"{review_url(asked)}?lang={language}&stars=3&line={kettle.pk}")

    assert (window.ask("unnamed"), window.ask("small")) == ([], [])
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert (scheme, window.ask("faint")) == (scheme, [])
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert (width, window.ask("wide")) == (width, [])
