"""One cell into one value, or a sentence why not. Cells of an XLSX come typed and pass straight through."""

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal

Cell = str | int | float | Decimal | bool | date | datetime | None

_CURRENCY = r"(?:[₴₽€$£¥₸zł]{1,2}|грн|гривень|руб|рублей|р|uah|rub|rur|eur|usd|gbp|pln|kzt|byn)\.?"
_AROUND = re.compile(rf"(?:^|(?<=^[+-])){_CURRENCY}(?=[\d+\-(.,])|(?<=[\d).,]){_CURRENCY}$", re.IGNORECASE)
_EASY = re.compile(r"\d{1,15}(?:\.\d{1,6})?", re.ASCII)  # what programs write; most cells are so
_EASY_TIME = re.compile(r"(?:19|20)\d\d-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ ']\d{3})+(?:[.,]\d*)?")
_PLAIN = re.compile(r"[+-]?(?:\d[\d.,]*|[.,]\d+)")
_BIGGEST_DIGITS = 18

_ISO_DAY = re.compile(r"(\d{4})([-./])(\d{1,2})\2(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})(?:\s?[рг]\.?)?", re.IGNORECASE)
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?([ap]\.?m\.?)?\s?(z|utc|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.IGNORECASE,
)
_YEARS = range(1900, 2101)  # 1C writes 01.01.0001 for "no date"


class BadValue(Refusal):
    """The cell cannot be read. The sentence names what stands there."""


def read_text(cell: Cell) -> str:
    """The cell as a person sees it: one line, no invisible characters, a whole number without ``.0``."""
    if isinstance(cell, str) and cell.isascii() and cell.isprintable() and "  " not in cell:
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, Decimal):
        return format(cell, "f")
    text = unicodedata.normalize("NFC", "" if cell is None else str(cell))
    # Nearly every cell is printable: one test in C instead of one in Python for each character.
    return " ".join((text if text.isprintable() else "".join(filter(_is_visible, text))).split())


def read_decimal(cell: Cell, mark: Literal[",", ".", ""] = "") -> Decimal:
    """``1 234,50``, ``1'234.50 ₴``, ``(12,00)`` and the like; raises BadValue.

    ``1,234`` is a thousand in London and a good one in Kyiv: refused, unless ``mark`` says which sign separates
    the fraction. A single point is always read as that sign.
    """
    if isinstance(cell, str) and _EASY.fullmatch(cell):
        return Decimal(cell)
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        exact = Decimal(str(cell))
        if exact.is_finite():
            return exact
    written = read_text(cell)
    text = _bare_number(written)
    if not text:
        raise _no_number(written)
    negative = text.startswith("-")
    return Decimal(("-" if negative else "") + _with_point(text.lstrip("+-"), mark, written))


def read_date(cell: Cell) -> date:
    """``2026-11-24``, ``24.11.2026``, ``24.11.26``, ``24/11/2026``; ``05/04/2026`` is refused as ambiguous."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    written = read_text(cell)
    day, rest = _split_day(written)
    if rest:
        _clock(rest, written)  # a time of day may follow; it must make sense
    return day


def read_datetime(cell: Cell, zone: ZoneInfo) -> datetime:
    """The moment in UTC. Without an offset of its own it is local time in ``zone``; a bare day begins at midnight.

    In the doubled hour of autumn the first one is meant; in the missing hour of spring the clock is not yet moved.
    """
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=zone).astimezone(UTC)
    if isinstance(cell, str) and _EASY_TIME.fullmatch(cell):
        with suppress(ValueError):
            return datetime.fromisoformat(cell).replace(tzinfo=zone).astimezone(UTC)
    written = read_text(cell)
    day, rest = _split_day(written)
    hour, minute, second, offset = _clock(rest, written) if rest else (0, 0, 0, "")
    try:
        local = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 (the zone follows)
        if offset:
            return datetime.fromisoformat(f"{local.isoformat()}{offset}").astimezone(UTC)
    except ValueError:
        raise _no_date(written) from None
    return local.replace(tzinfo=zone).astimezone(UTC)


def _is_visible(letter: str) -> bool:
    return letter.isspace() or letter == "\u200d" or unicodedata.category(letter) not in ("Cc", "Cf")


# --- Numbers --------------------------------------------------------------------------------------------------


def _bare_number(written: str) -> str:
    """Sign, digits and marks, without currency and thousands' spaces; empty if it is no number."""
    text = re.sub(r"[−–‐‑]", "-", re.sub(r"['’‘ʼ`´]", "'", written)).strip()
    tight = re.sub(rf"\s*({_CURRENCY})\s*", r"\1", text, flags=re.IGNORECASE)
    text = _AROUND.sub("", tight).strip()
    if text.startswith("(") and text.endswith(")"):  # the accountants' minus
        text = "-" + text[1:-1].strip()
    text = re.sub(r"^([+-])\s+", r"\1", text)
    if _SPACED.fullmatch(text):
        return text.replace(" ", "").replace("'", "")
    return text if _PLAIN.fullmatch(text) else ""


