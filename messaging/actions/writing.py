"""Write letters: a template version, filled with the data of one message, in its envelope."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from messaging import contexts, identity
from messaging.actions.settling import hold_back, move
from messaging.actions.templates import published_contents
from messaging.channels.email import Envelope, check
from messaging.channels.ways import Letter
from messaging.models import Message, Sender
from messaging.rendering import CannotRender, CompiledContent, RenderedMail, UncleanHeader, render
from shelf import links


def write_all(messages: Sequence[Message], now: datetime) -> Iterator[Letter]:
    """Letters for the messages that can be written, each made when it is asked for: others are on their way meanwhile.

    Those that cannot be written are settled with the reason why not. The data are loaded by the batch, at once.
    """
    try:
        data = contexts.load([(m.subject_type, m.subject_id) for m in messages], now)
    except Exception as error:
        if len(messages) > 1:  # one of them spoils it for all: ask for each alone
            for m in messages:
                yield from write_all([m], now)
        else:
            hold_back(messages[0], error, now)
        return
    contents = published_contents({m.template_id for m in messages})
    for m in messages:
        try:
            mail, envelope, version_id = _render(m, data, contents)
            check(envelope)
        except CannotRender as refusal:
            move(m, Message.State.FAILED, reason=refusal.reason, settled_at=now)
        except UncleanHeader as refusal:
            move(m, Message.State.FAILED, reason=refusal.reason, settled_at=now)
        except Exception as error:
            hold_back(m, error, now)
        else:
            yield Letter(m, envelope, mail, version_id)


def _render(m: Message, data: Mapping, contents: Mapping) -> tuple[RenderedMail, Envelope, int]:
    subject = data.get((m.subject_type, m.subject_id))
    if subject is None:
        raise CannotRender(_("What this message speaks of is gone."))
    by_language = contents.get(m.template_id)
    if not by_language:
        raise CannotRender(_("The template has no published version."))
    content = by_language.get(m.language) or by_language.get("en") or next(iter(by_language.values()))
    unsubscribe = unsubscribe_url(m)
    own = {"language": m.language, "unsubscribe_url": unsubscribe, "reason": why_sent(m, content.language, subject)}
    compiled = CompiledContent(content.subject, content.preheader, content.html, content.compiled_text)
    with translation.override(content.language):
        mail = render(compiled, {**subject, "message": own}, content.language, subject["zone"])
    return mail, _envelope(m, mail, subject["store"], unsubscribe), content.version_id


def _envelope(m: Message, mail: RenderedMail, store: Mapping, unsubscribe: str) -> Envelope:
    name, address = sender_of(m.sender, store)
    mark = identity.mark_of(m)
    return Envelope(
        message_id=identity.message_id(mark, address),
        to=m.address,
        from_name=name,
        from_email=address,
        reply_to=store.get("support_email") or "",
        subject=mail.subject,
        mark=mark,
        html=mail.html,
        text=mail.text,
        headers={"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        if unsubscribe
        else {},
    )


def sender_of(sender: Sender, store: Mapping) -> tuple[str, str]:
    """Name and address in From: the person, else the store; the sender's address, else DEFAULT_FROM_EMAIL."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return sender.person or store.get("name") or name, sender.address or address


def why_sent(m: Message, language: str, subject: Mapping) -> str:
    """The line at the foot that says why the reader gets this; what belongs to the contract explains itself."""
    if not unsubscribe_url(m):
        return ""
    with translation.override(language):
        store = subject["store"]["name"]
        return gettext("You get this e-mail because you bought something at %(store)s.") % {"store": store}


def unsubscribe_url(m: Message) -> str:
    """Empty for what belongs to the contract: there is nothing to unsubscribe from."""
    if m.purpose_id in ("order_updates", "account", "support"):
        return ""
    return f"{settings.PUBLIC_URL}/u/{links.make('unsubscribe', m.pk)}/"
