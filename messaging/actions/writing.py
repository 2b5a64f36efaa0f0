"""Write letters: a template version, filled with the data of one message, in its envelope."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from messaging.rendering import CannotRender, RenderedMail, render
from messaging.rendering.fill import EMPTY, render_text
from shelf.reasons import Refusal

# Mails about an order as such: what they speak of stands in their head for machines too.
SPEAK_OF_ORDERS = frozenset({"account", "order_updates"})
# The data of so many letters are there within 8 ms, while all lines wait for a server that is not next door.
PART = 128

Contents = Mapping[int, Mapping[str, Ready]]  # by template and language


@dataclass(slots=True)
class Draft:
    """A letter that is written; its links do not lead by our door yet."""

    message: Message
    ready: Ready
    mail: RenderedMail
    subject: Mapping[str, Any]
    unsubscribe: str
    campaign: clicks.Campaign | None  # whose clicks are counted; None: nobody's


def write_all(messages: Sequence[Message], now: datetime) -> Iterator[Letter]:
    """Letters for the messages that can be written, each made when it is asked for: others are on their way meanwhile.

    Those that cannot be written are settled with the reason why not. The data are loaded by the part, at once; letters
    with links that were in none before come last in theirs, when all these have got their rows.
    """
    contents, purposes = ready_contents({m.template_id for m in messages}), Purpose.objects.in_bulk()
    fields = {name for by_language in contents.values() for ready in by_language.values() for name in ready.fields}
    for first in range(0, len(messages), PART):
        yield from _write_part(messages[first : first + PART], contents, purposes, fields, now)


def _write_part(
    messages: Sequence[Message],
    contents: Contents,
    purposes: Mapping[str, Purpose],
    fields: Collection[str],
    now: datetime,
) -> Iterator[Letter]:
    try:
        data = contexts.load([(m.subject_type, m.subject_id) for m in messages], now, fields)
    except Exception as error:
        if len(messages) > 1:  # one of them spoils it for all: ask for each alone
            for m in messages:
                yield from _write_part([m], contents, purposes, fields, now)
        else:
            hold_back(messages[0], error, now)
        return
    waiting: list[Draft] = []
    unknown: set[str] = set()
    for m in messages:
        letter = None
        with _settling(m, now):
            if m.channel != Channel.EMAIL:
                letter = _text(m, data, contents)
            elif new := _lead_by_our_door(draft := _draft(m, data, contents, purposes[m.purpose_id])):
                waiting.append(draft)
                unknown.update(new)
            else:
                letter = _letter(draft)
        if letter:
            yield letter
    clicks.learn(unknown)
    for draft in waiting:
        letter = None
        with _settling(draft.message, now):
            _lead_by_our_door(draft)
            letter = _letter(draft)
        if letter:
            yield letter


@contextmanager
def _settling(m: Message, now: datetime) -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        move(m, Message.State.FAILED, reason=refusal.reason, settled_at=now)
        turns.give_back([m])
    except Exception as error:
        hold_back(m, error, now)


def _found(m: Message, data: Mapping, contents: Contents) -> tuple[Mapping[str, Any], Ready]:
    """What the message speaks of, and the content in its language or the next best."""
    subject = data.get((m.subject_type, m.subject_id))
    if subject is None:
        raise CannotRender(_("What this message speaks of is gone."))
    by_language = contents.get(m.template_id)
    if not by_language:
        raise CannotRender(_("The template has no published version."))
    return contexts.for_ask(subject, m.ask), by_language[best_language(by_language, m.language)]


def _text(m: Message, data: Mapping, contents: Contents) -> Letter:
    """An SMS or a messenger's message: plain text, and nothing else."""
    subject, ready = _found(m, data, contents)
    unsubscribe = unsubscribe_url(m)
    own = _of_message(m, ready, subject["store"], unsubscribe)
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


def _draft(m: Message, data: Mapping, contents: Contents, purpose: Purpose) -> Draft:
    subject, ready = _found(m, data, contents)
    manner = subject.get("manner") or {}
    campaign = None
    if purpose.track_clicks:
        campaign = clicks.Campaign(m.stream.slug, manner.get("host", "") if manner.get("utm") else "")
    dressed = ready.dressed(manner.get("capital_you", False), clicks.home() if campaign else None)
    unsubscribe = unsubscribe_url(m)
    nodes = subject.get("markup") if m.purpose_id in SPEAK_OF_ORDERS else None
    mail = render(
        dressed.content,
        {**subject, "message": _of_message(m, ready, subject["store"], unsubscribe)},
        ready.language,
        subject["zone"],
        markup.script(nodes) if nodes else EMPTY,
        clicks.pixel(m.pk) if purpose.track_opens else EMPTY,
    )
    return Draft(m, ready, mail, subject, unsubscribe, campaign)


def _of_message(m: Message, ready: Ready, store: Mapping, unsubscribe: str) -> dict[str, str]:
    """The namespace ``message``."""
    return {
        "language": m.language,
        "unsubscribe_url": unsubscribe,
        "preferences_url": preferences_url(m) if ready.wants_preferences else "",
        "reason": why_sent(store["name"], ready.language) if unsubscribe else "",
        "person": headers.one_name(m.sender.person) or store["name"],
        "photo_url": m.sender.photo_url,
    }


def _lead_by_our_door(draft: Draft) -> list[str]:
    """Lead the links by ``/k/``; addresses that have no row yet, and then nothing is changed."""
    if draft.campaign is None:
        return []
    html, unknown = clicks.wrapped(draft.mail.html, draft.message.pk, draft.campaign)
    if not unknown:
        draft.mail = replace(draft.mail, html=html)
    return unknown


def _letter(draft: Draft) -> Letter:
    m, mail, store = draft.message, draft.mail, draft.subject["store"]
    manner = draft.subject.get("manner") or {}
    name, address = sender_of(m.sender, store)
    mark = identity.mark_of(m)
    domain = manner.get("host") or address.rpartition("@")[2]
    answers = signed_addresses.reply_to(m.pk, m.sender, store)
    mailbox = answers if m.sender.reply_address else ""
    cause = headers.Cause(m.stream.slug, draft.ready.number, m.purpose_id, manner.get("slug", ""), domain)
    own = identity.message_id(mark, address)
    extra = headers.headers_of(cause, draft.unsubscribe, mailbox)
    if "thread" in draft.subject:
        extra |= headers.threading(draft.subject["thread"], own)
    envelope = Envelope(
        message_id=own,
        to=headers.checked(m.address),
        from_name=name,
        from_email=address,
        reply_to=headers.answerable(answers) if answers else "",
        subject=mail.subject,
        mark=mark,
        html=mail.html,
        text=mail.text,
        headers=headers.fits(extra),
        return_path=signed_addresses.return_path(m.pk, m.sender),
    )
    check(envelope)
    return Letter(m, envelope, mail, draft.ready.version_id, draft.ready.pattern)


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
