"""Numbers by which countries know a company and banks an account: is it written right? Digits only, no registry asked.

Each function takes the number without spaces. Sources: Ukraine's order 419/2002 on ЄДРПОУ and the tax service's rule of
РНОКПП; Russia's order ММВ-7-6/435 (ИНН, КПП), 159н (ОГРН) and Bank of Russia 515 (accounts with the БИК); Kazakhstan's
rule of БИН and ИИН; ISO 13616 (IBAN); ISO 7064 MOD 11,10 (Germany); Poland's NIP.
"""

import re

IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "BY": 28, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GE": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IT": 27, "KZ": 20, "LT": 20,
    "LU": 20, "LV": 21, "MD": 24, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19,
    "SK": 24, "TR": 26, "UA": 29,
}  # fmt: skip


def bare(number: str) -> str:
    """Without spaces and dashes, in capitals."""
    return re.sub(r"[\s\u2010-\u2015-]", "", number).upper()


def is_edrpou(number: str) -> bool:
    """ЄДРПОУ, eight digits."""
    if not _digits(number, 8):
        return False
    weights = [1, 2, 3, 4, 5, 6, 7] if not 30_000_000 < int(number) < 60_000_000 else [7, 1, 2, 3, 4, 5, 6]
    rest = _weighed(number, weights) % 11
    if rest == 10:
        rest = _weighed(number, [weight + 2 for weight in weights]) % 11 % 10
    return rest == int(number[-1])


def is_rnokpp(number: str) -> bool:
    """РНОКПП of a person, ten digits."""
    return _digits(number, 10) and _weighed(number, [-1, 5, 7, 9, 4, 6, 10, 5, 7]) % 11 % 10 == int(number[-1])


def is_inn(number: str) -> bool:
    """Russia's ИНН: ten digits of a company, twelve of a person."""
    weights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]
    if _digits(number, 10):
        return _weighed(number, weights[2:]) % 11 % 10 == int(number[9])
    if not _digits(number, 12):
        return False
    first, second = _weighed(number, weights[1:]) % 11 % 10, _weighed(number, weights) % 11 % 10
    return (first, second) == (int(number[10]), int(number[11]))


def is_kpp(number: str) -> bool:
    """КПП: nine characters, without a check digit."""
    return re.fullmatch(r"\d{4}[0-9A-Z]{2}\d{3}", number, re.ASCII) is not None


def is_ogrn(number: str) -> bool:
    """ОГРН of a company, thirteen digits; ОГРНИП of a person, fifteen."""
    if _digits(number, 13):
        return int(number[:12]) % 11 % 10 == int(number[12])
    return _digits(number, 15) and int(number[:14]) % 13 % 10 == int(number[14])


def is_bin(number: str) -> bool:
    """Kazakhstan's БИН and ИИН, twelve digits."""
    if not _digits(number, 12):
        return False
    rest = _weighed(number, list(range(1, 12))) % 11
    if rest == 10:
        rest = _weighed(number, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11
    return rest == int(number[-1])


def is_iban(number: str) -> bool:
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", number, re.ASCII):
        return False
    if len(number) != IBAN_LENGTHS.get(number[:2], len(number)):
        return False
    return int("".join(str(int(letter, 36)) for letter in number[4:] + number[:4])) % 97 == 1


def is_bik(number: str) -> bool:
    """Russia's БИК, nine digits."""
    return _digits(number, 9) and number.startswith("0")


def is_russian_account(account: str, bik: str) -> bool:
    """Twenty digits, whose key depends on the bank: a settlement account, or (301…) the bank's own."""
    if not (_digits(account, 20) and _digits(bik, 9)):
        return False
    bank = f"0{bik[4:6]}" if account.startswith("301") else bik[-3:]
    return sum(int(digit) * weight % 10 for digit, weight in zip(bank + account, [7, 1, 3] * 8, strict=False)) % 10 == 0


def is_vat_id(number: str) -> bool:
    """A VAT number of the EU's form; of Germany and Poland with its check digit."""
    if not re.fullmatch(r"[A-Z]{2}[0-9A-Z]{2,12}", number, re.ASCII):
        return False
    country, digits = number[:2], number[2:]
    if country == "DE":
        return _digits(digits, 9) and _mod_11_10(digits[:-1]) == int(digits[-1])
    if country == "PL":
        return _digits(digits, 10) and _weighed(digits, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == int(digits[-1])
    return True


def _mod_11_10(digits: str) -> int:
    product = 10
    for digit in digits:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10


def _digits(number: str, count: int) -> bool:
    return len(number) == count and number.isascii() and number.isdigit()


def _weighed(number: str, weights: list[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
