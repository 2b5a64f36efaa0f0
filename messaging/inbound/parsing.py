"""Take a mail apart, within limits. Python's own parser with its oldest policy: the newer one raises on real mails."""

import email
import email.policy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message as Node
from email.utils import getaddresses, parsedate_to_datetime

from django.utils.translation import gettext_noop as _

from messaging.inbound.text import clean, decode, decode_header, text_of_html
from shelf.emails import normalise_email
from shelf.reasons import Refusal

MAX_BYTES = 25_000_000
MAX_PARTS = 100
MAX_DEPTH = 10
MAX_HEAD = 100_000  # bytes of all header fields together
MAX_PEOPLE = 50  # addresses read from one mail
MAX_TEXT = 200_000  # characters kept of what was written

# Where a mail may say to which of our addresses it came: relays and forwarders each have a field of their own.
_ARRIVED_AT = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-forwarded-to")
_FOR = re.compile(r"\bfor <([^<>\s]{3,254})>", re.IGNORECASE)
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_ID = re.compile(r"<[^<>\s]{3,250}>")


class UnreadableMail(Refusal):
    """The mail cannot be taken apart; it stays with this reason and can be read again."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    kind: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """``head``: decoded fields by their names in lower case. ``return_path``: "" is the null path, None unsaid."""

    head: Mapping[str, tuple[str, ...]]
    message_id: str
    from_email: str
    from_name: str
    recipients: tuple[str, ...]
    return_path: str | None
    subject: str
    sent_at: datetime | None
    answers: tuple[str, ...]  # ids in In-Reply-To and References, the nearest first
    text: str
    html: str  # as it came: nothing to be drawn outside of a sandboxed frame
    kind: str  # of the whole, such as multipart/report
    report_type: str = ""
    attachments: tuple[Attachment, ...] = ()
    # Machine-readable parts of reports: (kind, its blocks of fields); and the head of the mail that was returned.
    reports: tuple[tuple[str, tuple[Mapping[str, str], ...]], ...] = ()
    returned: str = ""

    def first(self, name: str) -> str:
        return next(iter(self.head.get(name, ())), "")


def read_mail(raw: bytes) -> Mail:
    """The mail in these bytes. Raises UnreadableMail with a sentence for what breaks the limits."""
    _refuse_too_much(raw)
    try:
        root = email.message_from_bytes(raw, policy=email.policy.compat32)
        leaves = list(_leaves(root))
    except RecursionError:
        raise UnreadableMail(_("The mail has parts within parts, deeper than %(limit)s."), limit=MAX_DEPTH) from None
    head = _head(root)
    found = _Found()
    for node, is_enclosed in leaves:
        found.take(node, is_enclosed)
    from_name, from_email = _sender(root)
    return Mail(
        head=head,
        message_id=next(iter(_ids(head, "message-id")), ""),
        from_email=from_email,
        from_name=from_name,
        recipients=_recipients(root, head),
        return_path=_return_path(head),
        subject=next(iter(head.get("subject", ())), "")[:300],
        sent_at=_sent_at(head),
        answers=tuple(dict.fromkeys([*_ids(head, "in-reply-to"), *reversed(_ids(head, "references"))])),
        text=found.text()[:MAX_TEXT],
        html="\n".join(found.html)[:MAX_TEXT],
        kind=root.get_content_type(),
        report_type=_parameter(root, "report-type"),
        attachments=tuple(found.attachments),
        reports=tuple(found.reports),
        returned=found.returned[:MAX_TEXT],
    )


def _refuse_too_much(raw: bytes) -> None:
    """What would cost the parser long, seen before it begins: each open boundary is looked for in every line."""
    if not raw.strip():
        raise UnreadableMail(_("The mail is empty."))
    if len(raw) > MAX_BYTES:
        size, limit = len(raw) // 1_000_000, MAX_BYTES // 1_000_000
        raise UnreadableMail(_("The mail has %(size)s MB; we read up to %(limit)s."), size=size, limit=limit)
    end = _BLANK_LINE.search(raw)
    if (end.start() if end else len(raw)) > MAX_HEAD:
        raise UnreadableMail(_("The mail's header fields are longer than %(limit)s bytes."), limit=MAX_HEAD)
    if sum(1 for _found in _BOUNDARY.finditer(raw)) > MAX_PARTS:
        raise UnreadableMail(_("The mail has more than %(limit)s parts."), limit=MAX_PARTS)


def _leaves(root: Node) -> Iterator[tuple[Node, bool]]:
    """Every part that holds no others, and whether it lies inside an attached mail."""
    waiting, count = [(root, 0, False)], 0
    while waiting:
        node, depth, is_enclosed = waiting.pop()
        count += 1
        if count > MAX_PARTS:
            raise UnreadableMail(_("The mail has more than %(limit)s parts."), limit=MAX_PARTS)
        if depth > MAX_DEPTH:
            raise UnreadableMail(_("The mail has parts within parts, deeper than %(limit)s."), limit=MAX_DEPTH)
        payload = node.get_payload()
        if node.get_content_type() == "message/delivery-status" or not isinstance(payload, list):
            yield node, is_enclosed
            continue
        enclosing = is_enclosed or node.get_content_maintype() == "message"
        if node.get_content_maintype() == "message":
            yield node, is_enclosed
        waiting += [(child, depth + 1, enclosing) for child in reversed(payload) if isinstance(child, Node)]


@dataclass(slots=True)
class _Found:
    """What the parts gave, in their order."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reports: list[tuple[str, tuple[Mapping[str, str], ...]]] = field(default_factory=list)
    returned: str = ""

    def take(self, node: Node, is_enclosed: bool) -> None:
        if is_enclosed:
            return
        kind = node.get_content_type()
        if node.get_content_maintype() == "message" and kind not in ("message/rfc822", "message/global"):
            self.reports.append((kind, _blocks(node)))
        elif kind in ("message/rfc822", "message/global"):
            enclosed = node.get_payload()
            if isinstance(enclosed, list) and enclosed and isinstance(enclosed[0], Node):
                self.returned = self.returned or _head_as_text(enclosed[0])
            self.attachments.append(Attachment(_file_name(node), kind, 0))
        elif kind in ("text/rfc822-headers", "message/global-headers"):
            self.returned = self.returned or decode(_bytes(node))
        elif kind in ("text/plain", "text/html") and not _is_attached(node):
            (self.plain if kind == "text/plain" else self.html).append(decode(_bytes(node), _charset(node)))
        elif node.get_content_maintype() == "multipart":  # it says so and has no parts
            self.plain.append(decode(str(node.get_payload()).encode("utf-8", "surrogateescape")))
        else:
            self.attachments.append(Attachment(_file_name(node), kind, len(_bytes(node))))

    def text(self) -> str:
        plain = "\n".join(self.plain).strip()
        return plain or "\n".join(text_of_html(one) for one in self.html).strip()


