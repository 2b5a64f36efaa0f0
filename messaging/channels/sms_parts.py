"""How many parts an SMS has, and what it costs: 3GPP TS 23.038.

The GSM alphabet fits 160 letters into one part and 153 into each of several; a single letter outside it, every Cyrillic
one, makes all of them two bytes wide: 70 and 67. Some marks of the GSM alphabet count twice.
"""

from dataclasses import dataclass
from decimal import Decimal

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€")
FEW = 3  # odd letters that are worth naming: with more of them it is another language
MOST_PARTS = 6  # more is no message but a letter; TurboSMS refuses it too


@dataclass(frozen=True, slots=True)
class Segments:
    alphabet: str  # "GSM" or "UCS-2"
    letters: int  # as they count
    parts: int
    left: int  # letters until the next part begins

    def cost(self, price: Decimal | None) -> Decimal | None:
        """For one recipient, at this price of one part."""
        return None if price is None else self.parts * price


def count(text: str) -> Segments:
    """An empty text has no part."""
    gsm = all(letter in _GSM or letter in _TWICE for letter in text)
    if gsm:
        letters, one, each = len(text) + sum(letter in _TWICE for letter in text), 160, 153
    else:
        letters, one, each = len(text.encode("utf-16-be", "replace")) // 2, 70, 67
    parts = 0 if not letters else 1 if letters <= one else -(-letters // each)
    room = one if parts <= 1 else parts * each
    return Segments("GSM" if gsm else "UCS-2", letters, parts, room - letters)


def odd_letters(text: str) -> str:
    """The few letters that make an otherwise GSM text two bytes wide, each once; empty where they are no exception."""
    odd = [letter for letter in text if letter not in _GSM and letter not in _TWICE]
    distinct = "".join(dict.fromkeys(odd))
    return distinct if len(distinct) <= FEW and len(odd) * 4 <= len(text) else ""
