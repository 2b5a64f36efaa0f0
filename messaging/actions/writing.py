"""Write letters: a template version, filled with the data of one message, in its envelope."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from customers.channels import Channel
from customers.models import Purpose
from messaging import contexts, headers, identity, markup
from messaging.actions import clicks, signed_addresses, turns
from messaging.actions.contents import Ready, ready_contents
from messaging.actions.settling import hold_back, move
from messaging.actions.templates import best_language
from messaging.channels import texts
from messaging.channels.email import Envelope, check
from messaging.channels.ways import Letter
from messaging.links import preferences_url, unsubscribe_url
from messaging.models import Message, Sender
from messaging.rendering import CannotRender, CompiledContent, RenderedMail, render
from messaging.rendering.fill import EMPTY, render_text
from shelf.reasons import Refusal

# Mails about an order as such: what they speak of stands in their head for machines too.
SPEAK_OF_ORDERS = frozenset({"account", "order_updates"})
# The data of so many letters are there within 8 ms, while all lines wait for a server that is not next door.
PART = 128


@dataclass(frozen=True, slots=True)
class Frame:
    """What the letters of one content, purpose, stream, sender and store have in common: worked out once for a part."""

    ready: Ready
    content: CompiledContent
    campaign: clicks.Campaign | None  # whose clicks are counted; None: nobody's
    tells_of_opening: bool
    speaks_of_orders: bool
    name: str  # in From, with the address
    address: str
    cause: headers.Cause
    headers: dict[str, str]  # of a letter with nothing to unsubscribe from
    own: dict[str, str]  # the namespace ``message``, without the links of each letter


@dataclass(slots=True)
class Draft:
    """A letter that is written; its links do not lead by our door yet."""

    message: Message
    frame: Frame
    mail: RenderedMail
    subject: Mapping[str, Any]
    unsubscribe: str


def write_all(messages: Sequence[Message], now: datetime) -> Iterator[Letter]:
    """Letters for the messages that can be written, each made when it is asked for: others are on their way meanwhile.

    Those that cannot be written are settled with the reason why not. The data are loaded by the part, at once; letters
    with links that were in none before come last in theirs, when all these have got their rows.
    """
    writer = Writer(messages, now)
    for first in range(0, len(messages), PART):
        yield from writer.write(messages[first : first + PART])


class Writer:
    """What the letters of a batch are written from."""

    def __init__(self, messages: Sequence[Message], now: datetime):
        self.now = now
        self.contents = ready_contents({m.template_id for m in messages})
        self.purposes = Purpose.objects.in_bulk()
        every = [ready for by_language in self.contents.values() for ready in by_language.values()]
        self.fields = {name for ready in every for name in ready.fields}
        self.spaces = {name for ready in every for name in ready.spaces}
        self.frames: dict[tuple, Frame] = {}

    def write(self, messages: Sequence[Message]) -> Iterator[Letter]:
        try:
            subjects = [(m.subject_type, m.subject_id) for m in messages]
            data = contexts.load(subjects, self.now, self.fields, self.spaces)
        except Exception as error:
            if len(messages) > 1:  # one of them spoils it for all: ask for each alone
                for m in messages:
                    yield from self.write([m])
            else:
                hold_back(messages[0], error, self.now)
            return
        self.frames.clear()  # they know the stores of the last part
        waiting: list[tuple[Draft, list[str]]] = []
        for m in messages:
            try:
                letter = self._write_one(m, _subject_of(m, data), waiting)
            except Exception as error:
                _settle(m, error, self.now)
            else:
                if letter:
                    yield letter
        clicks.learn({address for _draft, new in waiting for address in new})
        for draft, _new in waiting:
            try:
                _lead_by_our_door(draft)
                letter = _letter(draft)
            except Exception as error:
                _settle(draft.message, error, self.now)
            else:
                yield letter

    def _write_one(
        self, m: Message, subject: Mapping[str, Any], waiting: list[tuple[Draft, list[str]]]
    ) -> Letter | None:
        """None when the links of the draft have no rows yet: then it waits."""
        if m.channel != Channel.EMAIL:
            return _text(m, subject, self._ready(m))
        key = (m.template_id, m.language, m.purpose_id, m.stream_id, m.sender_id, id(subject["store"]))
        if key not in self.frames:
            self.frames[key] = _frame(m, subject, self._ready(m), self.purposes[m.purpose_id])
        draft = _draft(m, subject, self.frames[key])
        if new := _lead_by_our_door(draft):
            waiting.append((draft, new))
            return None
        return _letter(draft)

    def _ready(self, m: Message) -> Ready:
        """The content in the language of the message, or the next best."""
        by_language = self.contents.get(m.template_id)
        if not by_language:
            raise CannotRender(_("The template has no published version."))
        return by_language[best_language(by_language, m.language)]


def _settle(m: Message, error: Exception, now: datetime) -> None:
    """It cannot be written: a refusal ends it, an error of ours holds it back."""
    if isinstance(error, Refusal):
        move(m, Message.State.FAILED, reason=error.reason, settled_at=now)
        turns.give_back([m])
    else:
        hold_back(m, error, now)


def _subject_of(m: Message, data: Mapping) -> Mapping[str, Any]:
    subject = data.get((m.subject_type, m.subject_id))
    if subject is None:
        raise CannotRender(_("What this message speaks of is gone."))
    return contexts.for_ask(subject, m.ask)


def _text(m: Message, subject: Mapping[str, Any], ready: Ready) -> Letter:
    """An SMS or a messenger's message: plain text, and nothing else."""
    own = _own(m, subject["store"], ready.language) | _links(m, ready)
    text = render_text(ready.content.text, {**subject, "message": own}, ready.language, subject["zone"])
    most = texts.LONGEST[m.channel]
    if len(text) > most:
        raise CannotRender(
            _("The text has %(letters)s letters, and this channel takes %(most)s."),
            letters=len(text),
            most=most,
        )
    envelope = texts.TextEnvelope(m.channel, m.address, m.sender.address, text, identity.mark_of(m))
    return Letter(m, envelope, RenderedMail("", "", text), ready.version_id, ready.pattern)


