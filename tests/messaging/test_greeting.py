"""How a reader is addressed: by name, in the right case, as the store wishes."""

import re

import pytest

from messaging.presets import read_presets
from messaging.rendering import CompiledContent, compile_content, dress, render
from tests.builders.mails import ZONES, mail_data


def fill(source: str, language: str, **data) -> str:
    return render(CompiledContent("", "", "", source), data, language, "Europe/Kyiv").text.strip()


@pytest.mark.parametrize(
    ("language", "name", "greeted"),
    [
        ("uk", "Олена", "Вітаємо, Олено!"),
        ("uk", "Петро", "Вітаємо, Петре!"),
        ("uk", "Olena", "Вітаємо, Olena!"),
        ("uk", "", "Вітаємо!"),
        ("uk", "+380501234567", "Вітаємо!"),
        ("uk", "test123", "Вітаємо!"),
        ("uk", "-", "Вітаємо!"),
        ("uk", "ТОВ «Ромашка»", "Вітаємо!"),
        ("uk", "Анна-Марія", "Вітаємо, Анно-Маріє!"),
        ("uk", "О’Генрі", "Вітаємо, О’Генрі!"),
        ("ru", "Елена", "Здравствуйте, Елена!"),
        ("ru", "", "Здравствуйте!"),
        ("en", "Olivia", "Hello Olivia!"),
        ("en", "", "Hello!"),
        ("de", "Jürgen", "Hello, Jürgen!"),
    ],
)
def test_a_reader_is_greeted_by_name_or_without_one(language, name, greeted):
    assert fill("{{ customer.first_name | greeting }}", language, customer={"first_name": name}) == greeted


def test_the_words_of_a_greeting_may_be_chosen():
    assert fill("{{ name | greeting: 'Добрий день' }}", "uk", name="Ігор") == "Добрий день, Ігорю!"


@pytest.mark.parametrize(("language", "called"), [("uk", "Олено"), ("ru", "Олена"), ("en", "Олена")])
def test_only_ukrainian_declines_a_name(language, called):
    assert fill("{{ name | vocative }}", language, name="Олена") == called


def test_a_name_that_is_markup_arrives_escaped_and_one_that_is_a_link_not_at_all():
    html = "<p>{{ customer.first_name | greeting }} {{ customer.first_name }}</p>"
    content = CompiledContent("{{ customer.first_name }}", "", html, "{{ customer.first_name }}")

    markup = render(content, {"customer": {"first_name": "<a href=x>Приз</a>"}}, "uk", "UTC")
    link = render(content, {"customer": {"first_name": "<a href=https://evil.example>Приз</a>"}}, "uk", "UTC")

    assert markup.html == "<p>Вітаємо! &lt;a href=x&gt;Приз&lt;/a&gt;</p>"
    assert (link.html, link.subject, link.text) == ("<p>Вітаємо! </p>", "", "\n")


# --- The store's manner ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("style", "language", "sum_"),
    [
        ("sign", "uk", "75,00\xa0₴"),
        ("word", "uk", "75,00\xa0грн"),
        ("code", "ru", "75,00\xa0UAH"),
        ("word", "ru", "75,00\xa0грн"),
    ],
)
def test_a_store_says_how_its_currency_is_written(style, language, sum_):
    manner = {"currency": style, "discreet": False}

    assert fill("{{ 75 | money: 'UAH' }}", language, manner=manner) == sum_


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("uk", "Що ви з нами. Напишемо вам; ваше і вашого!", "Що Ви з нами. Напишемо Вам; Ваше і Вашого!"),
        ("ru", "Рады, что вы с нами: ваш заказ, вашей, вас.", "Рады, что Вы с нами: Ваш заказ, Вашей, Вас."),
        ("uk", "Вам видно. вивіска, ваша-то, увага, навами", "Вам видно. вивіска, Ваша-то, увага, навами"),
        ("uk", "https://x.example/ви {{ order.ваш }} {% if ви %}", "https://x.example/ви {{ order.ваш }} {% if ви %}"),
        ("uk", '<a title="ви" {% if a < b %}x{% endif %}>ви</a><!-- ви --><style>ви</style>',
         '<a title="ви" {% if a < b %}x{% endif %}>Ви</a><!-- ви --><style>ви</style>'),
        ("en", "you and your", "you and your"),
    ],
)  # fmt: skip
def test_you_is_written_with_a_capital_where_the_store_wishes(language, written, read):
    content = CompiledContent(written, written, written, written)

    assert dress(content, language, capital_you=True).content == CompiledContent(read, read, read, read)
    assert dress(content, language).content == content


def test_what_the_data_say_keeps_its_letters():
    content = dress(CompiledContent("", "", "", "ви: {{ line.title }}"), "uk", capital_you=True).content

    assert render(content, {"line": {"title": "Книга «Як ви»"}}, "uk", "UTC").text == "Ви: Книга «Як ви»\n"


# --- Our own mails --------------------------------------------------------------------------------------------------

PRESETS = {preset.slug: preset for preset in read_presets()}


@pytest.mark.parametrize(
    "slug", ["order_confirmation", "order_link", "shipping_update", "review_request", "thank_you", "news"]
)
def test_our_own_mails_call_a_ukrainian_in_the_vocative(slug):
    content = PRESETS[slug].contents["uk"]
    everything = " ".join([content.subject, content.preheader, content.mjml, content.text])

    assert re.search(r"first_name \| (vocative|greeting)", everything)
    assert not re.search(r"\{\{ \w+\.first_name \}\}", everything)


@pytest.mark.parametrize("language", ["uk", "ru"])
@pytest.mark.parametrize("slug", sorted(PRESETS))
def test_our_own_mails_do_not_guess_whether_the_reader_is_a_man_or_a_woman(slug, language):
    content = PRESETS[slug].contents[language]
    everything = " ".join([content.subject, content.preheader, content.mjml, content.text])

    # «ви зробила», «вы заказал(а)», «дорогий», «уважаемая»: past tense in the singular, adjectives for one person
    assert not re.search(r"\b[вВ][иы] (?:[\w’]+ )?\w+(?:в|ла|л|лся|лась|вся)\b", everything)
    assert not re.search(
        r"\(-?(?:а|ла|на|ая)\)|\b(?:дорог(?:ий|а|ой|ая)|шановн(?:ий|а)|уважаем(?:ый|ая))\b", everything, re.IGNORECASE
    )


def test_a_confirmation_thanks_olena_by_name():
    written = PRESETS["order_confirmation"].contents["uk"]
    content = compile_content(written.subject, written.preheader, written.mjml, written.text)

    assert "Дякуємо за замовлення, Олено" in render(content, mail_data("uk"), "uk", ZONES["uk"]).text
