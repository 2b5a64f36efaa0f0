"""Addresses of cards. ``/c/<code>`` stands in QR codes, ``/c/<code>/`` in links: so a scan is told from a view.

``?for=`` carries who was given the link, signed, as a mail's or an order page's reader; without it nobody is known.
"""

import secrets

from django.conf import settings

from shelf import links

READER = "card-reader"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"  # base58: no 0 O I l, for codes are typed too
LENGTH = 10  # 58 bits; with 10,000 codes in use a guess a millisecond finds one in 1,300 years


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def short_url(code: str) -> str:
    """What a QR code, a tag and print hold."""
    return f"{settings.PUBLIC_URL}/c/{code}"


def card_path(code: str, customer_id: int | None = None) -> str:
    return f"/c/{code}/" + (f"?for={reader_token(customer_id)}" if customer_id else "")


def card_url(code: str, customer_id: int | None = None) -> str:
    return settings.PUBLIC_URL + card_path(code, customer_id)


def reader_token(customer_id: int) -> str:
    return links.code(READER, customer_id)


def reader_of(token: str) -> int | None:
    """The customer that a token names; a wrong one names nobody, and the page opens all the same."""
    try:
        return links.read_code(READER, token, 1)[0] if token else None
    except links.BadLink:
        return None
