from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

NBSP, NARROW = "\xa0", "\u202f"
AT = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "written"),
    [("uk", f"1{NBSP}234,50{NBSP}₴"), ("ru", f"1{NBSP}234,50{NBSP}₴"), ("en", f"UAH{NBSP}1,234.50")],
)
def test_a_page_writes_money_in_its_own_language(language, written):
    assert draw("{{ v|money:c }}", language, v=Decimal("1234.50"), c="UAH") == written
    assert draw("{{ v|money:c }}", language, v="1234.50", c="UAH") == written


def test_a_page_writes_days_given_as_dates_or_as_iso_text():
    assert draw("{{ v|day }}", "uk", v=date(2026, 11, 24)) == f"24 листопада 2026{NARROW}р."
    assert draw("{{ v|day }}", "uk", v="2026-11-24") == f"24 листопада 2026{NARROW}р."
    assert draw("{{ v|day:'short' }}", "en", v="2026-11-24") == "24/11/2026"
    assert draw("{{ v|weekday_day }}", "ru", v="2026-11-24") == "вторник, 24 ноября"


def test_the_day_of_a_moment_is_the_local_day():
    late = "2026-11-24T22:30:00+00:00"

    assert draw("{{ v|day:'no_year' }}", "uk", v=late) == "25 листопада"


def test_a_page_writes_moments_in_the_zone_it_names():
    assert draw("{{ v|moment:z }}", "en", v=AT, z="Europe/Berlin") == "24 November 2026, 14:05"
    assert draw("{{ v|moment:z }}", "en", v="2026-11-24T13:05:00Z", z="Europe/Berlin") == "24 November 2026, 14:05"
    assert draw("{{ v|clock:z }}", "en", v=AT, z="Asia/Vladivostok") == "23:05"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", None, 7, "Europe"])
def test_an_unknown_zone_is_read_as_the_current_one(zone):
    assert draw("{{ v|moment:z }}", "en", v=AT, z=zone) == "24 November 2026, 15:05"


def test_shares_and_numbers():
    assert draw("{{ v|percent }}", "ru", v="0.5") == f"50{NBSP}%"
    assert draw("{{ v|percent:1 }}", "en", v=0.125) == "12.5%"
    assert draw("{{ v|number }}", "uk", v="1234.5") == f"1{NBSP}234,5"


@pytest.mark.parametrize(("language", "written"), [("en", "Ukraine"), ("uk", "Україна"), ("ru", "Украина")])
def test_a_country_is_called_as_its_readers_call_it(language, written):
    assert draw("{{ v|country }}", language, v="UA") == written
    assert draw("{{ v|country }}", language, v=" ua") == written


def test_what_is_no_code_of_a_country_stays_as_the_customer_wrote_it():
    assert draw("[{{ v|country }}]", "uk", v="Atlantis") == "[Atlantis]"
    assert draw("[{{ v|country }}]", "uk", v="") == "[]"
    assert draw("[{{ v|country }}]", "uk", v=None) == "[]"


@pytest.mark.parametrize("value", [None, "", "soon", "NaN", [], {}])
@pytest.mark.parametrize("filter_", ["money:'UAH'", "number", "percent", "day", "weekday_day", "moment", "clock"])
def test_what_cannot_be_read_is_drawn_as_nothing(filter_, value):
    assert draw("[{{ v|" + filter_ + " }}]", "uk", v=value) == "[]"


def draw(source: str, language: str, **values) -> str:
    with translation.override(language), timezone.override("Europe/Kyiv"):
        return Template(source).render(Context(values))
