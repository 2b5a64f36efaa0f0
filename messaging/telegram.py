"""The Telegram bot: who writes to it first, by a link of ours, is reached there from then on.

``https://t.me/<bot>?start=<token>`` names the customer; the bot's server posts the person's first message to
``/in/telegram/<slug>/`` with the secret that setWebhook was given (core.telegram.org/bots/api#setwebhook).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop as _

from customers.channels import Channel
from customers.models import Customer, Identifier
from events.sources import Envelope, Headers, Ignored, Outcome, Source, Unreadable
from messaging.models import Sender
from shelf import links
from shelf.reasons import Reason

NOT_A_START = Reason(_("A message to the bot that is no start by a link of ours."))


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody pressed "start" in the chat that a link of ours opened."""

    chat: str
    customer_id: int


def start_link(customer_id: int) -> str:
    """Where a customer opens the chat with the bot; empty without a bot."""
    bot = Sender.objects.filter(channel=Channel.TELEGRAM, is_default=True).exclude(address="").first()
    return f"https://t.me/{bot.address.lstrip('@')}?start={links.make('telegram', customer_id)}" if bot else ""


def authentic(headers: Headers, body: bytes, secrets: Sequence[str]) -> bool:
    given = headers.get("x-telegram-bot-api-secret-token", "")
    return any(constant_time_compare(given, secret) for secret in secrets)


def envelope(headers: Headers, body: bytes) -> Envelope:
    """Telegram numbers its updates at the beginning of the body: {"update_id":10000, …"""
    number = body[:200].partition(b'"update_id"')[2].lstrip(b" :").partition(b",")[0].strip()
    return Envelope(number.decode("ascii", "replace")[:100], "message")


def read(topic: str, payload: dict) -> tuple[Started] | Ignored:
    message = payload.get("message")
    if not isinstance(message, dict):
        return Ignored(NOT_A_START)
    words = str(message.get("text") or "").split()
    chat = (message.get("chat") or {}).get("id")
    if len(words) != 2 or words[0] != "/start" or not isinstance(chat, int):
        return Ignored(NOT_A_START)
    try:
        link = links.read("telegram", words[1])
    except links.BadLink:
        raise Unreadable(_("The bot was started by a link that is not ours.")) from None
    return (Started(str(chat), link.object_id),)


def store(batch: list) -> list[Outcome]:
    """The chat becomes an identifier of the customer. A chat that changed hands follows the newest link."""
    known = Customer.objects.in_bulk({one.customer_id for _receipt, many in batch for one in many})
    outcomes: list[Outcome] = []
    for receipt, [started] in batch:
        if started.customer_id not in known:
            outcomes.append(Unreadable(_("The customer of this link is gone.")))
            continue
        Identifier.objects.update_or_create(
            kind=Identifier.Kind.TELEGRAM,
            scope="",
            value=started.chat,
            defaults={"customer": known[started.customer_id]},
        )
        receipt.customer_id = started.customer_id
        outcomes.append(None)
    return outcomes


SOURCE = Source("telegram", authentic, envelope, read, store)
