from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from events import payloads
from events.sources import Unreadable


def refusal(call, *args, **kwargs):
    with pytest.raises(Unreadable) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def test_text_is_the_first_that_says_something():
    assert payloads.text({"a": None, "b": " ", "c": " tea "}, "a", "b", "c") == "tea"
    assert payloads.text({"a": 40003}, "a") == "40003"
    assert payloads.text({}, "a") == ""
    assert payloads.text({"a": "x" * 300}, "a", longest=10) == "x" * 10


@pytest.mark.parametrize("value", [True, 1.5, [], {}])
def test_other_types_are_no_text(value):
    assert refusal(payloads.text, {"a": value}, "a") == f"The field “a” should be text, but it is “{value!r}”."


def test_nul_is_refused_and_half_an_emoji_replaced():
    assert refusal(payloads.text, {"a": "x\0"}, "a") == ("The field “a” holds a NUL character, which cannot be stored.")
    assert payloads.text({"a": "tea \ud83d"}, "a") == "tea ?"
    assert payloads.text({"a": "чай 🫖"}, "a") == "чай 🫖"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12.50", "12.50"),
        (" 12.5 ", "12.5"),
        ("-3", "-3"),
        (12, "12"),
        (0.1, "0.1"),
        (3.3333333333333335, "3.3333"),
        (Decimal("7.125"), "7.125"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_amounts_are_exact_decimals(value, expected):
    assert str(payloads.amount({"a": value}, "a")) == expected


@pytest.mark.parametrize(
    "value", ["1,5", "1e3", "1_0", "NaN", "inf", "١٢", "12 UAH", "0x1", "1" * 11, [], float("nan")]
)
def test_other_spellings_are_no_amounts(value):
    assert "should be an amount such as 12.50" in refusal(payloads.amount, {"a": value}, "a")


def test_missing_amount_is_named_or_defaulted():
    assert refusal(payloads.amount, {}, "total") == (
        "The field “total” is missing, and nothing can be done without it."
    )
    assert payloads.amount({"a": ""}, "a", default=Decimal(0)) == 0


@pytest.mark.parametrize(("value", "expected"), [(2, 2), ("3", 3), (1.2, 2), (0, 0), (None, 7)])
def test_counts_are_whole_pieces(value, expected):
    assert payloads.count({"q": value}, "q", default=7) == expected


@pytest.mark.parametrize("value", [-1, "many", True, 10**7, [2]])
def test_other_counts_are_refused(value):
    assert "should be a quantity such as 2" in refusal(payloads.count, {"q": value}, "q")


def test_ids_are_exact_text():
    assert payloads.identifier({"id": 820982911946154508}) == "820982911946154508"
    assert payloads.identifier({"id": " a-1 "}) == "a-1"
    assert payloads.identifier({"id": 0}) == payloads.identifier({}) == ""
    assert "some program on the way has rounded it" in refusal(payloads.identifier, {"id": 8.2e17})


@pytest.mark.parametrize(("code", "expected"), [("uah", "UAH"), ("EUR", "EUR"), (" usd ", "USD")])
def test_currencies_are_iso_codes(code, expected):
    assert payloads.currency({"currency": code}) == expected


@pytest.mark.parametrize("code", ["GOLD", "XXX", "XTS", "ZZZ", "₴", "гривня"])
def test_other_currencies_are_named_in_the_refusal(code):
    assert refusal(payloads.currency, {"currency": code}).startswith(f"“{code.upper()}” is not a currency.")


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        ("2026-03-02T10:00:00+02:00", None, datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T10:00:00Z", None, datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-03-02T10:00:00.123+0200", None, datetime(2026, 3, 2, 8, 0, 0, 123000, tzinfo=UTC)),
        ("2026-03-02 10:00:00", UTC, datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-07-02T10:00:00", ZoneInfo("Europe/Kyiv"), datetime(2026, 7, 2, 7, tzinfo=UTC)),
        ("0000-00-00 00:00:00", UTC, None),
        ("1970-01-01T00:00:00", UTC, None),
        (None, UTC, None),
    ],
)
def test_times_are_utc(value, zone, expected):
    assert payloads.moment({"at": value}, "at", zone=zone) == expected


@pytest.mark.parametrize(
    "value", ["noon", "02.03.2026", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59-12:00", 1772496000]
)
def test_other_times_are_refused(value):
    assert refusal(payloads.moment, {"at": value}, "at") == (
        f"The field “at” should be a date and time, but it is “{value}”."
    )


def test_time_without_an_offset_needs_a_zone():
    assert refusal(payloads.moment, {"at": "2026-03-02T10:00:00"}, "at") == (
        "The time “2026-03-02T10:00:00” in “at” does not say in which time zone it is."
    )


def test_unix_times_may_be_text():
    assert payloads.unix_moment({"at": "1772496000"}, "at") == datetime(2026, 3, 3, tzinfo=UTC)
    assert payloads.unix_moment({"at": 0}, "at") is payloads.unix_moment({"at": ""}, "at") is None
    assert "should be a date and time" in refusal(payloads.unix_moment, {"at": "soon"}, "at")


def test_days_are_never_moved():
    assert payloads.day({"on": "2026-03-08T23:30:00-08:00"}, "on") == date(2026, 3, 8)
    assert payloads.day({"on": None}, "on") is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://novaposhta.ua/tracking/?n=1&m=2", "https://novaposhta.ua/tracking/?n=1&m=2"),
        ("HTTP://example.com", "HTTP://example.com"),
        ("javascript:alert(1)", ""),
        ('https://x/"onclick="', ""),
        ("//example.com", ""),
        ("https://example.com/" + "x" * 500, ""),
    ],
)
def test_only_web_addresses_become_links(url, expected):
    assert payloads.link({"url": url}, "url") == expected


@pytest.mark.parametrize(
    ("code", "expected"), [("ua", "UA"), ("UKR", "UA"), ("Ukraine", ""), ("XYZ", ""), ("", ""), ("U1", "")]
)
def test_countries_have_two_letters(code, expected):
    assert payloads.country({"c": code}, "c") == expected


def test_groups_and_lists_may_be_absent_but_not_something_else():
    assert payloads.group({"a": None}, "a") == payloads.group({"a": []}, "a") == {}
    assert payloads.rows({}, "a") == []
    assert refusal(payloads.group, {"a": [1]}, "a") == ("The field “a” should be a group of fields, but it is “[1]”.")
    assert refusal(payloads.rows, {"a": {"0": {}}}, "a") == ("The field “a” should be a list, but it is “{'0': {}}”.")
    assert refusal(payloads.rows, {"a": [1]}, "a") == "The field “a” should be a group of fields, but it is “1”."


def test_labels_are_one_short_printable_line():
    assert payloads.label("orders/create\0\n\ud800") == "orders/create"
    assert payloads.label("x" * 200) == "x" * 100
    assert payloads.label(None) == payloads.label(7) == ""
