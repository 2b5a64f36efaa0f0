import textwrap
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from time import process_time
from types import SimpleNamespace

import pytest
from django.utils.translation import override

from messaging.rendering import (
    CannotRender,
    CompiledContent,
    MissingVariable,
    TemplateRefused,
    UncleanHeader,
    check_content,
    compile_content,
    compile_mail,
    headers_are_clean,
    plain,
    plain_name,
    render,
)

KNOWN = {
    "store": {"name": "text", "accent": "text"},
    "order": {"number": "text", "total": "money", "lines": [{"title": "text"}]},
}


def mail(body: str) -> str:
    return f"<mjml>\n<mj-body>\n{body}\n</mj-body>\n</mjml>"


def words(text: str) -> str:
    return mail(f"<mj-section><mj-column>\n<mj-text>{text}</mj-text>\n</mj-column></mj-section>")


def fill(source: str, data: dict, language: str = "en", zone: str = "Europe/Kyiv") -> str:
    """The source as a text part."""
    return render(CompiledContent("", "", "", source), data, language, zone).text.strip()


def problems(**parts) -> list[tuple[str, int, str, str]]:
    sources = {"subject": "Hello", "preheader": "", "mjml": words("Hello"), "text": "", **parts}
    with override("en"):
        return [(p.part, p.line, str(p.what), p.variable) for p in check_content(**sources, known=KNOWN)]


# --- compiling


def test_liquid_comes_through_the_compiler_untouched():
    liquid = '{% if order.total < 5 and store.name != "" %}{{ store.name | default: "us" }}{% endif %}'

    html = compile_mail(words(f'<a href="{{{{ order.url }}}}">{liquid}</a>'))

    assert f'<a href="{{{{ order.url }}}}">{liquid}</a>' in html


def test_a_loop_between_table_rows_stays_between_them():
    table = "<mj-table>{% for line in order.lines %}<tr><td>{{ line.title }}</td></tr>{% endfor %}</mj-table>"
    content = compile_content("S", "", mail(f"<mj-section><mj-column>{table}</mj-column></mj-section>"), "")

    html = render(content, {"order": {"lines": [{"title": "Cup"}, {"title": "Jar"}]}}, "en", "UTC").html

    assert "<tr><td>Cup</td></tr><tr><td>Jar</td></tr>" in html


def test_a_loop_in_raw_repeats_whole_sections():
    section = "<mj-section><mj-column><mj-text>{{ line.title }}</mj-text></mj-column></mj-section>"
    source = mail(f"<mj-raw>{{% for line in lines %}}</mj-raw>{section}<mj-raw>{{% endfor %}}</mj-raw>")

    html = render(compile_content("S", "", source, ""), {"lines": [{"title": "A1"}, {"title": "B2"}]}, "en", "UTC").html

    assert html.count('role="presentation" align="center"') == 4  # a table, and Outlook's, for each
    assert html.index("A1") < html.index("B2")


def test_inline_styles_land_on_the_elements_and_media_queries_stay():
    head = (
        '<mj-head><mj-style inline="inline">.quiet { color: #555 }</mj-style>'
        "<mj-style>@media (prefers-color-scheme: dark) { .quiet { color: #aaa !important } }</mj-style></mj-head>"
    )

    html = compile_mail(words('<p class="quiet">x</p>').replace("<mj-body>", f"{head}<mj-body>"))

    assert '<p class="quiet" style="color: #555;">x</p>' in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_every_mail_declares_dark_mode_language_title_and_preheader_and_loads_nothing():
    content = compile_content("Hi & bye", "A look inside", words("Hello"), "")

    html = render(content, {}, "uk", "Europe/Kyiv").html

    assert '<meta name="color-scheme" content="light dark">' in html
    assert '<html lang="uk"' in html
    assert "<title>Hi &amp; bye</title>" in html
    assert ">A look inside&#847;" in html
    assert "fonts.googleapis" not in html and "<link" not in html and "http://" not in html.replace("http://www.w3", "")


