"""Signatures over the raw bytes of a webhook: compute one, and compare in constant time.

Faults of receivers in the wild, which these functions make hard: skipping the check when the header or secret
is missing, comparing hex with base64, signing JSON that was parsed and written again, using ``==``.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable


def hmac_base64(secret: str, body: bytes) -> str:
    """base64(HMAC-SHA256(body)), the way of Shopify, WooCommerce and AfterShip."""
    return b64encode(_digest(secret, body)).decode("ascii")


def hmac_hex(secret: str, body: bytes) -> str:
    """HMAC-SHA256(body) in lower-case hex, the way of EasyPost."""
    return _digest(secret, body).hex()


def standard_webhook(secret: str, call_id: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature`` of Standard Webhooks; ``secret`` is ``whsec_`` and the key in base64."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([call_id.encode(), str(timestamp).encode(), body])
    return f"v1,{b64encode(hmac.digest(key, signed, hashlib.sha256)).decode('ascii')}"


def matches_any(given: str | None, expected: Iterable[str]) -> bool:
    """Is ``given`` one of the signatures expected, one per live secret? An empty header never is."""
    if not given:
        return False
    found = False
    for signature in expected:
        found |= hmac.compare_digest(_bytes(given), _bytes(signature))  # no early exit: time tells nothing
    return found


def signed_by_any(
    given: str | None, body: bytes, secrets: Iterable[str], sign: Callable[[str, bytes], str] = hmac_base64
) -> bool:
    """Does ``given`` sign ``body`` with one of ``secrets``? Empty ones are passed over: they sign for all."""
    return matches_any(given, [sign(secret, body) for secret in secrets if secret.strip()])


def is_one_of(given: str | None, secrets: Iterable[str]) -> bool:
    """Is ``given`` itself one of ``secrets``, for senders that sign nothing and only show what they know?"""
    return matches_any(given, [secret for secret in secrets if secret.strip()])


def _digest(secret: str, body: bytes) -> bytes:
    if not secret:
        raise ValueError("An empty secret would let everybody sign.")
    return hmac.digest(secret.encode(), body, hashlib.sha256)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # compare_digest refuses non-ASCII text, and a header may hold any
