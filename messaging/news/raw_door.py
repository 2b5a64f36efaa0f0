"""/mail/raw/: a mail as it is, from a pipe of Postfix, a Cloudflare worker or a script. The proof is MAIL_SECRET.

``Authorization: Bearer <secret>``, or as user and password, or ``X-Signature: sha256=<hex>``, HMAC-SHA256 of the body.
The envelope may come along in ``X-Envelope-From`` and ``X-Envelope-To``.
"""

import hashlib
import hmac
import re

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from messaging.news.providers import Forged, NotSetUp, is_known_by_secret

_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{0,254}")


def is_open() -> bool:
    return bool(settings.MAIL_SECRET)


def check(request: HttpRequest, body: bytes) -> None:
    """Raises NotSetUp without a secret, Forged without the proof."""
    if not is_open():
        raise NotSetUp("set MAIL_SECRET")
    secrets = settings.MAIL_SECRET
    signature = request.headers.get("X-Signature", "")
    if signature:
        known = any(
            constant_time_compare(signature, "sha256=" + hmac.digest(secret.encode(), body, hashlib.sha256).hex())
            for secret in secrets
        )
    else:
        kind, _space, given = request.headers.get("Authorization", "").partition(" ")
        bearer = kind.lower() == "bearer" and any(constant_time_compare(given.strip(), one) for one in secrets)
        known = bearer or is_known_by_secret(request, [one if ":" in one else f"aftercare:{one}" for one in secrets])
    if not known:
        raise Forged("wrong secret")


def with_envelope(request: HttpRequest, body: bytes) -> bytes:
    """The mail with what only its carrier knew: who gets its bounces, and at which of our addresses it arrived."""
    return add_envelope(body, request.headers.get("X-Envelope-From"), request.headers.get("X-Envelope-To"))


def add_envelope(mail: bytes, sender: str | None, recipient: str | None) -> bytes:
    lines = []
    if sender is not None and (found := _ADDRESS.fullmatch(sender.strip("<> "))):
        lines.append(f"Return-Path: <{found[0]}>")
    if recipient and (found := _ADDRESS.fullmatch(recipient.strip("<> "))):
        lines.append(f"Delivered-To: {found[0]}")
    return "".join(f"{line}\r\n" for line in lines).encode() + mail
