"""E-mail by EMAIL_URL: SMTP, any provider that anymail knows, or the local mailbox when nothing is set.

``smtp://user:password@host:587`` (``smtp+tls``, ``smtp+ssl``), or ``<provider>://<key>`` with options as a query:
``brevo://KEY``, ``mailgun://KEY?sender_domain=mg.example.com``, ``postmark://TOKEN`` and so on.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formataddr, parsedate_to_datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from anymail.exceptions import AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.html import strip_tags
from urllib3.exceptions import MaxRetryError

from messaging.channels.calls import CallWay, InlineWay
from messaging.channels.marks import had_it_before, put_mark
from messaging.channels.smtp import Server, SmtpWay, greeting_name
from messaging.channels.ways import Later, NoWayOut, Refused, Result, Silent, Taken, Way
from messaging.models import LocalMail
from messaging.rendering import UncleanHeader, headers_are_clean

SMTP = "django.core.mail.backends.smtp.EmailBackend"
# EMAIL_URL scheme → (anymail's backend, the name of its key)
PROVIDERS = {
    "brevo": ("brevo", "api_key"),
    "mailersend": ("mailersend", "api_token"),
    "mailgun": ("mailgun", "api_key"),
    "mailjet": ("mailjet", "api_key"),
    "mailtrap": ("mailtrap", "api_token"),
    "mandrill": ("mandrill", "api_key"),
    "postal": ("postal", "api_key"),
    "postmark": ("postmark", "server_token"),
    "resend": ("resend", "api_key"),
    "scaleway": ("scaleway", "secret_key"),
    "sendgrid": ("sendgrid", "api_key"),
    "sparkpost": ("sparkpost", "api_key"),
    "unisender_go": ("unisender_go", "api_key"),
    "ses": ("amazon_ses", ""),
}
OWN_BACKENDS = {"resend": "messaging.channels.marks.ResendBackend"}


@dataclass(slots=True)  # a frozen one takes 2 µs more to make
class Envelope:
    """One mail, ready to leave. ``message_id`` is the same on every attempt, so receivers can drop a second copy."""

    message_id: str
    to: str
    from_name: str
    from_email: str
    reply_to: str
    subject: str
    html: str
    text: str
    headers: dict[str, str] = field(default_factory=dict)
    return_path: str = ""  # where the mail server sends it back; empty: to from_email
    mark: str = ""  # what a provider tells of it comes back with this: messaging/identity.py


def backend_for(url: str) -> tuple[str, dict]:
    """The Django mail backend and its options for an EMAIL_URL. Raises ValueError naming an unknown scheme."""
    if not url:
        return "messaging.channels.email.LocalMailbox", {}
    # urlsplit refuses underscores in a scheme
    scheme, _, rest = url.partition("://")
    parts = urlsplit(f"x://{rest}")
    options = dict(parse_qsl(parts.query))
    if scheme in ("smtp", "smtp+tls", "smtp+ssl"):
        return SMTP, {
            "host": parts.hostname,
            "port": parts.port or {"smtp+ssl": 465, "smtp+tls": 587}.get(scheme, 25),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": scheme == "smtp+tls",
            "use_ssl": scheme == "smtp+ssl",
            "timeout": settings.EMAIL_TIMEOUT,
        }
    if scheme in PROVIDERS:
        backend, key = PROVIDERS[scheme]
        secret = unquote(parts.netloc)
        path = OWN_BACKENDS.get(scheme, f"anymail.backends.{backend}.EmailBackend")
        return path, {**({key: secret} if key and secret else {}), **options}
    raise ValueError(
        f"EMAIL_URL begins with {scheme}://, which is neither smtp nor one of {', '.join(sorted(PROVIDERS))}"
    )


class EmailCaller:
    """One connection to a provider that anymail knows, or to the local mailbox."""

    def __init__(self, url: str):
        self.url = url
        self.connection: Any = None  # a Django mail backend while it is open

    def send(self, envelope: Envelope) -> str:
        """Hand one mail over; the provider's id if it gave one. Raises what the backend raises."""
        if self.connection is None:
            backend, options = backend_for(self.url)
            self.connection = get_connection(backend, fail_silently=False, **options)
        mail = as_django_mail(envelope)
        put_mark(mail, self.url.partition("://")[0], envelope.mark)
        try:
            self.connection.send_messages([mail])
        except Exception:
            self.close()  # the next mail gets a conversation of its own
            raise
        status = getattr(mail, "anymail_status", None)
        return (getattr(status, "message_id", "") or "") if status else ""

    def close(self) -> None:
        if self.connection is not None:
            connection, self.connection = self.connection, None
            with suppress(OSError):  # a server that does not hear our good-bye has hung up before
                connection.close()


