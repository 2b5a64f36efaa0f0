"""E-mail by EMAIL_URL: SMTP, any provider that anymail knows, or the local mailbox when nothing is set.

``smtp://user:password@host:587`` (``smtp+tls``, ``smtp+ssl``), or ``<provider>://<key>`` with options as a query:
``brevo://KEY``, ``mailgun://KEY?sender_domain=mg.example.com``, ``postmark://TOKEN`` and so on.
"""

from dataclasses import dataclass, field
from email.utils import formataddr
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from messaging.models import LocalMail
from messaging.rendering import headers_are_clean

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


@dataclass(frozen=True, slots=True)
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
        return f"anymail.backends.{backend}.EmailBackend", {**({key: secret} if key and secret else {}), **options}
    raise ValueError(
        f"EMAIL_URL begins with {scheme}://, which is neither smtp nor one of {', '.join(sorted(PROVIDERS))}"
    )


class EmailChannel:
    """An open way to the mail provider; kept over a batch, closed by ``close``."""

    def __init__(self):
        backend, options = backend_for(settings.EMAIL_URL)
        self.connection = get_connection(backend, fail_silently=False, **options)

    def send(self, envelope: Envelope) -> str:
        """Hand one mail over; the provider's id if it gave one. Raises what the backend raises."""
        headers = {"Message-ID": envelope.message_id, "Auto-Submitted": "auto-generated", **envelope.headers}
        sender = formataddr((envelope.from_name, envelope.from_email))
        headers_are_clean(envelope.to, sender, envelope.reply_to, envelope.subject, *headers.values())
        mail = EmailMultiAlternatives(
            subject=envelope.subject,
            body=envelope.text,
            from_email=sender,
            to=[envelope.to],
            reply_to=[envelope.reply_to] if envelope.reply_to else None,
            headers=headers,
            connection=self.connection,
        )
        mail.attach_alternative(envelope.html, "text/html")
        self.connection.send_messages([mail])
        status = getattr(mail, "anymail_status", None)
        return (getattr(status, "message_id", "") or "") if status else ""

    def open(self) -> None:
        self.connection.open()

    def close(self) -> None:
        self.connection.close()


class LocalMailbox(BaseEmailBackend):
    """Keeps mails at home for the mailbox page: what a newcomer sees before any provider is set up."""

    def send_messages(self, email_messages):
        for mail in email_messages:
            LocalMail.objects.create(
                sender=mail.from_email[:300],
                to=", ".join(mail.to)[:300],
                subject=mail.subject[:300],
                raw=mail.message().as_bytes(),
            )
        return len(email_messages)
