"""Ways to reach a person: what was typed, cleaned; where a tap leads; how a contact file says it. Pure."""

import re
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext_noop as _

from shelf.emails import normalise_email
from shelf.phones import normalise_phone
from shelf.reasons import Refusal
from vcards.models import Contact

Kind = Contact.Kind
PHONES = (Kind.MOBILE, Kind.PHONE, Kind.WHATSAPP, Kind.VIBER)
# Where a short name leads; who pastes the whole address may.
HOSTS = {
    Kind.TELEGRAM: ("https://t.me/", ("t.me", "telegram.me")),
    Kind.INSTAGRAM: ("https://www.instagram.com/", ("instagram.com",)),
    Kind.FACEBOOK: ("https://www.facebook.com/", ("facebook.com", "fb.com", "m.me")),
    Kind.LINKEDIN: ("https://www.linkedin.com/in/", ("linkedin.com",)),
    Kind.VK: ("https://vk.com/", ("vk.com", "vk.me", "m.vk.com")),
}
_SHORT = re.compile(r"@?[\w.\-]{2,64}", re.ASCII)


class CardRefused(Refusal):
    """What a card cannot be or do, with a sentence for whoever asked."""


def clean(kind: str, typed: str, region: str = "") -> str:
    """The value as it is kept, or CardRefused."""
    value = typed.strip()
    if kind in PHONES:
        return _or_refused(normalise_phone(value, region), _("“%(typed)s” is no telephone number."), value)
    if kind == Kind.EMAIL:
        return _or_refused(normalise_email(value), _("“%(typed)s” is no e-mail address."), value)
    if kind in HOSTS and _SHORT.fullmatch(value) and "/" not in value:
        return HOSTS[Kind(kind)][0] + value.removeprefix("@")
    return _web(kind, value)


def _web(kind: str, value: str) -> str:
    """An https address; of a network, at its own host, so that nothing else goes by its name."""
    whole = value if "://" in value else f"https://{value}"
    refused = CardRefused(_("“%(typed)s” is no https address."), typed=value[:80])
    if not whole.isprintable() or " " in whole or len(whole) > 300:
        raise refused
    try:
        parts = urlsplit(whole)
        host = (parts.hostname or "").lower().removeprefix("www.")
    except ValueError:
        raise refused from None
    if parts.scheme != "https" or "." not in host or parts.username or "\\" in whole:
        raise refused
    hosts = HOSTS[Kind(kind)][1] if kind in HOSTS else ()
    if hosts and not any(host == known or host.endswith(f".{known}") for known in hosts):
        raise CardRefused(_("“%(typed)s” does not lead to %(network)s."), typed=value[:80], network=Kind(kind).label)
    return whole


def _or_refused(cleaned: str | None, sentence: str, typed: str) -> str:
    if not cleaned:
        raise CardRefused(sentence, typed=typed[:80])
    return cleaned


def target(kind: str, value: str) -> str:
    """Where a tap leads in the end."""
    if kind in (Kind.MOBILE, Kind.PHONE):
        return f"tel:{value}"
    if kind == Kind.EMAIL:
        return f"mailto:{value}"
    if kind == Kind.WHATSAPP:
        return f"https://wa.me/{value.removeprefix('+')}"
    if kind == Kind.VIBER:
        return f"viber://chat?number={quote(value, safe='')}"
    return value


def is_counted(kind: str) -> bool:
    """A call or a mail begins on the telephone: no server sees it. All other taps go through a counted address."""
    return kind not in (Kind.MOBILE, Kind.PHONE, Kind.EMAIL)


def shown(kind: str, value: str) -> str:
    """The value as a person reads it."""
    if kind in PHONES:
        return spaced(value)
    if "://" not in value:
        return value
    parts = urlsplit(value)
    path = parts.path.strip("/")
    if kind in HOSTS and path:
        return f"@{path.removeprefix('in/')}" if "/" not in path.removeprefix("in/") else path
    return ((parts.hostname or "").removeprefix("www.") + (f"/{path}" if path else ""))[:60]


def spaced(phone: str) -> str:
    import phonenumbers

    try:
        known = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