def as_django_mail(envelope: Envelope) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=envelope.subject,
        body=envelope.text,
        from_email=formataddr((envelope.from_name, envelope.from_email)),
        to=[envelope.to],
        reply_to=[envelope.reply_to] if envelope.reply_to else None,
        headers={"Message-ID": envelope.message_id, **envelope.headers},
    )
    mail.attach_alternative(envelope.html, "text/html")
    return mail


def check(envelope: Envelope) -> None:
    """Raises UncleanHeader when anything in the head of the mail would break out of its line."""
    named = (envelope.from_name, envelope.from_email, envelope.reply_to, envelope.to, envelope.return_path)
    headers_are_clean(*named, envelope.subject, envelope.message_id, *envelope.headers, *envelope.headers.values())


def server_of(url: str) -> Server | None:
    """The SMTP server that an EMAIL_URL names; None when it names something else."""
    scheme, _, rest = url.partition("://")
    tls = {"smtp": "", "smtp+tls": "start", "smtp+ssl": "from the first byte"}
    if scheme not in tls:
        return None
    parts = urlsplit(f"x://{rest}")
    port = parts.port or {"smtp+ssl": 465, "smtp+tls": 587}.get(scheme, 25)
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.hostname or "localhost", port, username, password, tls[scheme])


def way_for(url: str, connections: int) -> Way:
    """The way out that an EMAIL_URL names. Raises NoWayOut for one that names nothing."""
    if not url:
        return InlineWay(EmailCaller(url), judge_error)
    try:
        if server := server_of(url):
            return SmtpWay(server, connections, greeting_name())
        backend_for(url)
    except ValueError as error:
        raise NoWayOut(str(error)) from error
    return CallWay(lambda: EmailCaller(url), judge_error, connections)


def judge_error(error: Exception) -> Result:
    """What an error of a provider's API means for the letter."""
    said = str(error)[:300] or type(error).__name__
    if isinstance(error, UncleanHeader):
        return Refused(str(error))
    if isinstance(error, AnymailRecipientsRefused):
        return Refused(said)
    if fell_silent(error):
        return Silent(said)
    if had_it_before(error):
        return Taken()
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", 0) or 0
    if status in (400, 413, 422):
        return Refused(said)
    return Later(said, way_failed=True, seconds=retry_after(response) if status in (429, 503) else None)


def retry_after(response: Any) -> float | None:
    """Seconds in Retry-After, which is a number or a date; at most a day."""
    value = (getattr(response, "headers", None) or {}).get("Retry-After", "").strip()
    if value.isdigit():
        return min(float(value), 86400.0)
    with suppress(ValueError, TypeError):
        return min(max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()), 86400.0)
    return None


def fell_silent(error: Exception) -> bool:
    """Was the way cut in the middle of the hand-over, so that nobody knows whether the mail left?"""
    if isinstance(error, requests.RequestException):
        if error.response is not None:
            return error.response.ok  # taken, and then something that is no answer
        why = getattr(error.__cause__, "args", ())
        return not (why and isinstance(why[0], MaxRetryError))  # which is: no connection was ever made
    return isinstance(error, OSError) and not isinstance(error, ConnectionRefusedError)


NOT_TEXT = re.compile(r"<(head|style|title)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
ENOUGH = 8000  # characters of HTML that hold the first words: all tags of a mail take 10 ms to strip
FILLERS = dict.fromkeys(map(ord, "\u034f\u200b\u200c\u200d\u2060\ufeff\xad"))  # they push the letter out of the preview


def first_words(mail: EmailMessage, longest: int = 200) -> str:
    """What an inbox shows beside the subject: the first words of the HTML (its preheader), else of the text."""
    html = next((part.content for part in getattr(mail, "alternatives", []) if part.mimetype == "text/html"), "")
    seen = NOT_TEXT.sub("", html)
    seen = seen[:ENOUGH].rpartition("<")[0] if len(seen) > ENOUGH else seen
    words = unescape(strip_tags(seen)).translate(FILLERS) if html else mail.body
    return " ".join(words.split())[:longest]


class LocalMailbox(BaseEmailBackend):
    """Keeps mails at home for the mailbox page: what a newcomer sees before any provider is set up."""

    def send_messages(self, email_messages):
        for mail in email_messages:
            LocalMail.objects.create(
                sender=mail.from_email[:300],
                to=", ".join(mail.to)[:300],
                subject=mail.subject[:300],
                preview=first_words(mail),
                raw=mail.message().as_bytes(),
            )
        return len(email_messages)
