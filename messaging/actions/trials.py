"""A test mail or text from a sender's page: what was answered, word by word, and what it probably means."""

import re
import smtplib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from customers.channels import Channel
from messaging.channels import mime, texts
from messaging.channels.email import EmailCaller, Envelope, check, judge_error, server_of
from messaging.channels.smtp import connect, greeting_name
from messaging.channels.ways import NoWayOut
from messaging.models import Sender
from messaging.rendering import UncleanHeader
from shelf.phones import normalise_phone
from shelf.reasons import Reason

SECRET_NAMES = re.compile("key|secret|token|password", re.IGNORECASE)

KEPT_HERE = _("No way out is set, so the mail was kept in the local mailbox.")
TAKEN = _("The server took the mail.")

# What a server's words mean, in the order of asking: (codes, pieces of text, meaning).
MEANINGS = (
    (
        ("530", "534", "535"),
        ("authentication failed", "invalid login"),
        _(
            "The user name or password is not accepted. Gmail, Yandex, Mail.ru and ukr.net want a password made for"
            " programs, not the one you sign in with."
        ),
    ),
    (
        (),
        ("name or service not known", "nodename nor servname", "no address associated", "name resolution"),
        _("There is no server of this name."),
    ),
    ((), ("connection refused",), _("Nobody answers at this port.")),
    (
        (),
        ("timed out", "time-out", "unreachable"),
        _("The server did not answer in time: look at its name and port, and at the firewall in between."),
    ),
    ((), ("certificate",), _("The server's certificate does not fit its name.")),
    (
        (),
        ("wrong version number", "wrong_version_number", "starttls", "unexpectedly closed", "record layer"),
        _("The encryption is of another kind: port 465 begins with TLS, port 587 begins without and then switches."),
    ),
    (
        ("421", "450", "451", "452", "454"),
        (),
        _("The server is busy, or thinks that we send too much. Try again later."),
    ),
)
NOT_THIS_SENDER = _("The server does not let this account write as %(address)s.")
NOT_THIS_RECIPIENT = _("The server does not take mail for %(address)s.")
REFUSED = _("The server refused the mail.")

