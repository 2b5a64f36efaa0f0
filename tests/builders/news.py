"""What providers and mail servers tell: requests to /news/ in the shape of each, and mails that report."""

import json
from base64 import b64encode
from datetime import datetime
from typing import Any

from events import inbox
from messaging.actions.news import source_name
from messaging.actions.reading_mail import read_mails
from messaging.identity import mark_of
from messaging.models import InboundMail, Message
from tests.builders.post import planned

SECRET = "aftercare:news-secret"


def basic(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(secret.encode()).decode()}"}


def handed_over(order, at: datetime, state: str = "sent", **more: Any) -> Message:
    """A letter that left at ``at``."""
    m = planned(order, at, **more)
    Message.objects.filter(pk=m.pk).update(state=state, handed_off_at=at, sent_at=at, attempts=1, created_at=at)
    m.refresh_from_db()
    return m


def brevo(m: Message, event: str, at: datetime, **more: Any) -> dict:
    """One event as Brevo posts it."""
    return {
        "event": event,
        "email": m.address,
        "id": 26224,
        "ts_epoch": int(at.timestamp() * 1000),
        "message-id": "<201798300811.5787683@smtp-relay.example>",
        "X-Mailin-custom": json.dumps({"aftercare": mark_of(m)}),
        "tags": [],
        **more,
    }


def post(client, body: Any, provider: str = "brevo", headers: dict | None = None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        f"/news/{provider}/", raw, content_type="application/json", headers=basic() if headers is None else headers
    )


def tell(client, body: Any, provider: str = "brevo", headers: dict | None = None):
    """Post it, and let a worker read it."""
    answer = post(client, body, provider, headers)
    assert answer.status_code == 200, answer.status_code
    inbox.read_waiting()
    return answer


def source(provider: str) -> str:
    return source_name(provider)


def mail(
    text: str = "Where is my parcel?",
    to: str = "care@lavka.example",
    sender: str = "Olena <olena@example.com>",
    subject: str = "Re: Your order",
    **fields: str,
) -> bytes:
    """A mail that a person may have written; further fields by name, ``In_Reply_To="<…>"``."""
    head = {
        "Return-Path": "<olena@example.com>",
        "From": sender,
        "To": to,
        "Subject": subject,
        "Date": "Fri, 20 Nov 2026 12:00:00 +0000",
        "Message-ID": f"<{abs(hash((text, subject, to)))}@mail.example.com>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    lines = "\r\n".join(f"{name}: {value}" for name, value in head.items())
    return f"{lines}\r\n\r\n{text}".encode()


def bounce(
    to: str,
    returned_id: str = "<nobody@nowhere.example>",
    address: str = "olena@example.com",
    status: str = "5.1.1",
    action: str = "failed",
    said: str = "550 5.1.1 User unknown",
) -> bytes:
    """A report by RFC 3464, sent to ``to``."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.com
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: Fri, 20 Nov 2026 12:05:00 +0000
Message-ID: <{status}.{action}.{abs(hash(to + returned_id))}@mx.example.com>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b1
Content-Type: text/rfc822-headers

From: hello@lavka.example
To: {address}
Message-ID: {returned_id}
Subject: Your order

--b1--
""".replace("\n", "\r\n").encode()


def receive(raw: bytes) -> InboundMail:
    """Keep a mail and read it, as the door and a worker do."""
    from messaging.actions.arrivals import keep, key_of

    keep(raw, "raw")
    read_mails()
    return InboundMail.objects.get(key=key_of(raw))
