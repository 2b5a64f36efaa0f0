from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from shelf import formats

NBSP, NARROW = "\xa0", "\u202f"
TUESDAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        ("1234.5", "UAH", "uk", f"1{NBSP}234,50{NBSP}₴"),
        ("1234.5", "UAH", "ru", f"1{NBSP}234,50{NBSP}₴"),
        ("1234.5", "UAH", "en", f"UAH{NBSP}1,234.50"),
        ("1234.5", "RUB", "ru", f"1{NBSP}234,50{NBSP}₽"),
        ("1234.5", "RUB", "uk", f"1{NBSP}234,50{NBSP}RUB"),
        ("1234.5", "EUR", "en", "€1,234.50"),
        ("1234.5", "EUR", "uk", f"1{NBSP}234,50{NBSP}€"),
        ("1234.5", "EUR", "ru", f"1{NBSP}234,50{NBSP}€"),
        ("1234.5", "USD", "en", "$1,234.50"),
        ("1234.5", "USD", "uk", f"1{NBSP}234,50{NBSP}$"),
        ("1234567.891", "UAH", "uk", f"1{NBSP}234{NBSP}567,89{NBSP}₴"),
        ("0", "UAH", "uk", f"0,00{NBSP}₴"),
        ("-12.3", "UAH", "uk", f"-12,30{NBSP}₴"),
        ("-12.3", "EUR", "en", "-€12.30"),
        ("0.005", "EUR", "en", "€0.01"),
        ("-0.001", "EUR", "en", "€0.00"),
        ("1500", "JPY", "ru", f"1{NBSP}500{NBSP}¥"),
        ("1234.5", "QQQ", "uk", f"1{NBSP}234,50{NBSP}QQQ"),
        ("1234.5", "qqq", "en", f"QQQ{NBSP}1,234.50"),
        ("1234.5", "", "en", "1,234.50"),
        ("1234.5", "EUR", "de", "€1,234.50"),
        ("1234.5", "EUR", "", "€1,234.50"),
    ],
)
def test_money_is_written_as_in_a_shop_of_that_language(amount, currency, language, written):
    assert formats.money(Decimal(amount), currency, language) == written


@pytest.mark.parametrize(
    ("currency", "language", "style", "written"),
    [
        ("UAH", "uk", "word", f"75,00{NBSP}грн"),
        ("UAH", "uk", "code", f"75,00{NBSP}UAH"),
        ("RUB", "ru", "word", f"75,00{NBSP}руб."),
        ("KZT", "ru", "sign", f"75,00{NBSP}₸"),
        ("KZT", "ru", "word", f"75,00{NBSP}тг"),
        ("UAH", "en", "word", f"UAH{NBSP}75.00"),  # English has no such word
        ("EUR", "en", "code", f"EUR{NBSP}75.00"),
    ],
)
def test_a_shop_chooses_how_its_currency_is_written(currency, language, style, written):
    assert formats.money(75, currency, language, style) == written


def test_money_takes_the_amount_as_text_too():
    assert formats.money("99.90", "UAH", "uk") == f"99,90{NBSP}₴"


@pytest.mark.parametrize(
    ("language", "style", "written"),
    [
        ("en", "short", "24/11/2026"),
        ("uk", "short", "24.11.2026"),
        ("ru", "short", "24.11.2026"),
        ("en", "medium", "24 Nov 2026"),
        ("uk", "medium", f"24 лист. 2026{NARROW}р."),
        ("ru", "medium", f"24 нояб. 2026{NARROW}г."),
        ("en", "long", "24 November 2026"),
        ("uk", "long", f"24 листопада 2026{NARROW}р."),
        ("ru", "long", f"24 ноября 2026{NARROW}г."),
        ("en", "no_year", "24 November"),
        ("uk", "no_year", "24 листопада"),
        ("ru", "no_year", "24 ноября"),
        ("en-gb", "no_year", "24 November"),
        ("uk_UA", "no_year", "24 листопада"),
        ("pl", "long", "24 November 2026"),
    ],
)
def test_a_day_has_its_month_in_the_right_case(language, style, written):
    assert formats.day(TUESDAY, language, style) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [("en", "Tuesday, 24 November"), ("uk", "вівторок, 24 листопада"), ("ru", "вторник, 24 ноября")],
)
def test_a_weekday_goes_before_the_day(language, written):
    assert formats.weekday_day(TUESDAY, language) == written


