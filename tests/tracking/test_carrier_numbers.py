import pytest

from tracking.carriers.numbers import Guess, Sure, carrier_of_number, guesses, other_numbers


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1Z999AA10123456784", [Guess("ups", Sure.CERTAIN)]),
        ("1Z999AA10123456785", [Guess("ups", Sure.LIKELY)]),  # wrong check digit
        ("RA473124829UA", [Guess("ukrposhta", Sure.CERTAIN)]),
        ("RA473124828UA", []),
        ("20450000000001", [Guess("nova_poshta", Sure.LIKELY)]),
        ("0500000000001", [Guess("ukrposhta", Sure.LIKELY)]),
        ("1106321645", [Guess("cdek", Sure.POSSIBLE)]),
        ("Z1234567890", [Guess("packeta", Sure.LIKELY)]),
        ("12345", []),
    ],
)
def test_format_and_check_digit_say_whose_number_it_is_and_how_surely(number, expected):
    assert list(guesses(number)) == expected


def test_bare_digits_are_a_guess_for_a_person_and_no_answer():
    assert carrier_of_number("1106321645") == ""


def test_other_identifiers_count_only_where_a_carrier_has_that_format():
    assert other_numbers("1Z999AA10123456784", "1z 999 aa1 0123456784", "Box 7", "RA473124829UA") == (
        ("ukrposhta", "RA473124829UA"),
    )