def test_comments_of_the_author_do_not_leave_the_house():
    html = compile_mail(words("Hello<!-- ask Petro about {{ order.number }} -->"))

    assert "Petro" not in html and "order.number" not in html


@pytest.mark.parametrize(
    ("source", "line", "sentence"),
    [
        (mail("<mj-buton>Go</mj-buton>"), 3, "There is no tag “<mj-buton>” for our mails."),
        (mail("<mj-text>Go</mj-text>"), 3, "“<mj-text>” cannot stand here; its place is in <mj-column>, <mj-hero>."),
        (mail('<mj-include path="/etc/passwd" />'), 3, "There is no tag “<mj-include>” for our mails."),
        (mail("{% for a in b %}{% endfor %}"), 3, "Liquid between MJML tags has to stand inside <mj-raw>."),
        (mail("Hello"), 3, "Text has to stand inside <mj-text>."),
        (mail("<mj-section>\n<mj-column>"), 5, "“</mj-body>” comes before “<mj-column>” of line 4 is closed."),
        ("<mjml>\n<mj-body>", 2, "“<mj-body>” is never closed."),
        ("<mjml></mjml>", 1, "A mail begins with <mjml> and has an <mj-body>."),
        ("", 1, "A mail begins with <mjml> and has an <mj-body>."),
        (words("a < b"), 4, "“<” begins no tag here; write “&lt;” for the sign itself."),
        (words("<script>x</script>"), 4, "“<script>” has no place in a mail."),
        (words('<img src="x" onerror="go()">'), 4, "“onerror” would be a script; mails have none."),
        (words('<a href=" java&#115;cript:go()">x</a>'), 4, "“href” would be a script; mails have none."),
        (
            words("<a href=x>x</a>"),
            4,
            "The tag “<a>” is not well formed: values stand in quotes, and it ends with “>”.",
        ),
        (words("<b>x"), 4, "“</mj-text>” comes before “<b>” of line 4 is closed."),
        (
            mail("").replace("<mj-body>", "<mj-head><mj-style>@import url(x);</mj-style></mj-head><mj-body>"),
            2,
            "A mail loads no styles from elsewhere; “@import” has to go.",
        ),
        (
            words("<div>" * 70 + "</div>" * 70),
            4,
            "Too many tags stand inside each other here.",
        ),
    ],
)
def test_mjml_that_would_be_lost_is_refused_by_tag_and_line(source, line, sentence):
    with override("en"), pytest.raises(TemplateRefused) as refusal:
        compile_mail(source)

    with override("en"):
        assert [(p.line, str(p.what)) for p in refusal.value.problems][:1] == [(line, sentence)]


def test_an_empty_text_part_is_made_from_the_words_of_the_mail():
    source = mail(
        "<mj-section><mj-column><mj-text><h1>Thank\nyou</h1><p>Order&nbsp;{{ order.number }} &amp; more</p></mj-text>"
        '<mj-button href="{{ order.url }}">See it</mj-button></mj-column></mj-section>'
    )

    text = render(
        compile_content("S", "", source, " "), {"order": {"number": "7", "url": "https://x/?a&b"}}, "en", "UTC"
    )

    assert text.text == "Thank you\n\nOrder 7 & more\n\nSee it: https://x/?a&b\n"


# --- checking


def test_a_sound_template_has_no_problems():
    assert (
        problems(
            subject="Order {{ order.number }}",
            mjml=words("{% for line in order.lines %}{{ forloop.index }} {{ line.title }}{% endfor %}"),
            text="{% assign all = order.lines %}{% for l in all %}{{ l.title }}{% endfor %}{{ order.lines.size }}",
        )
        == []
    )


