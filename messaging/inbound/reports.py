"""What mail servers and mailbox providers tell by mail: bounces (RFC 3464, and in free words), complaints (RFC 5965).

A report names the mail it speaks of by its own headers, sent back; whether that was ours is not asked here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from messaging.inbound.parsing import Mail
from shelf.emails import normalise_email

What = Literal["delivered", "relayed", "delayed", "failed", "complained", "unsubscribed"]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the mail to one address. ``is_dead``: no mail to it will ever arrive."""

    what: What
    address: str
    status: str = ""  # RFC 3463, such as 5.1.1
    said: str = ""
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """``about``: texts in which the Message-ID of the mail may stand, the surest first."""

    told: tuple[Told, ...]
    about: tuple[str, ...]
    return_paths: tuple[str, ...] = ()  # to which the mail's own bounces were to go


def read_report(mail: Mail) -> Report | None:
    """The report in this mail; None when it is none."""
    return _complaint(mail) or _status_report(mail) or _in_free_words(mail)


# --- Is an address dead? ------------------------------------------------------------------------------------------

# RFC 3463: no such mailbox, no such system, bad syntax, moved without a forward, null MX (RFC 7505); disabled.
_DEAD = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
_NO_SUCH = re.compile(
    r"user unknown|unknown user|no such (?:user|mailbox|person|recipient)|(?:user|mailbox|recipient|account|address) "
    r"(?:does not|doesn't|not) exist|(?:user|mailbox|recipient|account) (?:not found|unavailable|disabled|is disabled)"
    r"|invalid (?:recipient|mailbox|user|address)|recipient (?:address )?rejected|unrouteable address"
    r"|does not exist|account that you tried to reach|no mailbox here|mailbox is (?:disabled|inactive)"
    r"|domain (?:name )?not found|host or domain name not found|unknown recipient|not a valid recipient"
    r"|пользователь не найден|нет такого пользователя|адрес не существует|ящик (?:не существует|заблокирован)"
    r"|користувача не знайдено|скриньк\w* не існує",
    re.IGNORECASE,
)
# The letter, its sender or the moment was at fault: the next one may arrive.
_NOT_THE_ADDRESS = re.compile(
    r"\bspam|blacklist|block ?list|\bblocked|polic(?:y|ies)|\bspf\b|\bdkim\b|dmarc|reputation|too many|rate limit|"
    r"greylist|graylist|try again|quota|mailbox (?:is )?full|over ?quota|out of storage|переполнен|переповнен|спам",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ -]")


def is_dead(status: str, said: str) -> bool:
    """Will mail to this address never arrive? ``status``: 5.1.1, or "" when nobody gave one."""
    permanent = status.startswith("5") or (not status and bool(re.search(r"(?<![\d.])55\d[ -]", said)))
    if not permanent or blames_letter(said):
        return False
    return status in _DEAD or bool(_NO_SUCH.search(said))


def blames_letter(said: str) -> bool:
    """Does the server speak of spam, policy, a full box or the moment? Then the next letter may arrive."""
    return bool(_NOT_THE_ADDRESS.search(said))


def status_in(said: str) -> str:
    """The enhanced status in a server's words, or one made from its three digits: 550 → 5.0.0."""
    if found := _ENHANCED.search(said):
        return found[1]
    reply = _REPLY.search(said)
    return f"{reply[1][0]}.0.0" if reply else ""


# --- RFC 3464 -----------------------------------------------------------------------------------------------------

_ACTIONS: dict[str, What] = {
    "failed": "failed",
    "delayed": "delayed",
    "delivered": "delivered",
    "relayed": "relayed",
    "expanded": "relayed",
}


def _status_report(mail: Mail) -> Report | None:
    told = tuple(
        _of_block(block)
        for kind, blocks in mail.reports
        if kind in ("message/delivery-status", "message/global-delivery-status")
        for block in blocks
        if _recipient(block)
    )
    if not told:
        return None
    return Report(told, (mail.returned, mail.text))


