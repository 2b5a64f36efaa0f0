"""Verbs about messages, by subject: plan, send, settle what nobody knows, publish templates."""

from messaging.actions.planning import Planned, default_sender, plan, stream
from messaging.actions.sending import send_due
from messaging.actions.templates import Written, load_preset_mails, publish_template, published_contents
from messaging.actions.unknown import resolve_unknown, settle_unknown

__all__ = [
    "Planned",
    "Written",
    "default_sender",
    "load_preset_mails",
    "plan",
    "publish_template",
    "published_contents",
    "resolve_unknown",
    "send_due",
    "settle_unknown",
    "stream",
]
