"""Mails as lists of blocks: what each field may hold, what comes out as HTML and as text, what is refused and how."""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from messaging import blocks
from messaging.actions import Written
from messaging.actions.templates import problems_of
from messaging.blocks import BLOCKS, BlocksRefused
from messaging.presets import LANGUAGES
from messaging.rendering import MissingVariable, RenderedMail, compile_content, render
from tests.builders.mails import ZONES, mail_data

FOLDER = Path(settings.BASE_DIR) / "templates" / "messaging" / "blocks"
LINK = "https://shop.example/news?a=1&b=2"


def mail(*many: dict, language: str = "en", data: dict | None = None) -> RenderedMail:
    found = blocks.shape(list(many))
    assert blocks.check(found) == []
    content = compile_content("Subject", "", blocks.to_mjml(found, language), blocks.to_text(found, language))
    return render(content, data or mail_data(language), language, ZONES[language])


def block(name: str, **fields) -> dict:
    return {**blocks.new(name, "en"), **fields}


def seen(html: str) -> str:
    html = re.sub(r"<!--.*?-->|<style.*?</style>|<head.*?</head>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"</?(?:a|b|i|span)\b[^>]*>", "", html).replace("<", " <")))


def said(*many: dict, subject: str = "Hello") -> list[str]:
    """The problems of a mail, as its author reads them."""
    written = Written(subject, "", "", "", blocks.shape(list(many)))
    return [str(problem) for problem in problems_of(written, "en")]


# --- every block ------------------------------------------------------------------------------------------------------


def test_there_are_the_blocks_that_marketers_ask_for():
    assert list(BLOCKS) == [
        *("header", "text", "button", "image", "divider", "social", "footer"),
        *("order_summary", "tracking", "products", "review_stars", "survey", "coupon", "card"),
        "answer",
    ]


FILLED = {
    "image": {"url": "https://shop.example/a.jpg", "alt": "A cup"},
    "text": {"text": "Hello"},
    "social": {"links": [{"name": "Instagram", "url": "https://instagram.com/shop"}]},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", list(BLOCKS))
def test_every_fresh_block_makes_a_mail_in_every_language(name, language):
    fresh = {**blocks.new(name, language), **FILLED.get(name, {})}

    made = mail(fresh, language=language)

    assert "[[" not in made.html + made.text
    assert "None" not in made.text


def test_every_block_says_the_same_things_in_all_languages():
    words = {code: tomllib.loads((FOLDER / f"words.{code}.toml").read_text("utf-8")) for code in LANGUAGES}

    keys = {code: {(name, key) for name, said in words[code].items() for key in said} for code in LANGUAGES}
    assert keys["uk"] == keys["ru"] == keys["en"]
    assert set(words["en"]) <= set(BLOCKS)


def test_a_letter_of_blocks_reads_well_as_plain_text():
    made = mail(
        block("header", headline="What is new"),
        block(
            "text",
            text="Hello {{ customer.first_name }},\n\n## On the shelf\n\n- **two** cups\n- [more](https://a.example)",
        ),
        block("image", url="https://shop.example/a.jpg", alt="A cup on a table", link=LINK),
        block("button", label="Have a look", url=LINK),
        block("divider"),
        block("products", title="For you", products=[{"title": "Cup", "price": "€10", "url": LINK}]),
        block("footer"),
    )

    assert made.text == (
        "What is new\n\nHello Olivia,\n\nOn the shelf\n\n- two cups\n- more: https://a.example\n\n"
        f"[A cup on a table] {LINK}\n\nHave a look: {LINK}\n\n* * *\n\nFor you\n\n- Cup, €10: {LINK}\n\n"
        "You receive this email because you ordered from Field & Flax.\n"
        "Choose what you get from us: https://aftercare.example/p/eyJwIjo3fQ/\n"
    )


def test_the_marks_of_a_passage_become_html_and_nothing_else_does():
    html = mail(
        block("text", text="**Two** *fine* cups & <b>one</b> plate\n\n- [here](https://a.example/?x=1&y=2)")
    ).html

    assert "<b>Two</b> <i>fine</i> cups &amp; &lt;b&gt;one&lt;/b&gt; plate" in html
    assert '<a class="plain" href="https://a.example/?x=1&amp;y=2"' in html


def test_brackets_that_an_author_types_are_no_gaps():
    assert "[[total]] and [[#lines]]" in mail(block("text", text="[[total]] and [[#lines]]")).text


def test_products_stand_two_by_two():
    rows = [{"title": f"Cup {n}", "price": "", "image": "", "url": ""} for n in range(3)]

    mjml = blocks.to_mjml([block("products", products=rows)], "en")

    assert (mjml.count("<mj-group>"), mjml.count('<mj-column width="50%">')) == (2, 3)


@pytest.mark.parametrize(
    ("milestone", "step"),
    [
        ("info_received", "Getting ready"),
        ("in_transit", "On its way"),
        ("out_for_delivery", "Nearly there"),
        ("delivered", "Delivered"),
    ],
)
def test_the_way_of_a_parcel_has_four_steps(milestone, step):
    data = mail_data("en")
    data["shipment"]["milestone"] = milestone

    made = mail(block("tracking"), data=data)

    assert f"<b>{step}</b>" in made.html
    assert f"» {step}" in made.text


def test_a_parcel_that_comes_back_shows_no_progress():
    data = mail_data("en")
    data["shipment"]["milestone"] = "returned"

    assert "Nearly there" not in mail(block("tracking"), data=data).html


@pytest.mark.parametrize("name", ["coupon", "card", "tracking", "review_stars"])
def test_a_block_whose_data_nobody_gives_shows_nothing(name):
    data = {
        space: what for space, what in mail_data("en").items() if space in ("store", "customer", "order", "message")
    }

    made = mail(block("text", text="Hello"), block(name), data=data)

    assert made.text == "Hello\n"


def test_a_coupon_shows_its_code_once_there_is_one():
    coupon = {"code": "DANKE-10", "worth": "10 %", "expires_on": None, "url": "https://shop.example/c", "terms": ""}

    made = mail(block("coupon"), data={**mail_data("en"), "coupon": coupon})

    assert made.text == "A little thank-you\n\n10 %: DANKE-10\n\nUse it now: https://shop.example/c\n"
    assert "DANKE-10" in made.html


# --- show only if -----------------------------------------------------------------------------------------------------


def test_a_block_is_shown_only_if_its_condition_holds():
    letter = [block("text", text="You saved something", only_if="discount"), block("text", text="Hello")]
    without = mail_data("en")
    without["order"]["discount"] = 0

    assert "You saved something" in mail(*letter).text
    assert "You saved something" not in mail(*letter, data=without).text + mail(*letter, data=without).html


@pytest.mark.parametrize("condition", list(blocks.CONDITIONS))
def test_a_condition_about_what_is_not_there_does_not_hold_and_breaks_nothing(condition):
    data = {"store": mail_data("en")["store"] | {"support_phone": ""}, "message": mail_data("en")["message"]}

    assert mail(block("text", text="Secret", only_if=condition), data=data).text.strip() == ""


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_script_in_a_field_arrives_as_text():
    made = mail(block("text", text="<script>alert(1)</script>"), block("header", headline='"><img src=x onerror=y>'))

    assert "<script" not in made.html and "<img src=x" not in made.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in made.html


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "{{ customer.first_name }}",
        '{{ order.url }}" onclick="x',
        "https://a.example/ onclick",
    ],
)
def test_an_address_that_leads_nowhere_safe_is_refused_by_block_and_field(address):
    [problem] = blocks.check(blocks.shape([block("header"), block("button", url=address)]))

    assert str(problem).startswith("Block 2, Button, “Where it leads”: “")
    assert (problem.block, problem.field) == (1, "url")


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/x?y=1",
        "mailto:a@b.example",
        "tel:+380 44 555",
        "{{ order.url }}",
        "{{ order.url }}?from=mail",
    ],
)
def test_an_address_that_is_one_is_taken(address):
    assert blocks.check(blocks.shape([block("button", url=address)])) == []


