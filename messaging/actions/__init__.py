"""Verbs about messages, by subject: plan, send, settle what nobody knows, publish templates."""

from messaging.actions.letting_go import let_go
from messaging.actions.planning import Planned, default_sender, plan, stream
from messaging.actions.replay import rehearse, replay_rehearsed, replay_waiting, send_copy
from messaging.actions.sending import send_due
from messaging.actions.stopping import cancel_caused
from messaging.actions.templates import Written, load_preset_mails, publish_template, published_contents
from messaging.actions.unknown import resolve_unknown, settle_by_news, settle_unknown

__all__ = [
    "Planned",
    "Written",
    "cancel_caused",
    "default_sender",
    "let_go",
    "load_preset_mails",
    "plan",
    "publish_template",
    "published_contents",
    "rehearse",
    "replay_rehearsed",
    "replay_waiting",
    "resolve_unknown",
    "send_copy",
    "send_due",
    "settle_by_news",
    "settle_unknown",
    "stream",
]
