"""A provider's request as it arrived, in a form that can be kept and read later: JSON with what the parsers look at."""

import json
from base64 import b64decode, b64encode
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

# Beside the body, anymail's parsers read these.
KEPT = ("svix-id", "x-amz-sns-message-type", "x-amz-sns-message-id")

Packed = dict[str, Any]


def pack(request: HttpRequest, body: bytes) -> bytes:
    """``{"type", "headers", "body"}``; a body that is not UTF-8 stands in ``base64``."""
    packed: Packed = {
        "type": request.META.get("CONTENT_TYPE", ""),
        "headers": {name: request.headers[name] for name in KEPT if name in request.headers},
        "query": request.META.get("QUERY_STRING", ""),
    }
    try:
        packed["body"] = body.decode()
    except UnicodeDecodeError:
        packed["base64"] = b64encode(body).decode("ascii")
    return json.dumps(packed, ensure_ascii=False).encode()


def unpack(packed: Packed) -> HttpRequest:
    """The request again, for anymail's views. Nobody's credentials are in it: they were checked at the door."""
    body = b64decode(packed["base64"]) if "base64" in packed else str(packed.get("body", "")).encode()
    return request_of(str(packed.get("type", "")), body, packed.get("headers") or {}, str(packed.get("query", "")))


def request_of(content_type: str, body: bytes, headers: dict[str, str], query: str = "") -> HttpRequest:
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "QUERY_STRING": query,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.input": BytesIO(body),
            **named,
        }
    )
    request._body = body  # type: ignore[attr-defined]  # larger than what Django reads by itself
    return request
