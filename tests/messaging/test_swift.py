"""The translated templates write what python-liquid writes: on all our mails, on odd data, on random templates."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.presets import read_presets
from messaging.rendering import CannotRender, compile_content, liquid, swift
from tests.builders.mails import mail_data

ZONE = ZoneInfo("Europe/Kyiv")
SOURCES = [
    (source, environment)
    for preset in read_presets()
    for written in preset.contents.values()
    for content in [compile_content(written.subject, written.preheader, written.mjml, written.text)]
    for source, environment in (
        (content.subject, liquid.TEXT),
        (content.html, liquid.HTML),
        (content.text, liquid.TEXT),
    )
]


def both(source, data, environment=liquid.HTML, language="uk"):
    """What python-liquid says, and what the translation says; an error counts as its words."""
    template = liquid.parse(source, environment, liquid.MAX_COMPILED)
    step = swift.translate(template)
    assert step is not None, "python-liquid has to walk it, so there is nothing to compare"
    return [said(write, template, data, language) for write in (walk, swiftly(step))]


def said(write, template, data, language):
    try:
        return write(template, data, language)
    except Exception as error:
        return type(error).__name__, str(error)


def walk(template, data, language):
    paper = liquid.Paper(liquid.MAX_OUTPUT)
    template.render_with_context(liquid.Context(template, data, language, ZONE), paper)
    return paper.getvalue()


def swiftly(step):
    def write(template, data, language):
        context = liquid.SwiftContext(template, data, language, ZONE)
        step(context)
        return context.written()

    return write


@pytest.mark.parametrize(("source", "environment"), SOURCES)
def test_our_own_mails_come_out_the_same(source, environment):
    own = {"mail": {"subject": "S", "preheader": "P", "language": "uk", "markup": "", "pixel": ""}}

    walked, translated = both(source, {**mail_data("uk"), **own}, environment)

    assert translated == walked


DATA_OF_ALL_KINDS = {
    "name": "<b>Олена</b>",
    "none": None,
    "yes": True,
    "no": False,
    "n": 3,
    "sum": Decimal("10.50"),
    "at": datetime(2026, 11, 23, 10, tzinfo=UTC),
    "list": ["a", "<b>", 1, None],
    "empty": [],
    "things": [{"title": "Чайник", "n": 1, "inner": [1, 2]}, {"title": "", "n": 2, "inner": []}],
    "deep": {"er": {"est": "bottom"}, "list": [{"x": 1}]},
    "number": 7,
}


@pytest.mark.parametrize(
    "source",
    [
        "{{ name }}{{ none }}{{ yes }}{{ n }}{{ sum }}{{ list }}{{ deep.er.est }}",
        "{{ deep.list[0].x }}{{ list[1] }}{{ things.first.title }}{{ things.size }}{{ name.size }}",
        "{{ missing }}",
        "{{ deep.missing.further }}",
        "{{ deep.er.est.further }}",
        "{{ missing | default: 'x' }}{{ name | upcase }}{{ name | append: '!' | truncate: 5 }}",
        "{{ missing | upcase }}",
        "{{ sum | money: 'UAH' }}{{ at | day }}{{ at | moment }}{{ n | plural: 'товар', 'товари', 'товарів' }}",
        "{{ name | money: 'UAH' }}",
        "{{ sum | divided_by: 0 }}",
        "{{ name | slice }}",
        "{{ list | join: ', ' }}{{ things | map: 'title' | join }}{{ things | where: 'n', 2 | size }}",
        "{% if name %}1{% elsif none %}2{% else %}3{% endif %}{% unless none %}4{% else %}5{% endunless %}",
        "{% if missing %}1{% endif %}{% if missing == 'x' %}2{% endif %}{% if empty == empty %}3{% endif %}",
        "{% if n > 2 and sum < 11 or no %}1{% endif %}{% if list contains 'a' %}2{% endif %}",
        "{% if n > name %}1{% endif %}",
        "{% for t in things %}{{ t.title }}:{% for i in t.inner %}{{ i }}{% else %}-{% endfor %};{% endfor %}{{ t }}",
        "{% for number in list %}{{ number }}{% endfor %}{{ number }}",
        "{% for x in missing %}1{% else %}none{% endfor %}{% for x in name %}{{ x }}{% endfor %}",
        "{% for x in n %}1{% else %}none{% endfor %}",
        "{% for pair in deep %}{{ pair[0] }}{% endfor %}",
        "{% assign y = name | upcase %}{{ y }}{% for t in things %}{% assign y = t.n %}{% endfor %}{{ y }}",
        "{% if name %} {% assign z = 1 %} {% endif %}{{ z }}|{% if none %}  {% endif %}|",
        "{% comment %}{{ missing }}{% endcomment %}{% # a note %}x",
        "{% case n %}{% when 1, 2 %}a{% when 3, 3 %}b{% else %}c{% endcase %}{% case x %}{% else %}d{% endcase %}",
        "{% case n %}{% when 1 %}{% assign q = 1 %}{% else %}{% assign q = 2 %}{% endcase %}{{ q }}",
        "{% for t in list %}{{ forloop.index }}{{ forloop.last }}{% endfor %}{{ forloop }}",
        "{% for t in things %}{% for i in t.inner %}{{ forloop.parentloop.rindex }}{% endfor %}{% endfor %}",
        "{% capture x %}<{{ name }}{% for t in list %}{{ t }}{% endfor %}{% endcapture %}{{ x }}{{ x | upcase }}",
        "{{ 'quoted' }}{{ 5 }}{{ true }}{{ nil }}{{ empty }}{{ blank }}",
        "{% for t in things %}{{ things[0].title }}{{ deep['er'].est }}{{ t['title'] }}{% endfor %}",
    ],
)
@pytest.mark.parametrize("environment", [liquid.HTML, liquid.TEXT])
def test_odd_data_comes_out_the_same_and_so_do_errors(source, environment):
    walked, translated = both(source, DATA_OF_ALL_KINDS, environment)

    assert translated == walked


@pytest.mark.parametrize(
    "source",
    [
        "{% for t in list limit: 2 %}{{ t }}{% endfor %}",
        "{% for t in list %}{{ t }}{% break %}{% endfor %}",
        "{% for x in list %}{% assign x = 1 %}{{ x }}{% endfor %}",
    ],
)
def test_what_it_does_not_know_is_left_to_python_liquid(source):
    assert swift.translate(liquid.parse(source)) is None
    assert liquid.fill(source, DATA_OF_ALL_KINDS, "uk", ZONE)


expressions = st.sampled_from(
    ["name", "none", "missing", "n", "sum", "list", "things", "deep.er.est", "deep.no", "t.title", "t", "x", "number"]
)
filters = st.sampled_from(
    ["", " | upcase", " | default: 'd'", " | size", " | join: ','", " | money: 'EUR'", " | first"]
)
outputs = st.builds("{{{{ {}{} }}}}".format, expressions, filters)
pieces = st.recursive(
    outputs | st.sampled_from(["text", " ", "\n", "<i>"]) | st.builds("{{% assign x = {} %}}".format, expressions),
    lambda inner: st.one_of(
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, expressions, inner, inner),
        st.builds("{{% unless {} == 'a' %}}{}{{% endunless %}}".format, expressions, inner),
        st.builds("{{% for t in {} %}}{}{{% endfor %}}".format, expressions, inner),
        st.builds(
            "{{% case {} %}}{{% when 3, 'a' %}}{}{{% else %}}{}{{% endcase %}}".format, expressions, inner, inner
        ),
        st.builds("{{% for u in {} %}}{{{{ forloop.index }}}}{}{{% endfor %}}".format, expressions, inner),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=500)
@given(pieces)
def test_random_templates_come_out_the_same(source):
    walked, translated = both(source, DATA_OF_ALL_KINDS)

    assert translated == walked


def test_the_limits_hold_for_both():
    bomb = "{% for a in l %}{% for b in l %}{% for c in l %}{{ c }}{% endfor %}{% endfor %}{% endfor %}"

    with pytest.raises(CannotRender, match="too much work"):
        liquid.fill(bomb, {"l": ["x"] * 900}, "en", ZONE)
    with pytest.raises(CannotRender, match="too much work"):
        liquid.fill("{% for a in l %}{{ text }}{% endfor %}", {"l": [1] * 900, "text": "x" * 10_000}, "en", ZONE)
