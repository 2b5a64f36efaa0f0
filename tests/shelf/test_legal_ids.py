"""Check digits of companies and accounts: true numbers pass, one wrong digit does not."""

import pytest

from shelf.legal_ids import (
    bare,
    is_bik,
    is_bin,
    is_edrpou,
    is_iban,
    is_inn,
    is_kpp,
    is_ogrn,
    is_rnokpp,
    is_russian_account,
    is_vat_id,
)

TRUE = [
    (is_edrpou, "14360570"),  # PrivatBank
    (is_edrpou, "31316718"),  # Nova Poshta
    (is_edrpou, "00032129"),  # Oschadbank
    (is_rnokpp, "1759013776"),
    (is_inn, "7707083893"),  # Sberbank
    (is_inn, "500100732259"),
    (is_ogrn, "1027700132195"),  # Sberbank
    (is_ogrn, "304500116000157"),
    (is_bin, "940140000385"),
    (is_iban, "UA213223130000026007233566001"),
    (is_iban, "DE89370400440532013000"),
    (is_iban, "KZ86125KZT5004100100"),
    (is_vat_id, "DE136695976"),
    (is_vat_id, "PL8567346215"),
]


@pytest.mark.parametrize(("check", "number"), TRUE)
def test_a_true_number_passes_and_no_other_last_digit(check, number):
    others = [number[:-1] + digit for digit in "0123456789" if digit != number[-1]]

    assert check(number)
    assert [other for other in others if check(other)] == []


@pytest.mark.parametrize(
    "number", ["", "1", "x" * 8, "1436057", "14360570000000000", "１４３６０５７０", "UA", "-1436057"]
)
def test_what_is_no_number_is_refused(number):
    for check in (is_edrpou, is_rnokpp, is_inn, is_kpp, is_ogrn, is_bin, is_iban, is_bik, is_vat_id):
        assert not check(number), check


def test_an_account_in_russia_belongs_to_its_bank():
    assert is_russian_account("30101810400000000225", "044525225")  # Sberbank's own
    keys = [key for key in "0123456789" if is_russian_account(f"40702810{key}00000000001", "044525225")]
    assert len(keys) == 1
    assert not is_russian_account("30101810400000000225", "044030653")


def test_an_iban_has_the_length_of_its_country():
    assert not is_iban("DE8937040044053201300")
    assert is_kpp("773601001") and is_bik("044525225")


def test_numbers_are_typed_with_spaces_and_dashes():
    assert bare(" ua21 3223-1300 ") == "UA2132231300"