def _head(node: Node) -> dict[str, tuple[str, ...]]:
    head: dict[str, tuple[str, ...]] = {}
    for name, value in node.raw_items():  # type: ignore[attr-defined]
        key = clean(str(name)).lower()
        head[key] = (*head.get(key, ()), decode_header(str(value)))
    return head


def _head_as_text(node: Node) -> str:
    return "\n".join(f"{name}: {value}" for name, values in _head(node).items() for value in values)


def _blocks(node: Node) -> tuple[Mapping[str, str], ...]:
    """Fields of a machine-readable part, lower-case names; the first of a repeated field counts."""
    payload = node.get_payload()
    nodes = payload if isinstance(payload, list) else []
    return tuple({name: values[0] for name, values in _head(one).items()} for one in nodes if isinstance(one, Node))


def _bytes(node: Node) -> bytes:
    try:
        payload = node.get_payload(decode=True)
    except (ValueError, LookupError):
        payload = str(node.get_payload()).encode("utf-8", "surrogateescape")
    return payload if isinstance(payload, bytes) else b""


def _charset(node: Node) -> str:
    return _parameter(node, "charset")


def _parameter(node: Node, name: str) -> str:
    try:
        value = node.get_param(name, "")
    except (ValueError, LookupError):
        return ""
    return clean(str(value[2] if isinstance(value, tuple) else value)).strip().lower()


def _is_attached(node: Node) -> bool:
    try:
        return node.get_content_disposition() == "attachment" or bool(_file_name(node))
    except (ValueError, LookupError):
        return False


def _file_name(node: Node) -> str:
    """What the part wants to be called; stray bytes in it are read before the parser replaces them."""
    fields = Node()
    for name in ("Content-Disposition", "Content-Type"):
        for value in _raw(node, name.lower())[:1]:
            fields[name] = decode_header(value)
    try:
        return decode_header(str(fields.get_filename() or ""))[:200]
    except (ValueError, LookupError):
        return ""


def _people(values: list[str]) -> list[tuple[str, str]]:
    try:
        return [(decode_header(name), normalise_email(address) or "") for name, address in getaddresses(values)]
    except (ValueError, IndexError):
        return []


def _raw(node: Node, *names: str) -> list[str]:
    return [str(value)[:10_000] for name, value in node.raw_items() if str(name).lower() in names]  # type: ignore[attr-defined]


def _sender(root: Node) -> tuple[str, str]:
    """Name and address in From; "" when there is no usable address. Either is a claim of the writer."""
    people = _people(_raw(root, "from")[:1])
    return next(((name[:200], address) for name, address in people if address), ("", ""))


def _recipients(root: Node, head: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Every address that it came to or was written to; one of them may carry our signature."""
    arrived = [value for name in _ARRIVED_AT for value in head.get(name, ())]
    passed = [found for value in head.get("received", ()) for found in _FOR.findall(value)]
    named = [address for _name, address in _people(_raw(root, "to", "cc"))]
    each = [normalise_email(one.strip("<> ")) or "" for one in [*arrived, *passed]] + named
    return tuple(dict.fromkeys(one for one in each if one))[:MAX_PEOPLE]


def _return_path(head: Mapping[str, tuple[str, ...]]) -> str | None:
    """Who gets bounces of this mail: "" when nobody, which is how bounces themselves come."""
    for name in ("return-path", "x-envelope-from"):
        for value in head.get(name, ()):
            return normalise_email(value.strip("<> ")) or ("" if not value.strip("<> ") else None)
    return None


def _ids(head: Mapping[str, tuple[str, ...]], name: str) -> list[str]:
    return [found for value in head.get(name, ()) for found in _ID.findall(value)]


def _sent_at(head: Mapping[str, tuple[str, ...]]) -> datetime | None:
    """What the writer's clock said; whoever uses it clamps it to when we got the mail."""
    for value in head.get("date", ()):
        try:
            found = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        try:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None
