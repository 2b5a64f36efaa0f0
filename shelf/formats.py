"""Money, days, times, numbers and plurals as people write them in English, Ukrainian, Russian (CLDR).

English is written the European way (``en_GB``): day before month and 24 hours, for our shops'
English-speaking customers sit next door to the others. An unknown language is read as English. Halves are
rounded up, as people count, where Babel would round them to even.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision

Style = Literal["short", "medium", "long", "no_year"]
CurrencyStyle = Literal["sign", "word", "code"]

_LOCALES = {"en": Locale.parse("en_GB"), "uk": Locale.parse("uk"), "ru": Locale.parse("ru")}

# CLDR writes some foreign currencies by code or with a country ("EUR" in Ukrainian, "US$" in British
# English); shops write the sign.
_SIGNS = {
    "uk": {"EUR": "€", "USD": "$", "GBP": "£", "KZT": "₸"},
    "ru": {"KZT": "₸"},
    "en": {"USD": "$"},
}
_WORDS = {
    "uk": {"UAH": "грн", "RUB": "руб.", "KZT": "тенге", "PLN": "зл."},
    "ru": {"UAH": "грн", "RUB": "руб.", "KZT": "тг", "PLN": "зл."},
}
_DAY_PATTERNS = {"no_year": "d MMMM", "medium": "medium", "long": "long"}
_SPACE = "\xa0"


def money(amount: Decimal | int | str, currency: str, language: str, style: CurrencyStyle = "sign") -> str:
    """``1 234,50 ₴``, ``€1,234.50``; a currency without a sign of its own is written by its code.

    *word* writes ``1 234,50 грн`` where the language has such a word, *code* ``1 234,50 UAH``.
    """
    language, code = _known(language), currency.strip().upper()
    exact = _rounded(amount, get_currency_precision(code))
    digits = number(abs(exact), language, get_currency_precision(code))
    minus = "-" if exact < 0 else ""
    sign = _sign(code, language, style)
    if not sign:
        return minus + digits
    if language == "en":
        return f"{minus}{sign}{_SPACE if sign[-1].isalpha() else ''}{digits}"
    return f"{minus}{digits}{_SPACE}{sign}"


def _sign(code: str, language: str, style: CurrencyStyle) -> str:
    if style == "code":
        return code
    word = _WORDS.get(language, {}).get(code) if style == "word" else ""
    return word or _SIGNS.get(language, {}).get(code) or _LOCALES[language].currency_symbols.get(code, code)


def day(on: date, language: str, style: Style = "long") -> str:
    """``24 November 2026``, ``24 листопада 2026 р.``; *short* is all digits, *no_year* for near days."""
    language = _known(language)
    pattern = _DAY_PATTERNS.get(style) or ("dd/MM/yyyy" if language == "en" else "dd.MM.yyyy")
    return format_date(on, pattern, locale=_LOCALES[language])


def clock(at: datetime, zone: ZoneInfo | str) -> str:
    """The local time of day, ``15:05``; all three languages write it alike."""
    return _local(at, zone).strftime("%H:%M")


def moment(at: datetime, zone: ZoneInfo | str, language: str, style: Style = "long") -> str:
    """Day and time where the reader is: ``24 листопада 2026 р., 15:05``. ``at`` must be aware."""
    return f"{day(_local(at, zone).date(), language, style)}, {clock(at, zone)}"


def weekday_day(on: date, language: str) -> str:
    """``Tuesday, 24 November`` · ``вівторок, 24 листопада`` · ``вторник, 24 ноября``."""
    return format_date(on, "EEEE, d MMMM", locale=_LOCALES[_known(language)])


def number(value: Decimal | int | float | str, language: str, places: int | None = None) -> str:
    """``1,234.5`` or ``1 234,5``; ``places`` fixes the digits after the mark, else up to three."""
    pattern = "#,##0.###" if places is None else _fixed(places)
    exact = _rounded(value, 3 if places is None else places)
    return format_decimal(exact, format=pattern, locale=_LOCALES[_known(language)])


def percent(share: Decimal | float, language: str, places: int = 0) -> str:
    """A share of 1 as a percentage: 0.125 is ``13%``, with one place ``12.5%``; Russian has a space there."""
    space = _SPACE if _known(language) == "ru" else ""
    return f"{number(_exact(share) * 100, language, places)}{space}%"


def plural(n: Decimal | int | float, forms: Sequence[str], language: str) -> str:
    """The form that goes with ``n``: two forms in English (*item, items*), three in Ukrainian and Russian.

    The three are *one, few, many* (товар, товара, товаров); a fraction takes *few*: 1,5 товара.
    """
    count = abs(_exact(n))
    whole = count.to_integral_value()
    category = _LOCALES[_known(language)].plural_form(int(whole) if whole == count else count)
    if len(forms) == 2:
        return forms[0] if category == "one" else forms[1]
    return forms[{"one": 0, "few": 1, "many": 2, "other": 1}[category]]


def country(code: str, language: str) -> str:
    """The country's name by its ISO 3166-1 alpha-2 code: ``UA`` is ``Україна``; what is no code is left as it is."""
    return _LOCALES[_known(language)].territories.get(code.strip().upper(), code)


def countries(language: str) -> list[tuple[str, str]]:
    """(code, name) of all countries, by their names."""
    names = _LOCALES[_known(language)].territories
    found = [
        (code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code not in _NO_PLACE
    ]
    return sorted(found, key=lambda pair: pair[1])


_NO_PLACE = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}  # groups and tests among the territories of CLDR


def _known(language: str) -> str:
    short = (language or "").lower().replace("_", "-").partition("-")[0]
    return short if short in _LOCALES else "en"


def _exact(value: Decimal | int | float | str) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _rounded(value: Decimal | int | float | str, places: int) -> Decimal:
    return _exact(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _fixed(places: int) -> str:
    return "#,##0" + ("." + "0" * places if places else "")


def _local(at: datetime, zone: ZoneInfo | str) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
