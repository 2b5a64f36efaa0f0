from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from shelf.tables import BadValue, read_date, read_datetime, read_decimal, read_text

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize(
    ("cell", "exact"),
    [
        ("1 234,50", "1234.50"),
        ("1\xa0234,50", "1234.50"),
        ("1\u202f234\u2009567,5", "1234567.5"),
        ("1'234.50", "1234.50"),
        ("1’234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("1234,5", "1234.5"),
        ("1234,567", "1234.567"),
        ("1 234,567", "1234.567"),
        ("0,125", "0.125"),
        (",5", "0.5"),
        (".5", "0.5"),
        ("5,", "5"),
        ("10.000", "10.000"),
        ("12", "12"),
        ("007", "7"),
        ("-12,50", "-12.50"),
        ("−12,50", "-12.50"),
        ("- 12", "-12"),
        ("+12", "12"),
        ("(12,50)", "-12.50"),
        ("1 234,50 ₴", "1234.50"),
        ("1 234,50 грн", "1234.50"),
        ("1 234,50 грн.", "1234.50"),
        ("1234 руб.", "1234"),
        ("99 р.", "99"),
        ("1 234,50 ₽", "1234.50"),
        ("€1,234.50", "1234.50"),
        ("$ 5", "5"),
        ("-€5.00", "-5.00"),
        ("UAH 1,234.50", "1234.50"),
        ("12.30 EUR", "12.30"),
        ("100 zł", "100"),
        (12, "12"),
        (12.1, "12.1"),
        (Decimal("3.20"), "3.20"),
    ],
)
def test_numbers_are_read_as_they_are_written_in_shops(cell, exact):
    assert str(read_decimal(cell)) == exact


def test_a_comma_before_three_digits_is_read_only_when_its_meaning_is_known():
    with pytest.raises(BadValue) as refusal:
        read_decimal("1,234")

    assert str(refusal.value) == "“1,234” may be a thousand or a fraction. Write it without a comma."
    assert read_decimal("1,234", mark=",") == Decimal("1.234")
    assert read_decimal("1,234", mark=".") == Decimal("1234")


@pytest.mark.parametrize(
    "cell",
    [
        "abc",
        "12 abc",
        "1 23",
        "12 34,5",
        "1,23,456",
        "1.2.3",
        "1,2,3",
        "12-50",
        "--5",
        "1e5",
        "NaN",
        "Infinity",
        float("nan"),
        float("inf"),
        "½",
        "₴",
        "-",
        "9" * 19,
        "0." + "1" * 19,
        True,
        "=1+1",
        "1;2",
    ],
)
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(BadValue) as refusal:
        read_decimal(cell)

    assert str(refusal.value).endswith("is no number.")


@pytest.mark.parametrize("cell", ["", None, "  ", "\xa0"])
def test_a_missing_number_is_called_missing(cell):
    with pytest.raises(BadValue) as refusal:
        read_decimal(cell)

    assert str(refusal.value) == "The number is missing."


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("2026/11/24", date(2026, 11, 24)),
        ("2026.11.24", date(2026, 11, 24)),
        ("24.11.2026", date(2026, 11, 24)),
        ("4.5.2026", date(2026, 5, 4)),
        ("05.04.2026", date(2026, 4, 5)),
        ("24.11.26", date(2026, 11, 24)),
        ("24.11.2026 г.", date(2026, 11, 24)),
        ("24.11.2026 р.", date(2026, 11, 24)),
        ("24/11/2026", date(2026, 11, 24)),
        ("11/24/2026", date(2026, 11, 24)),
        ("24-11-2026", date(2026, 11, 24)),
        ("05/05/2026", date(2026, 5, 5)),
        ("24.11.2026 15:05", date(2026, 11, 24)),
        ("29.02.2024", date(2024, 2, 29)),
        (" 24.11.2026\xa0", date(2026, 11, 24)),
        (date(2026, 11, 24), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 15, 5), date(2026, 11, 24)),
    ],
)
def test_days_are_read_as_they_are_written(cell, day):
    assert read_date(cell) == day