def test_an_unknown_variable_is_named_with_its_line_in_the_authors_source():
    found = problems(mjml=words("Hello,\n{{ order.totl | money: order.curency }}"))

    assert found == [
        ("mjml", 5, "There is no variable “order.totl” here.", "order.totl"),
        ("mjml", 5, "There is no variable “order.curency” here.", "order.curency"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "sentence", "variable"),
    [
        ("a\n{% for line in order.lines %}{{ line.titel }}{% endfor %}", 2, None, "line.titel"),
        ("{{ line.title }}", 1, None, "line.title"),
        ("{{ order.number.length }}", 1, None, "order.number.length"),
        ("{% if customer.vip %}x{% endif %}", 1, None, "customer.vip"),
        ("\n\n{{ order.total | monei }}", 3, "There is no filter “monei”.", ""),
        ("{{ order.total | date: '%Y' }}", 1, "There is no filter “date”.", ""),
        ("x\n{% if order.total %}", 2, "“if” is not closed with “endif”.", ""),
        ("{% endfor %}", 1, "“endfor” closes nothing here.", ""),
        ("x {{ order.number }", 1, "“{{” is not closed with “}}”.", ""),
        ("{% include 'x' %}", 1, "There is no tag “include”; use if, for, case, assign.", ""),
        ("{% for i in (1..9) %}{% endfor %}", 1, "Ranges such as (1..5) are not available; loop over a list.", ""),
        ("\n{{ order.number order }}", 2, "The Liquid syntax is wrong: expected end of expression, found word", ""),
    ],
)
def test_each_problem_of_a_text_part_has_its_line(text, line, sentence, variable):
    ((part, found_line, what, name),) = problems(text=text)

    assert (part, found_line, name) == ("text", line, variable)
    assert what.startswith(sentence or f"There is no variable “{variable}” here.")


def test_a_mail_without_a_subject_is_refused():
    assert problems(subject=" ") == [("subject", 1, "A mail needs a subject.", "")]


# --- filling in


def test_amounts_days_and_words_are_written_in_the_language_of_the_reader():
    source = (
        "{{ t | money: 'UAH' }}; {{ at | day }}; {{ at | moment }}; {{ on | weekday_day }}; "
        "{{ 5 | plural: 'товар', 'товари', 'товарів' }}"
    )
    data = {"t": Decimal("1234.5"), "at": datetime(2026, 11, 24, 22, 30, tzinfo=UTC), "on": date(2026, 11, 24)}

    assert fill(source, data, "uk", "Europe/Kyiv").replace("\xa0", " ").replace("\u202f", " ").replace("\n", " ") == (
        "1 234,50 ₴; 25 листопада 2026 р.; 25 листопада 2026 р., 00:30; вівторок, 24 листопада; товарів"
    )


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{{ a | plus: b }}", "12.50"),
        ("{{ a | minus: 1 }}", "9.00"),
        ("{{ 2 | times: 3 }}", "6"),
        ("{{ a | divided_by: 4 }}", "2.50"),
        ("{{ lines | sum: 'n' }}", "5"),
        ("{{ a | round: 1 }}", "10.0"),
        ("{% if a > b %}more{% endif %}", "more"),
        ("{{ 2.25 | round: 1 }}", "2.3"),
    ],
)
def test_arithmetic_is_exact_on_decimals(source, written):
    data = {"a": Decimal("10.00"), "b": Decimal("2.50"), "lines": [{"n": 2}, {"n": 3}]}

    assert fill(source, data) == written


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("{{ order.totl }}", "order.totl"),
        ("{{ nobody }}", "nobody"),
        ("{{ order.totl | money: 'EUR' }}", "order.totl"),
        ("{% for line in order.parts %}{% endfor %}", "order.parts"),
        ("{{ order.number.__class__ }}", "order.number.__class__"),
        ("{{ order.__class__ }}", "order.__class__"),
        ("{{ thing.secret }}", "thing.secret"),
        ("{{ now }}", "now"),
    ],
)
def test_a_missing_variable_stops_the_mail_and_is_named(source, name):
    with pytest.raises(MissingVariable) as missing:
        fill(source, {"order": {"number": "7"}, "thing": SimpleNamespace(secret="x")})

    assert missing.value.variable == name


def test_an_absent_variable_may_be_asked_about():
    assert (
        fill("{% if order.gift %}gift{% else %}none{% endif %} {{ order.note | default: '-' }}", {"order": {}})
        == "none -"
    )


