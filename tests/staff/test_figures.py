"""On a phone no heads of columns stand: figures carry theirs."""

import pytest
from django.utils import translation

from shelf.reasons import say
from staff.templatetags.room import with_names


@pytest.mark.parametrize(
    ("cell", "is_named"),
    [
        ('<td class="field-inside">37</td>', True),
        ('<td class="field-version">v2</td>', True),
        ('<td class="field-spent"><span class="money">€5.00</span></td>', True),
        ('<td class="field-sent"><time datetime="2026-11-22T20:00">today, 22:00</time></td>', True),
        ('<td class="field-waits"><img src="/static/admin/img/icon-no.svg" alt="False"></td>', True),
        ('<td class="field-product">Enamel jug, 1.5 l</td>', False),
        ('<td class="field-order"><a href="/admin/orders/order/1/change/">#1042</a></td>', False),
        ('<td class="field-state"><span class="pill pill--good">12 sent</span></td>', False),
        ('<th class="field-name">1042</th>', False),
    ],
)
def test_a_figure_carries_the_heading_of_its_column(cell, is_named):
    [written] = with_names([cell], [{"text": 'people "inside"'}])

    assert ('data-of="People &quot;inside&quot;"' in written) == is_named


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Waits until 26 November 2026."), ("uk", "Чекає до 26 листопада 2026 р.")],
)
def test_a_day_in_a_reason_is_written_in_the_readers_language(language, said):
    with translation.override(language):
        sentence = say("Waits until %(until)s.", {"until": "2026-11-26"})

    assert sentence.replace("\u202f", " ").replace("\xa0", " ") == said
