"""Is a mail an answer that no person wrote? The signs of RFC 3834, and of programs that know none of it."""

import re

from django.utils.translation import gettext_noop as _

from messaging.inbound.parsing import Mail
from shelf.reasons import Reason

READ_RECEIPT = Reason(_("A read receipt: it says nothing of the delivery that we do not know."))
AWAY = Reason(_("An automatic answer, as on holiday: nobody wrote it."))
LIST = Reason(_("A mailing list sent it."))
NOBODY = Reason(_("It came without a sender (null return path), as only programs write."))
DAEMON = Reason(_("A mail program wrote it."))

# Field, and what in it says so; an empty pattern: that the field is there.
_SIGNS = (
    ("auto-submitted", r"^(?!no\b)\s*\S"),
    ("x-apple-action", r"VACATION"),
    ("x-autoreply", r"^(?!no\b)"),
    ("x-autorespond", r""),
    ("x-autoresponder", r""),
    ("x-auto-reply", r""),
    ("x-mail-autoreply", r""),
    ("x-ms-exchange-inbox-rules-loop", r""),
    ("x-yandex-autoreply", r""),
    ("precedence", r"^auto[_-]?reply"),
)
# The last six are Ukrainian and Russian; no public corpus of such answers was found.
_SUBJECT = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?(?:reply|response|answer)\b|auto:|out of (?:the )?office\b|ooo:|vacation reply|"
    r"away from (?:my )?mail|автоответ|автоматический ответ|нет на рабочем месте|"
    r"автовідповідь|автоматична відповідь|немає на робочому місці)",
    re.IGNORECASE,
)
_LISTS = ("list-id", "list-post", "list-unsubscribe")
_DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|double-bounce|owner-.*|.*-request)@", re.IGNORECASE)


def why_automatic(mail: Mail) -> Reason | None:
    """The sign that gives it away; None for what a person may have written."""
    if mail.report_type == "disposition-notification" or any(
        kind == "message/disposition-notification" for kind, _blocks in mail.reports
    ):
        return READ_RECEIPT
    for name, pattern in _SIGNS:
        if any(re.search(pattern, value, re.IGNORECASE) for value in mail.head.get(name, ())):
            return AWAY
    if _SUBJECT.search(mail.subject):
        return AWAY
    if any(name in mail.head for name in _LISTS) or re.match(r"(?:bulk|list|junk)\b", mail.first("precedence"), re.I):
        return LIST
    if mail.return_path == "":
        return NOBODY
    return DAEMON if _DAEMON.match(mail.from_email) else None