def test_a_wrong_type_in_a_filter_stops_this_mail_with_a_reason():
    with pytest.raises(CannotRender) as refusal:
        fill("{{ order | money: 'EUR' }}", {"order": {}})

    with override("en"):
        assert str(refusal.value) == "The template cannot be filled in: this is not a number"


def test_values_are_escaped_in_html_and_plain_in_subject_and_text():
    content = compile_content("For {{ name }}", "", words("<b>{{ name }}</b>"), "For {{ name }}")

    rendered = render(content, {"name": '<a href="x">Tom & Ann</a>'}, "en", "UTC")

    assert "<b>&lt;a href=&#34;x&#34;&gt;Tom &amp; Ann&lt;/a&gt;</b>" in rendered.html
    assert rendered.subject == 'For <a href="x">Tom & Ann</a>'
    assert rendered.text == 'For <a href="x">Tom & Ann</a>\n'


def test_what_an_author_captures_and_cuts_stays_escaped():
    source = words(
        '{% capture c %}{{ n }}{% endcapture %}{{ c | upcase | replace: "X", "<" | append: n | newline_to_br }}'
    )

    html = render(compile_content("S", "", source, "-"), {"n": "<i>x\ny"}, "en", "UTC").html

    assert "<i>" not in html.lower()


def test_a_subject_stays_one_line_whatever_the_name_holds():
    content = CompiledContent("Hello {{ name }}", "", "", "")

    subject = render(content, {"name": "Eve\r\nBcc: all@example.com\x00\u202e\u2028x"}, "en", "UTC").subject

    assert subject == "Hello Eve Bcc: all@example.com x"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Олена", "Олена"),
        ("O’Neil-Šmíd Jr.", "O’Neil-Šmíd Jr."),
        ("  Анна \r\n Марія ", "Анна Марія"),
        ("Win at evil.example", ""),
        ("https://evil", ""),
        ("приз на сайт.рф", ""),
        ("a@b", ""),
        ("x" * 61, ""),
    ],
)
def test_a_name_that_is_a_link_is_not_repeated_in_our_mail(name, kept):
    assert plain_name(name) == kept
    assert fill("[{{ customer.first_name }}]", {"customer": {"first_name": name}}) == f"[{kept}]"


def test_text_is_wrapped_between_words_and_addresses_stay_whole():
    address = "https://shop.example/" + "o" * 80

    text = fill(f"{{% if true %}}\n- one\n{{% endif %}}\n\n\n\n{'word ' * 20}\n{address}", {})

    assert text == f"- one\n\n{'word ' * 14}word\n{'word ' * 4}word\n{address}"


def test_lines_of_tags_alone_leave_no_gaps_in_the_text():
    content = compile_content("S", "", words("x"), "Items\n{% for n in ns %}\n- {{ n }}\n{% endfor %}\nEnd")

    assert render(content, {"ns": [1, 2]}, "en", "UTC").text == "Items\n- 1\n- 2\nEnd\n"


# --- bombs: an author's template, or a stranger's data, may not stop a worker