def _frame(m: Message, subject: Mapping[str, Any], ready: Ready, purpose: Purpose) -> Frame:
    store, manner = subject["store"], subject.get("manner") or {}
    campaign = None
    if purpose.track_clicks:
        campaign = clicks.Campaign(m.stream.slug, manner.get("host", "") if manner.get("utm") else "")
    name, address = sender_of(m.sender, store)
    domain = manner.get("host") or address.rpartition("@")[2]
    cause = headers.Cause(m.stream.slug, ready.number, m.purpose_id, manner.get("slug", ""), domain)
    return Frame(
        ready=ready,
        content=ready.dressed(manner.get("capital_you", False), clicks.home() if campaign else None).content,
        campaign=campaign,
        tells_of_opening=purpose.track_opens,
        speaks_of_orders=m.purpose_id in SPEAK_OF_ORDERS,
        name=name,
        address=address,
        cause=cause,
        headers=headers.headers_of(cause),
        own=_own(m, store, ready.language),
    )


def _own(m: Message, store: Mapping, language: str) -> dict[str, str]:
    """The namespace ``message``."""
    return {
        "language": m.language,
        "unsubscribe_url": "",
        "preferences_url": "",
        "reason": why_sent(store["name"], language) if m.purpose_id in Purpose.CHOICES else "",
        "person": headers.one_name(m.sender.person) or store["name"],
        "photo_url": m.sender.photo_url,
    }


def _links(m: Message, ready: Ready) -> dict[str, str]:
    """What of it is each letter's own."""
    found = {}
    if unsubscribe := unsubscribe_url(m):
        found["unsubscribe_url"] = unsubscribe
    if ready.wants_preferences:
        found["preferences_url"] = preferences_url(m)
    return found


def _draft(m: Message, subject: Mapping[str, Any], frame: Frame) -> Draft:
    links = _links(m, frame.ready)
    nodes = subject.get("markup") if frame.speaks_of_orders else None
    mail = render(
        frame.content,
        {**subject, "message": frame.own | links if links else frame.own},
        frame.ready.language,
        subject["zone"],
        markup.script(nodes) if nodes else EMPTY,
        clicks.pixel(m.pk) if frame.tells_of_opening else EMPTY,
    )
    return Draft(m, frame, mail, subject, links.get("unsubscribe_url", ""))


def _lead_by_our_door(draft: Draft) -> list[str]:
    """Lead the links by ``/k/``; addresses that have no row yet, and then nothing is changed."""
    campaign = draft.frame.campaign
    if campaign is None:
        return []
    html, unknown = clicks.wrapped(draft.mail.html, draft.message.pk, campaign)
    if not unknown:
        draft.mail = replace(draft.mail, html=html)
    return unknown


def _letter(draft: Draft) -> Letter:
    m, frame, mail, sender = draft.message, draft.frame, draft.mail, draft.message.sender
    mark = identity.mark_of(m)
    own = identity.message_id(mark, frame.address)
    answers = signed_addresses.reply_to(m.pk, sender, draft.subject["store"])
    more = frame.headers
    if draft.unsubscribe:
        mailbox = answers if sender.reply_address else ""
        more = headers.headers_of(frame.cause, draft.unsubscribe, mailbox)
    if "thread" in draft.subject:
        more = more | headers.threading(draft.subject["thread"], own)
    envelope = Envelope(
        message_id=own,
        to=headers.checked(m.address),
        from_name=frame.name,
        from_email=frame.address,
        reply_to=headers.answerable(answers) if answers else "",
        subject=mail.subject,
        mark=mark,
        html=mail.html,
        text=mail.text,
        headers=headers.fits(more),
        return_path=signed_addresses.return_path(m.pk, sender),
    )
    check(envelope)
    return Letter(m, envelope, mail, frame.ready.version_id, frame.ready.pattern)


def sender_of(sender: Sender, store: Mapping) -> tuple[str, str]:
    """Name and address in From: the person with the store; the sender's address, else DEFAULT_FROM_EMAIL.

    Raises headers.NoReply for an address that tells people not to answer.
    """
    name, address = _default_sender(settings.DEFAULT_FROM_EMAIL)
    return headers.from_name(sender.person, store.get("name") or name), headers.answerable(sender.address or address)


def message_id_of(m: Message) -> str:
    """The Message-ID that a letter left with, or would; "" where its sender's address is none to write from."""
    try:
        return identity.message_id(identity.mark_of(m), sender_of(m.sender, {})[1])
    except Refusal:
        return ""


_default_sender = lru_cache(maxsize=4)(parseaddr)


@lru_cache(maxsize=1024)
def why_sent(store: str, language: str) -> str:
    """The line at the foot that says why the reader gets this; what belongs to the contract explains itself."""
    with translation.override(language):
        return gettext("You get this e-mail because you bought something at %(store)s.") % {"store": store}
