"""A reason: an English sentence with gaps, filled and translated when somebody looks at it."""

import pytest
from django.utils import timezone, translation

from shelf.reasons import Reason, Refusal, say, without_values

HOLDS = "It waits until %(until)s."


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("", {"a": 1}, ""),
        ("50%% of it.", {}, "50% of it."),
        ("50%% of “%(a)s”.", {"a": 7}, "50% of “7”."),
        ("It needs “%(a)s”.", {"b": 1}, "It needs “%(a)s”."),  # a gap without a value stays visible
        ("It needs %(a)d.", {"a": "x"}, "It needs %(a)d."),
        (HOLDS, {"until": "2026-11-30"}, "It waits until 30 November 2026."),
        (HOLDS, {"until": "2026-11-30 09:05 UTC"}, "It waits until 30 November 2026, 11:05."),
        (HOLDS, {"until": "2026-02-30"}, "It waits until 2026-02-30."),  # there is no such day
        (HOLDS, {"until": "2026-11-30 24:00 UTC"}, "It waits until 2026-11-30 24:00 UTC."),
        (HOLDS, {"until": "on 2026-11-30"}, "It waits until on 2026-11-30."),
    ],
)
def test_gaps_are_filled_as_a_person_reads_them(text, values, said):
    with translation.override("en"), timezone.override("Europe/Kyiv"):
        assert say(text, values) == said


def test_a_year_ends_a_ukrainian_sentence_with_one_full_stop():
    with translation.override("uk"):
        assert say("Until %(until)s.", {"until": "2026-11-30"}) == "Until 30 листопада 2026\u202fр."


def test_rows_with_the_same_sentence_are_counted_under_it_without_its_values():
    assert without_values("“%(ask)s” left on %(on)s: 50%% of %(most)d.") == "“…” left on …: 50% of …."
    assert without_values("") == ""


def test_a_refusal_is_its_reason():
    refusal = Refusal("No “%(what)s”.", what="cups")

    assert (str(refusal), refusal.reason) == ("No “cups”.", Reason("No “%(what)s”.", {"what": "cups"}))