BOMBS = [
    "{% for a in l %}{% for b in l %}{% for c in l %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in l %}{% for b in l %}{% for c in l %}x{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in l %}" + "{% if false %}{% endif %}" * 2000 + "{% endfor %}",
    "{% for a in l %}{{ a }}{% endfor %}" * 1500,
    "{% for a in l %}{% if " + " and ".join(["big contains 'zz'"] * 40) + " %}{% endif %}{% endfor %}" * 20,
    "{% assign s = 'xxxxxxxxxx' %}" + "{% assign s = s | append: s %}" * 60,
    "{% assign n = 9 %}" + "{% assign n = n | times: n %}" * 200,
    "{{ 'a' | replace: '', big | replace: '', big }}",
    "{{ big | split: '' | join: big }}",
    "{% for a in l %}{{ big }}{% endfor %}",
    "{% for a in l %}{% capture c %}{{ c | default: '' }}{{ big }}{% endcapture %}{% endfor %}",
    "{% for a in l %}{% assign t = big | upcase | downcase | upcase | downcase %}{% endfor %}",
    "{% for i in (1..999999999) reversed %}{% endfor %}",
    "{% for i in (1..999999999) offset: 999999998 limit: 1 %}{% endfor %}",
    "{% if (1..9999999999) contains 'x' %}{% endif %}",
    "{{ (1..999999999) | join }}",
    "{{ 1 | round: 999999999 }}",
    "{{ 1e999999 | plus: 1 }}",
    "{{ '1e999999' | number }}",
    "{% assign x" * 6000,
    "{{ " * 20000,
    "{%" + " " * 60000,
    "{{" + " " * 900 + "x" + " " * 60000 + "}}",
    "{% raw %}" * 7000,
    "{% comment %}" * 5000,
    "{% if true %}" * 5000,
    "{% if true %}" * 300 + "{% endif %}" * 300,
    "{{ a" + "[a" * 400 + "]" * 400 + " }}",
    "{% if " + "a or " * 190 + "a %}{% endif %}" * 60,
    "{{ 'a' " + "| upcase " * 100 + "}}" * 1,
    "".join(f"{{% assign v{n} = big %}}" for n in range(2000)),
]


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_ends_quickly(source):
    data = {"l": list(range(1000)), "big": "z" * 16_000, "a": "a"}
    begun = process_time()

    with suppress(CannotRender):
        fill(source, data)
    check_content("S", "", words("x"), source, data)

    assert process_time() - begun < 3


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 12000,
        "<" * 60000,
        "<a " * 20000,
        "<a b='" * 10000,
        "<!--" * 15000,
        "<meta>" * 10000,
        "<mj-x></mj-x>" * 4500,
        mail("<mj-section>" * 5000),
        words("<br>" * 12000),
        "<mjml><mj-head><mj-raw>" + "<meta>" * 9000 + "</mj-raw></mj-head><mj-body></mj-body></mjml>",
        words("<p>" + "{{ a }}" * 8000 + "</p>"),
    ],
    ids=range(11),
)
def test_a_bomb_of_mjml_ends_quickly(source):
    begun = process_time()

    check_content("S", "", source, "", {"a": "text"})

    assert process_time() - begun < 3


def test_a_template_that_does_too_much_says_so():
    with pytest.raises(CannotRender) as refusal:
        fill(BOMBS[1], {"l": list(range(1000))})

    with override("en"):
        assert str(refusal.value) == "The template does too much work for one mail."


# --- headers


def refusal_of(header):
    try:
        headers_are_clean("fine", header)
    except UncleanHeader as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("a\r\nBcc: b", "a\\r\\nBcc: b"),
        ("a\0b", "a\\x00b"),
        ("a\u2028b", "a\\u2028b"),
        ("x" * 100 + "\n", "x" * 60),
    ],
)
def test_a_control_character_in_a_header_is_refused_in_a_sentence_that_shows_it(header, shown):
    with override("en"):
        assert refusal_of(header) == f"“{shown}” cannot stand in the head of a mail."


def test_ordinary_headers_pass_in_every_script_and_all_control_characters_are_refused():
    refused = {n for n in range(0x3100) if refusal_of(f"a{chr(n)}b")}

    assert refused == {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029}
    assert [refusal_of(h) for h in ("Глина <hello@shop.example>", "Ваше замовлення № 7 🎁", "您好", "")] == [""] * 4


def test_long_lines_are_broken_as_the_standard_library_breaks_them():
    words = ["слово", "и", "https://shop.example/" + "x" * 90, "1\xa0330,00\xa0₴", "перевізнику", "a-b-c", "…"]
    choose = Random(7)

    for _ in range(300):
        line = " ".join(choose.choice(words) for _ in range(choose.randrange(1, 40)))

        ours = plain.wrap(line).strip().split("\n")

        assert ours == textwrap.wrap(line, 76, break_long_words=False, break_on_hyphens=False)
