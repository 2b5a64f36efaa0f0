"""Addresses with our signature: to which answers and bounces come back, and which tell us of which letter.

``care@shop.example`` becomes ``care+ad4e…@shop.example``. The token is base32 of the letter's number and 10 bytes of
HMAC: in small letters, for servers change them; 24 characters for numbers below 2**40, so that a mailbox of up to 34
characters keeps within the 64 of RFC 5321 §4.5.3.1.1. 80 bits: whoever guesses has to send 2**80 mails to be believed
once. The key depends on the purpose: an address for answers takes no bounces.
"""

import hmac
import re
from base64 import b32decode, b32encode
from binascii import Error as NotBase32
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from django.conf import settings
from django.utils.crypto import constant_time_compare

from messaging.models import Sender
from shelf.links import signing_key

For = Literal["reply", "bounce"]

MAC_BYTES = 10
LONGEST_LOCAL = 64
_SIGNED = re.compile(r"[^@\s]{1,40}\+([a-z2-7]{18,32})@[^@\s]+", re.IGNORECASE)


def reply_to(message_id: int, sender: Sender, store: Mapping[str, Any]) -> str:
    """Where answers go: the sender's mailbox, signed; without one the store's support address, as it is."""
    if not sender.reply_address:
        return str(store.get("support_email") or "")
    return signed(sender.reply_address, "reply", message_id)


def return_path(message_id: int, sender: Sender) -> str:
    """Where bounces go (VERP); "" when BOUNCE_ADDRESS is not set: to From, and the Message-ID in them is the proof.

    Not set by itself: providers such as Gmail and Yandex refuse a letter whose envelope names another account.
    """
    return signed(settings.BOUNCE_ADDRESS, "bounce", message_id) if settings.BOUNCE_ADDRESS else ""


def signed(mailbox: str, purpose: For, message_id: int) -> str:
    """The mailbox with our signature; as it is, when there is no room for one."""
    local, _at, domain = mailbox.rpartition("@")
    full = f"{local}+{token(purpose, message_id)}"
    return f"{full}@{domain}" if len(full) <= LONGEST_LOCAL else mailbox


def token(purpose: For, message_id: int) -> str:
    body = message_id.to_bytes(max(5, (message_id.bit_length() + 7) // 8), "big")
    return b32encode(body + _mac(purpose, body, settings.SECRET_KEY)).rstrip(b"=").decode("ascii").lower()


def signed_in(addresses: Iterable[str], purpose: For) -> int | None:
    """The number of the letter that one of these addresses proves; None when none does."""
    for address in addresses:
        found = _SIGNED.fullmatch(address)
        if found and (number := _read(purpose, found[1])) is not None:
            return number
    return None


def _read(purpose: For, given: str) -> int | None:
    text = given.upper()
    try:
        raw = b32decode(text + "=" * (-len(text) % 8))
    except (NotBase32, ValueError):
        return None
    body, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not 5 <= len(body) <= 8 or b32encode(raw).rstrip(b"=").decode("ascii") != text:
        return None
    number = int.from_bytes(body, "big")
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    known = any(constant_time_compare(mac, _mac(purpose, body, secret)) for secret in secrets)
    return number if known and number < 2**63 else None


def _mac(purpose: For, body: bytes, secret: str) -> bytes:
    return hmac.digest(signing_key(f"messaging.addresses.{purpose}", secret), body, "sha256")[:MAC_BYTES]
