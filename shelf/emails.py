"""E-mail addresses in one spelling, and the addresses that stand for nobody."""

import re
import unicodedata
from functools import lru_cache

import idna

_LONGEST, _LONGEST_LOCAL = 254, 64  # RFC 5321 §4.5.3.1, as corrected by erratum 1690
# RFC 5322 dot-atom. A local part outside ASCII needs SMTPUTF8 along the whole way and is nearly always a
# Cyrillic letter typed by mistake, so it is refused rather than written to in vain.
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{4,253}}$)(?:{_LABEL}\.)+(?:xn--[a-z0-9-]{{1,59}}|[a-z]{{2,63}})")
_INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Zs", "Cs", "Co", "Cn")

# Addresses that a marketplace makes up per order or per buyer and seller.
_RELAY_DOMAIN = re.compile(
    r"(?:^|\.)(?:"
    r"marketplace\.amazon\.[a-z.]+|members\.ebay\.[a-z.]+|relay\.walmart\.com|scs\d*\.tiktokw?\.[a-z]+"
    r"|(?:user\.)?allegromail\.pl|user\.allegrogroup\.pl|temuemail\.com|notification\.mirakl\.net"
    r"|private-relay\.reverb\.com|no-?reply\.com|invalid"
    r")$"
)
_NOBODY = re.compile(
    r"(?:do[-_.]?)?(?:no|not)[-_.]?reply(?:[-_.+].*)?|mailer-daemon|postmaster"
    r"|no[-_.]?e?mail|none|null|undefined|nobody"
)


@lru_cache(maxsize=2048)  # an order names the same address several times
def normalise_email(raw: str | None) -> str | None:
    """The address in lower case with its domain in ASCII (IDNA), or None for what is no address.

    Dots and +tags stay: they are part of the address nearly everywhere, and two people may differ by one.
    """
    text = _trim(unicodedata.normalize("NFC", str(raw or ""))).lower()
    local, at, domain = text.partition("@")
    if not at or "@" in domain or not _LOCAL.fullmatch(local) or len(local) > _LONGEST_LOCAL:
        return None
    ascii_domain = _ascii(domain)
    if ascii_domain is None or len(local) + 1 + len(ascii_domain) > _LONGEST:
        return None
    return f"{local}@{ascii_domain}"


def is_relay(email: str) -> bool:
    """Is it a marketplace's forwarding address or a "noreply"? Mail may go there; it must never identify a
    person.

    Apple's privaterelay.appleid.com is no such address: it is stable per person and shop.
    """
    local, _, domain = email.strip().lower().rpartition("@")
    return bool(_RELAY_DOMAIN.search(domain) or _NOBODY.fullmatch(local))


def _trim(text: str) -> str:
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start]) in _INVISIBLE:
        start += 1
    while end > start and unicodedata.category(text[end - 1]) in _INVISIBLE:
        end -= 1
    return text[start:end]


def _ascii(domain: str) -> str | None:
    if len(domain) > 253:
        return None
    try:
        written = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None
    return written if _DOMAIN.fullmatch(written) else None
