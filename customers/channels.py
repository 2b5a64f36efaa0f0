"""The ways in which people are written to. The ledger of consent and every message name them by these words."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    VIBER = "viber", _("Viber")
    TELEGRAM = "telegram", _("Telegram")


# channel → the kind of identifier (``Identifier.Kind``) that is its address
ADDRESS_OF: dict[str, str] = {
    Channel.EMAIL: "email",
    Channel.SMS: "phone",
    Channel.VIBER: "phone",
    Channel.TELEGRAM: "telegram",
}


def channels_reaching(kind: str) -> tuple[str, ...]:
    """The channels that reach an identifier of this kind: a phone may get an SMS and a Viber message."""
    return tuple(str(channel) for channel, address in ADDRESS_OF.items() if address == kind)


def channel_name(channel: str) -> str:
    """In the reader's language; the word itself when it is none of ours (the ledger keeps what was written)."""
    return str(Channel(channel).label) if channel in Channel.values else channel
