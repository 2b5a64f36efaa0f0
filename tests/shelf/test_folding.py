"""Texts that are nearly alike are kept small, and come back exactly."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelf.folding import Folder, unfold

PATTERN = "<p>Дякуємо, {{ customer.first_name }}!</p>" + "".join(f"<p>Абзац {n} без змін.</p>" for n in range(300))


@given(pattern=st.text(max_size=200), texts=st.lists(st.text(max_size=200), max_size=3))
def test_what_was_folded_comes_back_exactly(pattern, texts):
    folder = Folder(pattern)

    assert [unfold(folder.fold(text), pattern) for text in texts] == texts


def test_a_letter_costs_what_it_adds_to_its_pattern():
    letter = PATTERN.replace("{{ customer.first_name }}", "Олено")

    folded = Folder(PATTERN).fold(letter)

    assert len(letter.encode()) == 11_324
    assert len(folded) < 450


def test_another_pattern_and_a_torn_letter_are_errors_and_never_another_text():
    folded = Folder(PATTERN).fold("Вітаємо")

    with pytest.raises(zlib.error):
        unfold(folded, PATTERN + "!")
    with pytest.raises(zlib.error):
        unfold(folded[:-5], PATTERN)


def test_the_end_of_a_pattern_counts_when_it_is_longer_than_deflate_can_see():
    long = "x" * 100_000 + PATTERN

    folded = Folder(long).fold(PATTERN)

    assert unfold(folded, long) == PATTERN
    assert len(folded) < 450
