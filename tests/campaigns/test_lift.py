"""The interval of a difference, against the values that Newcombe published in 1998."""

import pytest

from campaigns.reports.lift import Share, lift, newcombe, wilson


# R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3
@pytest.mark.parametrize(
    ("hits", "people", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_one_share_as_published(hits, people, low, high):
    found = wilson(Share(hits, people))

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


# the same, 873-890, table II, method 10
@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_as_published(one, other, low, high):
    found = newcombe(Share(*one), Share(*other))

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_the_interval_turns_round_with_its_sides():
    there, back = newcombe(Share(56, 70), Share(48, 80)), newcombe(Share(48, 80), Share(56, 70))

    assert (back.low, back.high) == (-there.high, -there.low)


@pytest.mark.parametrize(
    ("got", "held_out", "verdict"),
    [
        ((300, 1000), (50, 250), "up"),
        ((200, 1000), (75, 250), "down"),
        ((12, 90), (1, 10), "too few"),
        ((0, 90), (0, 10), "too few"),
        ((12, 90), (0, 0), "nobody"),
        ((0, 0), (3, 10), "nobody"),
    ],
)
def test_it_is_too_few_to_tell_until_the_interval_excludes_zero(got, held_out, verdict):
    assert lift(Share(*got), Share(*held_out)).verdict == verdict


def test_of_nobody_everything_is_possible():
    assert (wilson(Share(0, 0)).low, wilson(Share(0, 0)).high) == (0.0, 1.0)