@pytest.mark.parametrize(
    ("zone", "language", "written"),
    [
        ("Europe/Kyiv", "uk", f"24 листопада 2026{NARROW}р., 15:05"),
        ("Europe/Moscow", "ru", f"24 ноября 2026{NARROW}г., 16:05"),
        ("Europe/Berlin", "en", "24 November 2026, 14:05"),
        ("Asia/Vladivostok", "ru", f"24 ноября 2026{NARROW}г., 23:05"),
        ("Pacific/Auckland", "en", "25 November 2026, 02:05"),
    ],
)
def test_a_moment_is_told_in_local_time(zone, language, written):
    assert formats.moment(AT, zone, language) == written


@pytest.mark.parametrize(
    ("at", "local"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "02:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "04:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "03:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "03:30"),
    ],
)
def test_the_clock_follows_the_summer_time_nights_of_kyiv(at, local):
    assert formats.clock(at, "Europe/Kyiv") == local


def test_a_moment_without_a_zone_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError):
        formats.moment(datetime(2026, 11, 24), "Europe/Kyiv", "uk")


@pytest.mark.parametrize(
    ("value", "language", "places", "written"),
    [
        (12345.678, "en", None, "12,345.678"),
        (12345.678, "uk", None, f"12{NBSP}345,678"),
        (Decimal("12345.6"), "ru", None, f"12{NBSP}345,6"),
        (1000, "uk", None, f"1{NBSP}000"),
        (4.25, "uk", 1, "4,3"),
        (4, "en", 1, "4.0"),
        (4.5, "en", 0, "5"),
    ],
)
def test_numbers_carry_the_marks_of_their_language(value, language, places, written):
    assert formats.number(value, language, places) == written


@pytest.mark.parametrize(
    ("share", "language", "places", "written"),
    [
        (0.5, "en", 0, "50%"),
        (0.5, "uk", 0, "50%"),
        (0.5, "ru", 0, f"50{NBSP}%"),
        (Decimal("0.125"), "en", 0, "13%"),
        (Decimal("0.125"), "uk", 1, "12,5%"),
        (Decimal("0.125"), "ru", 1, f"12,5{NBSP}%"),
        (0, "en", 0, "0%"),
        (12.5, "en", 0, "1,250%"),
    ],
)
def test_shares_become_percentages(share, language, places, written):
    assert formats.percent(share, language, places) == written


UK = ("товар", "товари", "товарів")
RU = ("товар", "товара", "товаров")
EN = ("item", "items")


@pytest.mark.parametrize(
    ("n", "uk", "ru", "en"),
    [
        (0, "товарів", "товаров", "items"),
        (1, "товар", "товар", "item"),
        (2, "товари", "товара", "items"),
        (4, "товари", "товара", "items"),
        (5, "товарів", "товаров", "items"),
        (11, "товарів", "товаров", "items"),
        (12, "товарів", "товаров", "items"),
        (14, "товарів", "товаров", "items"),
        (20, "товарів", "товаров", "items"),
        (21, "товар", "товар", "items"),
        (22, "товари", "товара", "items"),
        (25, "товарів", "товаров", "items"),
        (101, "товар", "товар", "items"),
        (111, "товарів", "товаров", "items"),
        (112, "товарів", "товаров", "items"),
        (1001, "товар", "товар", "items"),
        (1.5, "товари", "товара", "items"),
        (Decimal("2.50"), "товари", "товара", "items"),
        (Decimal("5.00"), "товарів", "товаров", "items"),
        (Decimal("1E+2"), "товарів", "товаров", "items"),
        (-1, "товар", "товар", "item"),
    ],
)
def test_words_agree_with_their_number(n, uk, ru, en):
    assert formats.plural(n, UK, "uk") == uk
    assert formats.plural(n, RU, "ru") == ru
    assert formats.plural(n, EN, "en") == en
