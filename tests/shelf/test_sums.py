"""Sums in words: exact for a table of amounts, and like num2words wherever that is right."""

from decimal import Decimal

import pytest
from num2words import num2words

from shelf.sums import in_words, number_in_words

TABLE = [
    ("uk", "UAH", "0", "Нуль гривень 00 копійок"),
    ("uk", "UAH", "1", "Одна гривня 00 копійок"),
    ("uk", "UAH", "2", "Дві гривні 00 копійок"),
    ("uk", "UAH", "5", "П’ять гривень 00 копійок"),
    ("uk", "UAH", "11", "Одинадцять гривень 00 копійок"),
    ("uk", "UAH", "21", "Двадцять одна гривня 00 копійок"),
    ("uk", "UAH", "1000", "Одна тисяча гривень 00 копійок"),
    ("uk", "UAH", "1000000.01", "Один мільйон гривень 01 копійка"),
    ("uk", "UAH", "2002.22", "Дві тисячі дві гривні 22 копійки"),
    ("uk", "RUB", "2", "Два рублі 00 копійок"),
    ("uk", "EUR", "21.05", "Двадцять один євро 05 центів"),
    ("uk", "KZT", "1000", "Одна тисяча тенге 00 тиїнів"),
    ("ru", "RUB", "0", "Ноль рублей 00 копеек"),
    ("ru", "RUB", "1", "Один рубль 00 копеек"),
    ("ru", "RUB", "2", "Два рубля 00 копеек"),
    ("ru", "RUB", "5", "Пять рублей 00 копеек"),
    ("ru", "RUB", "11", "Одиннадцать рублей 00 копеек"),
    ("ru", "RUB", "21", "Двадцать один рубль 00 копеек"),
    ("ru", "RUB", "1000", "Одна тысяча рублей 00 копеек"),
    ("ru", "RUB", "1000000.01", "Один миллион рублей 01 копейка"),
    ("ru", "RUB", "2342.14", "Две тысячи триста сорок два рубля 14 копеек"),
    ("ru", "UAH", "1000000.01", "Один миллион гривен 01 копейка"),
    ("ru", "UAH", "2", "Две гривны 00 копеек"),
    ("ru", "KZT", "21", "Двадцать один тенге 00 тиынов"),
    ("ru", "EUR", "3.02", "Три евро 02 цента"),
    ("en", "EUR", "0", "Zero euros 00 cents"),
    ("en", "EUR", "1", "One euro 00 cents"),
    ("en", "EUR", "2", "Two euros 00 cents"),
    ("en", "EUR", "5", "Five euros 00 cents"),
    ("en", "EUR", "11", "Eleven euros 00 cents"),
    ("en", "UAH", "21", "Twenty-one hryvnias 00 kopiykas"),
    ("en", "KZT", "1000", "One thousand tenge 00 tiyn"),
    ("en", "GBP", "1000000.01", "One million pounds 01 penny"),
    ("en", "TRY", "115.5", "One hundred fifteen TRY 50/100"),
    ("uk", "UAH", "-5.005", "Мінус п’ять гривень 01 копійка"),
    ("en", "USD", "999999999999.994", "Nine hundred ninety-nine billion nine hundred ninety-nine million nine hundred"
     " ninety-nine thousand nine hundred ninety-nine dollars 99 cents"),
    ("ru", "RUB", "1000000000000", "1000000000000 рублей 00 копеек"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "currency", "amount", "words"), TABLE)
def test_a_sum_is_written_in_words(language, currency, amount, words):
    assert in_words(Decimal(amount), currency, language) == words


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_numbers_are_written_as_num2words_does(language):
    for number in [*range(2200), *range(9_990, 1_200_000, 7_919), 2_000_001, 5_011_021, 21_000_000, 4_002_000_111]:
        assert number_in_words(number, language) == num2words(number, lang=language).replace("'", "’"), number


def test_english_numbers_are_written_as_num2words_does_without_commas_and_and():
    for number in [*range(1200), 21_345, 1_000_001, 2_000_900_017]:
        plain = num2words(number, lang="en").replace(",", "").replace(" and ", " ")
        assert number_in_words(number, "en") == plain


def test_hryvnias_are_she_as_in_num2words():
    for number in (*range(1, 130), 1001, 1002, 2021):
        theirs = num2words(Decimal(number), lang="uk", to="currency", currency="UAH").partition(",")[0]
        assert in_words(Decimal(number), "UAH", "uk").lower().startswith(theirs.replace("'", "’"))


def test_an_unknown_language_is_read_as_english():
    assert in_words(Decimal("3"), "EUR", "de") == "Three euros 00 cents"