def _of_block(block: Mapping[str, str]) -> Told:
    said = _one_line(block.get("diagnostic-code", "").partition(";")[2] or block.get("diagnostic-code", ""))
    written = _ENHANCED.search(block.get("status", ""))
    status = written[1] if written else status_in(said)
    what = _ACTIONS.get(block.get("action", "").split(" ")[0].lower().strip(), "failed")
    return Told(what, _recipient(block), status, said, what == "failed" and is_dead(status, said))


def _recipient(block: Mapping[str, str]) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        if found := normalise_email(block.get(name, "").partition(";")[2].strip("<> ")):
            return found
    return ""


# --- Bounces in free words: Gmail's older ones, mail.ru, Exim, qmail ------------------------------------------------

_DAEMON = re.compile(r"^(?:mailer-daemon|mail-daemon|postmaster|mdaemon|bounce[\w.+-]*)@", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|undelivered|delivery (?:status|has failed|failure|failed)|returned mail|mail (?:delivery )?fail"
    r"|failure notice|could not be delivered|couldn.t be delivered|failed permanently|не было доставлено|недоставлен"
    r"|не доставлен|не может быть (?:доставлен|отправлен)|доставка (?:не удалась|невозможна)|не удалось доставить"
    r"|не вдалося доставити",
    re.IGNORECASE,
)
_LATER = re.compile(r"\bdelayed\b|will be retried|still being (?:retried|tried)|задерж|буде повторено|затрим", re.I)
# Where the server stops speaking and the mail that it returns begins.
_COPY = re.compile(
    r"^.{0,12}(?:original message|this is a copy of (?:the|your) message|below this line is a copy|"
    r"forwarded message|message headers follow|копия сообщения|исходное сообщение).*$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{3,190}")


def _in_free_words(mail: Mail) -> Report | None:
    failed = [one for value in mail.head.get("x-failed-recipients", ()) for one in _ADDRESS.findall(value)]
    from_daemon = bool(_DAEMON.match(mail.from_email)) or mail.return_path == ""
    if not from_daemon or not (failed or _FAILED.search(mail.subject) or _FAILED.search(mail.text[:5000])):
        return None
    own_words, _sep, returned = _split_copy(mail.text)
    if not failed:
        ours = {*mail.recipients, mail.from_email}
        named = (normalise_email(one.rstrip(".")) for one in _ADDRESS.findall(own_words[:20_000]))
        failed = [one for one in dict.fromkeys(named) if one and one not in ours][:1]
    if not failed:
        return None
    told = []
    for address in dict.fromkeys(failed):
        said = _said_of(own_words, address)
        what: What = "delayed" if _LATER.search(own_words[:2000]) and not re.search(r"\b5\d\d\b", said) else "failed"
        status = status_in(said)
        told.append(
            Told(what, normalise_email(address) or "", status, said, what == "failed" and is_dead(status, said))
        )
    return Report(tuple(told), (mail.returned, returned, own_words))


def _split_copy(text: str) -> tuple[str, str, str]:
    found = _COPY.search(text)
    return (text[: found.start()], found[0], text[found.end() :]) if found else (text, "", "")


def _said_of(words: str, address: str) -> str:
    """What the server said about this address: its lines from where a reply code stands."""
    start = max(0, words.lower().find(address.lower()))
    near = words[start : start + 1500]
    found = _REPLY.search(near) or _ENHANCED.search(near)
    return _one_line(near[found.start() if found else 0 :].split("\n\n")[0][:300])


# --- RFC 5965 -----------------------------------------------------------------------------------------------------


def _complaint(mail: Mail) -> Report | None:
    fields = next((blocks[0] for kind, blocks in mail.reports if kind == "message/feedback-report" and blocks), None)
    if fields is None:
        return None
    kind = fields.get("feedback-type", "").lower().strip()
    address = normalise_email(fields.get("original-rcpt-to", "").strip("<> ")) or ""
    what: What | None = {"not-spam": None, "opt-out": "unsubscribed", "opt-out-list": "unsubscribed"}.get(  # type: ignore[assignment]
        kind, "complained"
    )
    told = (Told(what, address, said=_one_line(kind)),) if what else ()
    paths = tuple(p for p in [normalise_email(fields.get("original-mail-from", "").strip("<> "))] if p)
    return Report(told, (mail.returned, mail.text), paths)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]