TEXT_TAKEN = _("The provider took the text.")
TEXT_REFUSED = _("The provider refused the text.")
NO_PHONE = _("“%(address)s” is no phone number. Begin with + and the code of the country.")
NO_CHAT = _("“%(address)s” is no chat. It is a number; the bot @userinfobot tells yours.")
# What a provider's words mean, before those of any server: (pieces of text, meaning).
MEANINGS_OF_TEXTS = (
    (
        ("invalid_token", "auth_token", "unauthorized", "404 not found"),
        _("The key is not accepted: copy it once more from your account."),
    ),
    (("credits", "money", "balance"), _("There is not enough money on the account.")),
    (("sender",), _("The provider does not know the name that this sender writes by.")),
    (("recipient", "phone", "country"), _("The provider does not send to this number.")),
    (
        ("chat not found", "blocked by the user", "initiate conversation", "user is deactivated"),
        _("This person has not started the bot, or stopped it."),
    ),
    (("too many requests", "rate"), _("The server is busy, or thinks that we send too much. Try again later.")),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """``said`` is the answer as it came; ``meaning`` what we make of it."""

    is_taken: bool
    said: str
    meaning: Reason


def try_sender(sender: Sender, to: str, now: datetime) -> Trial:
    """Send one mail by the sender's way and tell what was answered. Never raises what a server or network may do."""
    return try_envelope(_envelope(sender, to, now), sender.url or settings.EMAIL_URL)


def try_envelope(envelope: Envelope, url: str) -> Trial:
    """Send one mail at once, past the queue, and tell what was answered."""
    try:
        check(envelope)
        mime.addresses(envelope)
        server = server_of(url)
    except (UncleanHeader, ValueError) as error:
        return Trial(False, without_secrets(str(error), url), Reason(REFUSED))
    if server is None:
        return _by_call(url, envelope)
    try:
        line = connect(server, greeting_name())
    except NoWayOut as error:
        said = without_secrets(str(error), url)
        return Trial(False, said, meaning_of(said))
    try:
        return _by_smtp(line, envelope, url)
    except (OSError, smtplib.SMTPException) as error:
        said = without_secrets(str(error) or type(error).__name__, url)
        return Trial(False, said, meaning_of(said))
    finally:
        with suppress(OSError, smtplib.SMTPException):
            line.quit()


def try_text(sender: Sender, to: str, now: datetime) -> Trial:
    """Send one SMS, Viber or Telegram message at once; ``to`` as a person types it."""
    address = _text_address(sender.channel, to)
    if not address:
        why = NO_CHAT if sender.channel == Channel.TELEGRAM else NO_PHONE
        return Trial(False, "", Reason(why, {"address": to[:40]}))
    words = gettext("This is a test message. If you can read it, the sender works.")
    envelope = texts.TextEnvelope(sender.channel, address, sender.address, words, f"test-{now:%Y%m%d%H%M%S%f}")
    try:
        caller = texts.caller_for(sender.channel, sender.url)
        said = caller.send(envelope)
    except Exception as error:  # as for mails: whatever is raised is an answer here
        said = without_secrets(str(error) or type(error).__name__, sender.url)
        return Trial(False, said, meaning_of_text(said))
    return Trial(True, said, Reason(TEXT_TAKEN))


def _text_address(channel: str, typed: str) -> str:
    if channel == Channel.TELEGRAM:
        return typed if typed.lstrip("-").isascii() and typed.lstrip("-").isdigit() else ""
    return normalise_phone(typed) or ""


def meaning_of_text(said: str) -> Reason:
    lower = said.lower()
    for pieces, meaning in MEANINGS_OF_TEXTS:
        if any(piece in lower for piece in pieces):
            return Reason(meaning)
    known = meaning_of(said)
    return Reason(TEXT_REFUSED) if known.text == REFUSED else known


def _by_smtp(line: smtplib.SMTP, envelope: Envelope, url: str) -> Trial:
    sender, recipient = mime.addresses(envelope)
    for step, meaning in (
        (lambda: line.mail(sender), Reason(NOT_THIS_SENDER, {"address": sender})),
        (lambda: line.rcpt(recipient), Reason(NOT_THIS_RECIPIENT, {"address": recipient})),
        (lambda: line.data(mime.build(envelope)), Reason(REFUSED)),
    ):
        code, words = step()
        said = without_secrets(f"{code} {words.decode('utf-8', 'replace')}", url)
        if code >= 400:
            known = meaning_of(said)
            return Trial(False, said, known if known.text != REFUSED else meaning)
    return Trial(True, said, Reason(TAKEN))


def _by_call(url: str, envelope: Envelope) -> Trial:
    """A provider's API, or the local mailbox."""
    caller = EmailCaller(url)
    try:
        provider_id = caller.send(envelope)
    except Exception as error:  # whatever a provider's library raises is an answer here
        said = without_secrets(getattr(judge_error(error), "error", "") or str(error), url)
        return Trial(False, said, meaning_of(said))
    finally:
        caller.close()
    return Trial(True, provider_id, Reason(TAKEN if url else KEPT_HERE))


def meaning_of(said: str) -> Reason:
    lower, code = said.lower(), said[:3]
    for codes, pieces, meaning in MEANINGS:
        if code in codes or any(piece in lower for piece in pieces):
            return Reason(meaning)
    return Reason(REFUSED)


def without_secrets(said: str, url: str) -> str:
    """Servers repeat what they were told. Passwords and keys do not reach a page."""
    for secret in _secrets_of(url):
        said = said.replace(secret, "•••")
    return said[:500]


def _secrets_of(url: str) -> set[str]:
    scheme, _sep, rest = url.partition("://")
    parts = urlsplit(f"x://{rest}")
    secrets = {parts.password or ""} if scheme.startswith("smtp") else {parts.netloc}
    secrets |= {value for name, value in parse_qsl(parts.query) if SECRET_NAMES.search(name)}
    return {form for secret in secrets for form in (secret, unquote(secret)) if len(form) > 3}


def _envelope(sender: Sender, to: str, now: datetime) -> Envelope:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    text = gettext("This is a test mail. If you can read it, the sender works.")
    from_email = sender.address or address
    return Envelope(
        message_id=f"<test-{now:%Y%m%d%H%M%S%f}@{from_email.rpartition('@')[2] or 'localhost'}>",
        to=to,
        from_name=sender.person or name,
        from_email=from_email,
        reply_to=sender.reply_address,
        subject=gettext("Test mail"),
        text=text,
        html=f"<p>{escape(text)}</p>",
        headers={"Auto-Submitted": "auto-generated"},
    )
