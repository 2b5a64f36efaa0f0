"""A sum of money in words, as invoices write it: whole units in words, hundredths in digits.

``Двадцять одна гривня 00 копійок`` · ``Двадцать один рубль 00 копеек`` · ``Twenty-one euros 00 cents``. Ours, because
num2words 0.5 writes "одна миллион гривен" and knows no hryvnia in English; the tests hold it against num2words where
that is right. Halves of a hundredth are rounded up, as everywhere (shelf/formats.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from shelf.formats import plural

Forms = Sequence[str]
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Coin:
    """The unit and its hundredth, each as its plural forms; ``is_she``: одна гривня, один рубль."""

    unit: Forms
    part: Forms
    is_she: bool = False


_COINS = {
    "uk": {
        "UAH": _Coin(("гривня", "гривні", "гривень"), ("копійка", "копійки", "копійок"), True),
        "RUB": _Coin(("рубль", "рублі", "рублів"), ("копійка", "копійки", "копійок")),
        "BYN": _Coin(("рубль", "рублі", "рублів"), ("копійка", "копійки", "копійок")),
        "KZT": _Coin(("тенге",) * 3, ("тиїн", "тиїни", "тиїнів")),
        "EUR": _Coin(("євро",) * 3, ("цент", "центи", "центів")),
        "USD": _Coin(("долар", "долари", "доларів"), ("цент", "центи", "центів")),
        "GBP": _Coin(("фунт", "фунти", "фунтів"), ("пенс", "пенси", "пенсів")),
        "PLN": _Coin(("злотий", "злоті", "злотих"), ("грош", "гроші", "грошів")),
    },
    "ru": {
        "UAH": _Coin(("гривна", "гривны", "гривен"), ("копейка", "копейки", "копеек"), True),
        "RUB": _Coin(("рубль", "рубля", "рублей"), ("копейка", "копейки", "копеек")),
        "BYN": _Coin(("рубль", "рубля", "рублей"), ("копейка", "копейки", "копеек")),
        "KZT": _Coin(("тенге",) * 3, ("тиын", "тиына", "тиынов")),
        "EUR": _Coin(("евро",) * 3, ("цент", "цента", "центов")),
        "USD": _Coin(("доллар", "доллара", "долларов"), ("цент", "цента", "центов")),
        "GBP": _Coin(("фунт", "фунта", "фунтов"), ("пенс", "пенса", "пенсов")),
        "PLN": _Coin(("злотый", "злотых", "злотых"), ("грош", "гроша", "грошей")),
    },
    "en": {
        "UAH": _Coin(("hryvnia", "hryvnias"), ("kopiyka", "kopiykas")),
        "RUB": _Coin(("rouble", "roubles"), ("kopeck", "kopecks")),
        "BYN": _Coin(("rouble", "roubles"), ("kopeck", "kopecks")),
        "KZT": _Coin(("tenge", "tenge"), ("tiyn", "tiyn")),
        "EUR": _Coin(("euro", "euros"), ("cent", "cents")),
        "USD": _Coin(("dollar", "dollars"), ("cent", "cents")),
        "GBP": _Coin(("pound", "pounds"), ("penny", "pence")),
        "PLN": _Coin(("zloty", "zlotys"), ("grosz", "groszy")),
    },
}

_ONES = {
    "uk": "нуль один два три чотири п’ять шість сім вісім дев’ять десять одинадцять дванадцять тринадцять чотирнадцять"
    " п’ятнадцять шістнадцять сімнадцять вісімнадцять дев’ятнадцять",
    "ru": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать"
    " четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen",
}
_HERS = {"uk": {1: "одна", 2: "дві"}, "ru": {1: "одна", 2: "две"}, "en": {}}
_TENS = {
    "uk": "двадцять тридцять сорок п’ятдесят шістдесят сімдесят вісімдесят дев’яносто",
    "ru": "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
}
_HUNDREDS = {
    "uk": "сто двісті триста чотириста п’ятсот шістсот сімсот вісімсот дев’ятсот",
    "ru": "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот",
}
_STEPS: dict[str, tuple[Forms, ...]] = {
    "uk": (
        ("тисяча", "тисячі", "тисяч"),
        ("мільйон", "мільйони", "мільйонів"),
        ("мільярд", "мільярди", "мільярдів"),
    ),
    "ru": (
        ("тысяча", "тысячи", "тысяч"),
        ("миллион", "миллиона", "миллионов"),
        ("миллиард", "миллиарда", "миллиардов"),
    ),
    "en": (("thousand",) * 2, ("million",) * 2, ("billion",) * 2),
}
_MINUS = {"uk": "мінус", "ru": "минус", "en": "minus"}
_MOST = 10**12


def in_words(amount: Decimal, currency: str, language: str) -> str:
    """A currency without words of ours is written by its code: ``Twenty-one TRY 00/100``."""
    language = language if language in _ONES else "en"
    exact = amount.quantize(_CENT, rounding=ROUND_HALF_UP)
    units, parts = divmod(int(abs(exact) * 100), 100)
    coin = _COINS[language].get(currency.upper())
    words = number_in_words(units, language, is_she=bool(coin and coin.is_she))
    if coin:
        said = f"{words} {plural(units, coin.unit, language)} {parts:02d} {plural(parts, coin.part, language)}"
    else:
        said = f"{words} {currency.upper()} {parts:02d}/100"
    said = f"{_MINUS[language]} {said}" if exact < 0 else said
    return said[0].upper() + said[1:]


def number_in_words(number: int, language: str, is_she: bool = False) -> str:
    """Up to a trillion; beyond that in digits."""
    if not 0 < number < _MOST:
        return _ONES[language].split()[0] if number == 0 else str(number)
    said: list[str] = []
    for power in (3, 2, 1, 0):
        group = number // 1000**power % 1000
        if not group:
            continue
        said += _below_thousand(group, language, is_she=is_she if power == 0 else power == 1)
        if power:
            said.append(plural(group, _STEPS[language][power - 1], language))
    return " ".join(said)


def _below_thousand(number: int, language: str, is_she: bool) -> list[str]:
    hundreds, rest = divmod(number, 100)
    said = [_hundreds(hundreds, language)] if hundreds else []
    if rest >= 20:
        tens, ones = _TENS[language].split()[rest // 10 - 2], rest % 10
        if language == "en":
            return [*said, f"{tens}-{_one(ones, language, is_she)}" if ones else tens]
        said, rest = [*said, tens], ones
    return [*said, _one(rest, language, is_she)] if rest else said


def _hundreds(count: int, language: str) -> str:
    if language == "en":
        return f"{_one(count, language, False)} hundred"
    return _HUNDREDS[language].split()[count - 1]


def _one(number: int, language: str, is_she: bool) -> str:
    hers = _HERS[language].get(number) if is_she else None
    return hers or _ONES[language].split()[number]