def test_a_link_inside_a_text_is_looked_at_too():
    assert said(block("text", text="[here](javascript:x)")) == [
        "Block 1, Text, “Text”: “javascript:x” leads nowhere safe: an address begins with https://, "
        "or is a variable such as {{ order.url }}."
    ]


def test_a_variable_that_does_not_exist_is_named_with_block_and_field():
    assert said(block("header"), block("text", text="one\n{{ order.nubmer }}")) == [
        "Block 2, Text, “Text”: There is no variable “order.nubmer” here."
    ]


def test_a_row_is_named_by_its_number_and_field():
    rows = [{"title": "Cup"}, {"title": "{{ nobody.name }}"}]

    assert said(block("products", products=rows)) == [
        "Block 1, Product grid, “Products, 2, Name”: There is no variable “nobody.name” here."
    ]


def test_problems_are_told_in_the_language_of_the_reader_of_the_admin():
    found = blocks.check(blocks.shape([block("text", text="")]))

    with override("uk"):
        assert str(found[0]) != "Block 1, Text, “Text”: Something has to stand here."
    assert str(found[0]) == "Block 1, Text, “Text”: Something has to stand here."


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (block("text", text="{{ x.__class__ }}"), "There is no variable “x.__class__” here."),
        (block("text", text="{% if order.number %} hello"), "“if” is not closed with “endif”."),
        (block("text", text="{{ order.number"), "“{{” is not closed with “}}”."),
        (block("text", text="{% include 'x' %}"), "There is no tag “include”; use if, for, case, assign."),
    ],
)
def test_liquid_that_may_not_be_is_refused_by_block_and_field(wrong, sentence):
    assert said(wrong) == [f"Block 1, Text, “Text”: {sentence}"]