def _with_point(digits: str, mark: str, written: str) -> str:
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        fraction = max(",.", key=digits.rfind)
    elif commas == 1:
        fraction = mark or ("," if _is_surely_fraction(digits, written) else "")
        if not fraction:
            raise BadValue(
                _("“%(value)s” may be a thousand or a fraction. Write it without a comma."), value=written[:60]
            )
    elif points == 1:
        fraction = "."
    else:
        fraction = ""
    thousands = {",": ".", ".": ","}.get(fraction, "." if points else ",")
    whole, _mark, rest = digits.partition(fraction) if fraction else (digits, "", "")
    if thousands in whole and not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", whole):
        raise _no_number(written)
    whole = whole.replace(thousands, "")
    if not (whole + rest).isdecimal() or len(whole) > _BIGGEST_DIGITS or len(rest) > _BIGGEST_DIGITS:
        raise _no_number(written)
    return f"{whole or 0}.{rest or 0}" if fraction and rest else whole or "0"


def _is_surely_fraction(digits: str, written: str) -> bool:
    """One comma: ``12,5`` and ``0,125`` are fractions, and so is ``1 234,567``, whose thousands have a space."""
    whole, _comma, rest = digits.partition(",")
    return len(rest) != 3 or len(whole) > 3 or whole in ("", "0") or bool(re.search(r"\d[\s']\d", written))


def _no_number(written: str) -> BadValue:
    if not written:
        return BadValue(_("The number is missing."))
    return BadValue(_("“%(value)s” is no number."), value=written[:60])


# --- Days and times -------------------------------------------------------------------------------------------


def _split_day(written: str) -> tuple[date, str]:
    text = written.strip()
    iso = _ISO_DAY.match(text)
    if iso:
        return _day(iso[1], iso[3], iso[4], written), _after(text[iso.end() :], written)
    found = _DAY_FIRST.match(text)
    if not found:
        raise _no_date(written)
    first, sign, second, year = found.groups()
    if sign != "." and _is_month_first(int(first), int(second), written):
        first, second = second, first
    year = f"20{year}" if len(year) == 2 else year
    return _day(year, second, first, written), _after(text[found.end() :], written)


def _is_month_first(first: int, second: int, written: str) -> bool:
    if first <= 12 and second <= 12 and first != second:
        raise BadValue(
            _("“%(value)s” may be two different days. Write it as 2026-11-24 or 24.11.2026."), value=written[:60]
        )
    return second > 12


def _day(year: str, month: str, day: str, written: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise _no_date(written) from None
    if found.year not in _YEARS:
        raise _no_date(written)
    return found


def _after(rest: str, written: str) -> str:
    """What follows the day: nothing, or a time after a space, comma or T."""
    if not rest:
        return ""
    if not re.match(r"[ ,tT]", rest):
        raise _no_date(written)
    return re.sub(r"^[ ,tT]+(?:[воаt]{1,2} )?", "", rest)


def _clock(rest: str, written: str) -> tuple[int, int, int, str]:
    found = _TIME.fullmatch(rest)
    if not found:
        raise _no_date(written)
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    half = (found[4] or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            raise _no_date(written)
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise _no_date(written)
    offset = (found[5] or "").upper()
    return hour, minute, second, "+00:00" if offset in ("Z", "UTC") else offset


def _no_date(written: str) -> BadValue:
    if not written:
        return BadValue(_("The date is missing."))
    return BadValue(_("“%(value)s” is no date. Write it as 2026-11-24 or 24.11.2026."), value=written[:60])
