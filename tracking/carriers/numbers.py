"""Whose number is it? What the documented formats of tracking numbers give away, with how sure that is.

A format that only one carrier has, or a check digit over a format of its own, is an answer; a bare row of digits is
a list of guesses for a person. Why no library: docs/decisions/0043-what-carriers-say.md.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Sure(IntEnum):
    """How sure a guess is. From ``LIKELY`` on, a parcel without a carrier's name gets it."""

    POSSIBLE = 1  # the length fits, and other carriers' numbers look alike
    LIKELY = 2  # a format of this carrier only, without a check digit that agrees
    CERTAIN = 3  # and its check digit agrees


@dataclass(frozen=True, slots=True)
class Guess:
    carrier: str
    sure: Sure


UPU_COUNTRIES = {  # the last two letters of an S10 number: the post that gave it out
    "UA": "ukrposhta",
    "RU": "russian_post",
    "US": "usps",
    "GB": "royal_mail",
    "DE": "deutsche_post",
    "PL": "poczta_polska",
    "FR": "la_poste",
    "NL": "postnl",
    "CA": "canada_post",
    "AU": "australia_post",
}


def plain_number(number: str) -> str:
    """A tracking number as it is compared: capitals, without the spaces and dashes that people put into it."""
    return re.sub(r"[\s\-–—]+", "", unicodedata.normalize("NFKC", number)).upper()


def guesses(number: str) -> tuple[Guess, ...]:
    """Whose number this may be, the surest first."""
    plain = plain_number(number)
    found = [guess for pattern, judge in FORMATS if re.fullmatch(pattern, plain, re.ASCII) for guess in judge(plain)]
    return tuple(sorted(found, key=lambda guess: -guess.sure))


def carrier_of_number(number: str) -> str:
    """The carrier that the number gives away; "" when it gives none, or several alike."""
    best, *others = guesses(number) or (Guess("", Sure.POSSIBLE),)
    alone = not any(other.sure == best.sure for other in others)
    return best.carrier if best.sure >= Sure.LIKELY and alone else ""


def possible_carriers(number: str) -> tuple[str, ...]:
    """Every carrier that has such numbers, the surest first."""
    return tuple(dict.fromkeys(guess.carrier for guess in guesses(number)))


def other_numbers(number: str, *told: str) -> tuple[tuple[str, str], ...]:
    """Of further identifiers of a parcel, those that are numbers of a carrier: (carrier, number)."""
    known = plain_number(number)
    fresh = [other for other in dict.fromkeys(told) if other and plain_number(other) != known]
    return tuple((carrier, other) for other in fresh if (carrier := carrier_of_number(other)))


# --- Check digits -------------------------------------------------------------------------------------------------


def s10_is_right(number: str) -> bool:
    """UPU standard S10: eight digits by their weights, modulo 11; 10 means 0, and 11 means 5."""
    weighed = zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)
    rest = 11 - sum(int(digit) * weight for digit, weight in weighed) % 11
    return int(number[10]) == {10: 0, 11: 5}.get(rest, rest)


def ups_is_right(number: str) -> bool:
    """Letters count as digits from A = 2 on; every second one twice; what is missing to ten."""
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in number[2:]]
    return (sum(values[0:15:2]) + 2 * sum(values[1:15:2]) + values[15]) % 10 == 0


def threes_are_right(number: str) -> bool:
    """GS1's digit, which USPS, SSCC labels and Russian Post share: every second from the right counts three times."""
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


def fedex_is_right(number: str) -> bool:
    """Twelve digits: weights 3, 1, 7 in turn, modulo 11, of which 10 means 0."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:11], (3, 1, 7) * 4, strict=False))
    return total % 11 % 10 == int(number[11])


def dhl_is_right(number: str) -> bool:
    """Ten digits: the first nine modulo 7."""
    return int(number[:9]) % 7 == int(number[9])


# --- Formats ------------------------------------------------------------------------------------------------------

Judge = Callable[[str], list[Guess]]


def always(carrier: str, sure: Sure) -> Judge:
    return lambda number: [Guess(carrier, sure)]


def checked(carrier: str, is_right: Callable[[str], bool], right: Sure, wrong: Sure | None = None) -> Judge:
    """``right`` where the check digit agrees, else ``wrong``, or nothing."""

    def judge(number: str) -> list[Guess]:
        sure = right if is_right(number) else wrong
        return [Guess(carrier, sure)] if sure else []

    return judge


def _s10(number: str) -> list[Guess]:
    carrier = UPU_COUNTRIES.get(number[-2:], "")
    return [Guess(carrier, Sure.CERTAIN)] if carrier and s10_is_right(number) else []


def _usps(number: str) -> list[Guess]:
    """The postcode before the number is not part of what the digit checks."""
    return [Guess("usps", Sure.CERTAIN if threes_are_right(number[-22:]) else Sure.LIKELY)]


FORMATS: tuple[tuple[str, Judge], ...] = (
    (r"[A-Z]{2}\d{9}[A-Z]{2}", _s10),
    (r"1Z[0-9A-Z]{15}\d", checked("ups", ups_is_right, Sure.CERTAIN, Sure.LIKELY)),
    (r"(20|59)\d{12}", always("nova_poshta", Sure.LIKELY)),
    # Six digits of a post office (Russian ones begin with 1, 3, 4 and 6; 80 are partners' labels), month, serial.
    (r"([1346]\d|80)\d{12}", checked("russian_post", threes_are_right, Sure.CERTAIN)),
    (r"(?!20|59)[125]\d{13}", always("nova_poshta", Sure.POSSIBLE)),
    (r"05\d{11}", always("ukrposhta", Sure.LIKELY)),
    (r"(?!05)\d{13}", always("ukrposhta", Sure.POSSIBLE)),  # any post office's five digits begin it
    (r"[0-9A-F]{32}UDP", always("yandex_delivery", Sure.LIKELY)),
    (r"[0-9A-F]{32}", lambda number: [Guess("yandex_delivery", Sure.POSSIBLE), Guess("fivepost", Sure.POSSIBLE)]),
    (r"(420\d{5}(\d{4})?)?9[1-5]\d{20}", _usps),
    (r"96\d{20}", always("fedex", Sure.LIKELY)),
    (r"\d{12}", checked("fedex", fedex_is_right, Sure.POSSIBLE)),
    (r"(JJD|JVGL)\d{10,20}", always("dhl", Sure.LIKELY)),
    (r"GM\d{16,18}", always("dhl", Sure.LIKELY)),
    (r"00340434\d{12}", checked("dhl", threes_are_right, Sure.CERTAIN, Sure.LIKELY)),
    (r"\d{10}", checked("dhl", dhl_is_right, Sure.POSSIBLE)),
    (r"1\d{9}", always("cdek", Sure.POSSIBLE)),
    (r"6\d{23}", always("inpost", Sure.LIKELY)),
    (r"Z\d{10}", always("packeta", Sure.LIKELY)),
    (r"3S[0-9A-Z]{11,13}", always("postnl", Sure.LIKELY)),
)
