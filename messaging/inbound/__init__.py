"""Mails that come in, read: bytes in, plain dataclasses out, no database and no surprise that is not a sentence.

``read_mail`` takes a mail apart within limits, ``sort_mail`` says what it is: news of deliveries, an automatic answer,
or something that a person wrote.
"""

from messaging.inbound.automatic import why_automatic
from messaging.inbound.parsing import MAX_BYTES, Attachment, Mail, UnreadableMail, read_mail
from messaging.inbound.quotes import without_quotes
from messaging.inbound.reports import Report, Told, read_report

__all__ = [
    "MAX_BYTES",
    "Attachment",
    "Mail",
    "Report",
    "Told",
    "UnreadableMail",
    "read_mail",
    "read_report",
    "why_automatic",
    "without_quotes",
]