def test_a_bomb_for_the_parser_ends_in_a_sentence():
    bomb = "{% if a %}" * 600 + "x" + "{% endif %}" * 600

    [sentence] = said(block("text", text=bomb[:7900]))[:1]

    assert sentence.startswith("Block 1, Text, “Text”: ")


def test_a_megabyte_in_a_field_is_refused_by_block_and_field():
    problems = blocks.check(blocks.shape([block("text", text="a" * 1_000_000)]))

    assert [str(p) for p in problems] == ["Block 1, Text, “Text”: This is longer than 8000 characters."]


def test_a_block_that_does_not_exist_is_refused_by_its_name():
    assert said({"block": "carousel", "speed": 9}) == ["Block 1, carousel: There is no block “carousel”."]


def test_a_list_of_five_hundred_blocks_is_refused_as_a_whole():
    with pytest.raises(BlocksRefused, match="A mail has at most 50 blocks; this one has 500"):
        blocks.shape([block("divider")] * 500)


@pytest.mark.parametrize("nonsense", [None, "text", 7, {"block": "text"}, [["text"]], ["text"]])
def test_what_is_no_list_of_blocks_is_refused(nonsense):
    with pytest.raises(BlocksRefused, match="This is no list of blocks"):
        blocks.shape(nonsense)


def test_a_field_of_the_wrong_kind_becomes_nothing_and_is_asked_for():
    found = blocks.shape([{"block": "text", "text": {"a": 1}}, {"block": "products", "products": "x"}])

    assert found[0]["text"] == "" and found[1]["products"] == []
    assert said(*found)[0] == "Block 1, Text, “Text”: Something has to stand here."


def test_an_empty_list_is_no_mail():
    assert said() == ["The mail has no blocks yet."]


def test_a_missing_variable_is_traced_to_its_block_and_field():
    letter = blocks.shape([block("header"), block("text", text="Number {{ shipment.number }}")])
    data = {space: what for space, what in mail_data("en").items() if space != "shipment"}

    with pytest.raises(MissingVariable) as missing:
        mail(*letter, data=data)

    found = blocks.where(letter, missing.value.variable)
    assert str(found) == "Block 2, Text, “Text”: The mail needs “shipment.number”, and it is not known here."
