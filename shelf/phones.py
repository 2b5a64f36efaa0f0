"""Telephone numbers in one spelling, E.164 (``+380501234567``), or none: a number identifies a person."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

import phonenumbers

_EXTENSION = re.compile(
    r"(?:;ext=|\bext\b\.?|\bx|\bдоб\b\.?|\bдод\b\.?|\bвн\b\.?|#)[\s.:]*\d{1,7}\s*\)?$", re.IGNORECASE
)
_SEVERAL = re.compile(r"[,;/|\n]")
_EIGHT_FOR_SEVEN = ("RU", "KZ")


@lru_cache(maxsize=2048)  # an order names the same phone twice or thrice, and phonenumbers takes 100 µs for one
def normalise_phone(raw: str | None, region: str = "") -> str | None:
    """E.164, or None for what is no telephone number of any country.

    ``region`` (ISO 3166-1 alpha-2) is where a number without a country code is dialled: 8 916 … in RU, 050
    … in UA. Extensions are dropped; of several numbers the first valid one counts. Letters make it no
    number: "555-SHIP" could be spelled out on a keypad, but is more often a remark ("call after six").
    """
    if raw and (known := _written_whole(raw)):
        return known
    text = unicodedata.normalize("NFKC", str(raw or "")).strip()
    text = _EXTENSION.sub("", text.removeprefix("tel:"))
    for part in _SEVERAL.split(text):
        found = _one(part, (region or "").upper())
        if found:
            return found
    return None


# Country codes that one country has to itself, or first: code → (country, digits of a number, its trunk prefix).
_CODES = {"380": ("UA", 9, "0"), "7": ("RU", 10, "8")}
_WHOLE = re.compile(r"\+(380|7)(\d{9,10})", re.ASCII)


def _written_whole(text: str) -> str | None:
    """The number if it is E.164 already and surely valid, by the rules of phonenumbers, which itself takes 100 µs."""
    found = _WHOLE.fullmatch(text)
    if not found:
        return None
    country, length, trunk = _CODES[found[1]]
    if len(found[2]) != length or found[2].startswith(trunk):
        return None
    general, *kinds = _patterns(country)
    return text if general.fullmatch(found[2]) and any(kind.fullmatch(found[2]) for kind in kinds) else None


@cache
def _patterns(country: str) -> tuple[re.Pattern[str], ...]:
    """Of all numbers of a country, then of each kind; the kinds people have come first."""
    data: Any = phonenumbers.PhoneMetadata.metadata_for_region(country)
    kinds = (data.general_desc, data.mobile, data.fixed_line)
    return tuple(re.compile(kind.national_number_pattern, re.ASCII) for kind in kinds)


def country_of(e164: str) -> str:
    """The two-letter country of a number in E.164, empty when unknown: +7 7… is KZ, other +7 is RU."""
    if _written_whole(e164):
        return next(country for code, (country, *_rest) in _CODES.items() if e164.startswith(f"+{code}"))
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _one(text: str, region: str) -> str | None:
    if any(letter.isalpha() for letter in text) or len(text) > 40:
        return None
    digits = "".join(str(unicodedata.digit(letter)) for letter in text if letter.isdigit())
    for spelling in _spellings(text.strip(), digits, region):
        try:
            number = phonenumbers.parse(spelling, region or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def _spellings(text: str, digits: str, region: str) -> list[str]:
    """What a person may have meant, the likeliest first; the first valid one is taken."""
    spellings = [text]
    if region == "UA" and len(digits) == 11 and digits.startswith("80"):
        spellings.append("+3" + digits)  # 8 050 …, dialled so until 2009 and still in old address books
    if region in _EIGHT_FOR_SEVEN and len(digits) == 11 and digits.startswith("8"):
        spellings.append("+7" + digits[1:])  # also "+8 916 …", a common slip
    if digits.startswith("00"):
        spellings.append("+" + digits[2:])
    elif len(digits) >= 11 and not text.startswith("+"):
        spellings.append("+" + digits)  # 380501234567, with the plus lost in a spreadsheet
    return spellings