@pytest.mark.parametrize("cell", ["05/04/2026", "5/4/2026", "05-04-2026", "1/12/26"])
def test_a_day_that_may_be_two_days_is_refused(cell):
    with pytest.raises(BadValue) as refusal:
        read_date(cell)

    assert str(refusal.value) == f"“{cell}” may be two different days. Write it as 2026-11-24 or 24.11.2026."


@pytest.mark.parametrize(
    "cell",
    [
        "soon",
        "29.02.2026",
        "31.04.2026",
        "24.13.2026",
        "00.01.2026",
        "01.01.0001",
        "01.01.2201",
        "2026-11",
        "46350",
        46350,
        "24.11.2026x",
        "24.11.2026 25:00",
        "24.11.2026 12:60",
        "24.11.2026 13:00 pm",
        "24.11.2026 noon",
        "24.11-2026",
        True,
    ],
)
def test_what_is_no_day_is_refused(cell):
    with pytest.raises(BadValue) as refusal:
        read_date(cell)

    assert str(refusal.value) == f"“{cell}” is no date. Write it as 2026-11-24 or 24.11.2026."


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("24.11.2026 15:05", (2026, 11, 24, 13, 5, 0)),
        ("24.11.2026, 15:05:06", (2026, 11, 24, 13, 5, 6)),
        ("24.11.2026 о 15:05", (2026, 11, 24, 13, 5, 0)),
        ("24.11.2026 в 9:05", (2026, 11, 24, 7, 5, 0)),
        ("24.11.2026 г. 15:05", (2026, 11, 24, 13, 5, 0)),
        ("24.07.2026 15:05", (2026, 7, 24, 12, 5, 0)),
        ("24.11.2026", (2026, 11, 23, 22, 0, 0)),
        ("2026-11-24T15:05:06", (2026, 11, 24, 13, 5, 6)),
        ("2026-11-24 15:05:06.789", (2026, 11, 24, 13, 5, 6)),
        ("2026-11-24T15:05:06Z", (2026, 11, 24, 15, 5, 6)),
        ("2026-11-24T15:05:06.123456Z", (2026, 11, 24, 15, 5, 6)),
        ("2026-11-24 15:05:06 +0200", (2026, 11, 24, 13, 5, 6)),
        ("2026-11-24 15:05:06 UTC", (2026, 11, 24, 15, 5, 6)),
        ("2026-11-24T15:05-05:00", (2026, 11, 24, 20, 5, 0)),
        ("2026-11-24T15:05+03", (2026, 11, 24, 12, 5, 0)),
        ("11/24/2026 3:05 PM", (2026, 11, 24, 13, 5, 0)),
        ("11/24/2026 12:05 am", (2026, 11, 23, 22, 5, 0)),
        (datetime(2026, 11, 24, 15, 5), (2026, 11, 24, 13, 5, 0)),
        (datetime(2026, 11, 24, 15, 5, tzinfo=UTC), (2026, 11, 24, 15, 5, 0)),
        (date(2026, 11, 24), (2026, 11, 23, 22, 0, 0)),
        ("25.10.2026 03:30", (2026, 10, 25, 0, 30, 0)),
        ("29.03.2026 03:30", (2026, 3, 29, 1, 30, 0)),
    ],
)
def test_moments_are_local_unless_they_say_otherwise(cell, moment):
    assert read_datetime(cell, KYIV) == datetime(*moment, tzinfo=UTC)


@pytest.mark.parametrize("cell", ["", "05/04/2026 10:00", "2026-11-24T15:05+99:00", "2026-11-24T99:00", "10:00"])
def test_what_is_no_moment_is_refused(cell):
    with pytest.raises(BadValue):
        read_datetime(cell, KYIV)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (" a \n b\t", "a b"),
        ("\ufeffa\u200bb\x00", "ab"),
        (1001, "1001"),
        (1001.0, "1001"),
        (Decimal("1.50"), "1.50"),
        (None, ""),
        ("и\u0306", "й"),
    ],
)
def test_text_is_what_a_person_sees(cell, text):
    assert read_text(cell) == text
