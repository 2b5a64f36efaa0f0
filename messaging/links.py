"""The addresses by which a reader decides what they get. Tokens name the message that carried them, and never end.

They identify the address without a look-up, so that they are minted by the thousand. Links to the preference page are
revoked by time: ``Identifier.links_revoked_at``. An unsubscribe link is never revoked: the law wants it alive.
"""

from django.conf import settings

from customers.consent import CONFIRM_WITHIN
from customers.models import Consent, Purpose
from messaging.models import Message
from shelf import links

UNSUBSCRIBE, PREFERENCES, CONFIRM = "unsubscribe", "preferences", "confirm"


def unsubscribe_url(message: Message) -> str:
    """One POST there ends this purpose on this channel. Empty for what belongs to the contract."""
    if message.purpose_id not in Purpose.CHOICES:
        return ""
    return f"{settings.PUBLIC_URL}/u/{links.make(UNSUBSCRIBE, message.pk)}/"


def preferences_url(message: Message) -> str:
    """The page on which the reader says what they want; every message may carry it, whatever its purpose."""
    return f"{settings.PUBLIC_URL}/p/{links.make(PREFERENCES, message.pk)}/"


def confirm_url(line: Consent) -> str:
    """For the mail that asks whether a sign-up was meant; ends after ``CONFIRM_WITHIN``."""
    return f"{settings.PUBLIC_URL}/p/{links.make(CONFIRM, line.pk, expires_in=CONFIRM_WITHIN, now=line.at)}/"
