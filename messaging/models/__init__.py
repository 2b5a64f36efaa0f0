"""Nouns of the post office, by subject: who sends, what is written, what leaves, what comes back."""

from messaging.models.mailbox import InboundMail, LocalMail
from messaging.models.messages import BodyPattern, Link, Message, MessageBody, News, Stream, Suppression, Turns
from messaging.models.senders import Quota, Sender, SenderHealth, WarmUp
from messaging.models.templates import Template, TemplateContent, TemplateVersion

__all__ = [
    "BodyPattern",
    "InboundMail",
    "Link",
    "LocalMail",
    "Message",
    "MessageBody",
    "News",
    "Quota",
    "Sender",
    "SenderHealth",
    "Stream",
    "Suppression",
    "Template",
    "TemplateContent",
    "TemplateVersion",
    "Turns",
    "WarmUp",
]
