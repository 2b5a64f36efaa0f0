"""Verbs about messages: plan them, send what is due, publish templates.

States: ready → (leased) → sending → sent | ready again | failed | unknown; ready → skipped | cancelled. A lease is not
"in flight": only ``sending``, committed one row at a time just before the hand-over, is. A row found ``sending`` after
its lease is ``unknown``, never ``ready``; what happens then is a column of its purpose.
"""

import hashlib
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from customers.models import Purpose
from events import nudges
from messaging import contexts, gate
from messaging.channels.email import EmailChannel, Envelope, NoWayOut, fell_silent, is_final
from messaging.models import Message, Stream, Template, TemplateContent, TemplateVersion
from messaging.presets import read_presets
from messaging.rendering import (
    CannotRender,
    CompiledContent,
    RenderedMail,
    TemplateRefused,
    UncleanHeader,
    check_content,
    compile_content,
    render,
)
from shelf import links
from shelf.reasons import Reason
from shelf.rows import insert_missing_rows

log = logging.getLogger(__name__)

BATCH = 50
# How long a leased batch waits for its worker. When it ends, whoever is free takes what has not left: a worker that
# died holds up its batch no longer than this, and the fence keeps a slow one from sending what another took.
LEASE = timedelta(seconds=15)
# How long one hand-over may take before it is unknown: the mail server's time-out, and a little for our own commits.
HAND_OVER = timedelta(seconds=settings.EMAIL_TIMEOUT + 5)
RESEND_AFTER = timedelta(minutes=15)
BACK_OFF = [60, 300, 900, 3600, 14400, 43200]  # seconds, with jitter


# --- Planning -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    """A message to be written down. ``key`` is made from the cause and makes it unique for ever."""

    key: str
    stream_id: int
    template_id: int
    customer_id: int | None
    address: str
    language: str
    subject: tuple[str, int]
    cause: tuple[str, int]
    send_after: datetime
    expires_at: datetime | None = None


def plan(planned: Sequence[Planned]) -> None:
    """Write messages in the running transaction; one whose key exists already stays as it is."""
    if not planned:
        return
    purposes = dict(Template.objects.filter(pk__in={p.template_id for p in planned}).values_list("pk", "purpose_id"))
    lanes = dict(Purpose.objects.values_list("code", "lane"))
    insert_missing_rows(
        [
            Message(
                key=p.key,
                stream_id=p.stream_id,
                template_id=p.template_id,
                customer_id=p.customer_id,
                purpose_id=purposes[p.template_id],
                lane=lanes[purposes[p.template_id]],
                address=p.address,
                language=p.language,
                subject_type=p.subject[0],
                subject_id=p.subject[1],
                cause_type=p.cause[0],
                cause_id=p.cause[1],
                send_after=p.send_after,
                expires_at=p.expires_at,
            )
            for p in planned
        ]
    )
    transaction.on_commit(lambda: nudges.nudge("messages"), robust=True)


def stream(slug: str, name: str) -> Stream:
    return Stream.objects.get_or_create(slug=slug, defaults={"name": name})[0]


# --- Sending ------------------------------------------------------------------------------------------------------


def send_due(limit: int = BATCH) -> int:
    """Lease a batch of due messages, ask the gate, render, hand over one by one; how many were taken."""
    now = timezone.now()
    messages = _lease(limit, now)
    if not messages:
        return 0
    decisions = gate.judge(messages, now)
    _note_refusals(messages, decisions)
    leaving = [m for m in messages if decisions[m.pk].verdict == "send"]
    mails = _render_all(leaving, now)
    if mails:
        _hand_over_all([(m, mails[m.pk]) for m in leaving if m.pk in mails])
    return len(messages)


def _lease(limit: int, now: datetime) -> list[Message]:
    """Take due messages, the urgent lane first. The raised lease number is the fence for everything that follows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_message m SET lease = m.lease + 1, lease_until = %s FROM ("
            " SELECT q.id FROM messaging_message q JOIN messaging_stream s ON s.id = q.stream_id"
            " WHERE q.state = 'ready' AND q.send_after <= %s AND s.paused_at IS NULL"
            " AND (q.lease_until IS NULL OR q.lease_until < %s)"
            " ORDER BY q.lane, q.send_after, q.id LIMIT %s FOR UPDATE OF q SKIP LOCKED) due"
            " WHERE m.id = due.id RETURNING m.id",
            [now + LEASE, now, now, limit],
        )
        ids = [row[0] for row in cursor.fetchall()]
    leased = Message.objects.filter(pk__in=ids).select_related("stream")
    return sorted(leased, key=lambda m: (m.lane, m.send_after, m.pk))


def _note_refusals(messages: Sequence[Message], decisions: Mapping[int, gate.Decision]) -> None:
    for m in messages:
        decision = decisions[m.pk]
        if decision.verdict == "skip":
            _move(m, Message.State.SKIPPED, reason=decision.why, settled_at=timezone.now())
        elif decision.verdict == "hold":
            _move(m, Message.State.READY, reason=decision.why, send_after=decision.until, lease_until=None)


READY = (Message.State.READY,)
# A hand-over that took longer than its lease was called unknown meanwhile; whoever made it knows better.
IN_FLIGHT = (Message.State.SENDING, Message.State.UNKNOWN)


def _move(m: Message, state: str, *, reason: Reason | None = None, was: Sequence[str] = READY, **fields) -> bool:
    """Move a message if we still hold its lease; False when somebody else took it over."""
    if reason is not None:
        fields |= {"reason": reason.text, "reason_values": reason.values}
    moved = Message.objects.filter(pk=m.pk, lease=m.lease, state__in=was).update(state=state, **fields)
    return bool(moved)


def _render_all(messages: Sequence[Message], now: datetime) -> dict[int, tuple[RenderedMail, Envelope, int]]:
    """Mails for the messages that can be rendered; the others are settled with the reason why not."""
    try:
        data = contexts.load([(m.subject_type, m.subject_id) for m in messages], now)
    except Exception as error:
        if len(messages) > 1:  # one of them spoils it for all: ask for each alone
            return {pk: mail for m in messages for pk, mail in _render_all([m], now).items()}
        _hold_back(messages[0], error, now)
        return {}
    contents = published_contents({m.template_id for m in messages})
    mails = {}
    for m in messages:
        try:
            mails[m.pk] = _render(m, data, contents)
        except CannotRender as refusal:
            _move(m, Message.State.FAILED, reason=refusal.reason, settled_at=now)
        except Exception as error:
            _hold_back(m, error, now)
    return mails


def _hold_back(m: Message, error: Exception, now: datetime) -> None:
    """An error of ours: the others go on, and this one tries again until it is too late for it."""
    log.exception("message %s could not be written", m.pk, exc_info=error)
    reason = Reason(_("An error on our side: %(error)s"), {"error": f"{type(error).__name__}: {error}"[:300]})
    _move(m, Message.State.READY, reason=reason, send_after=now + gate.LOOK_AGAIN, lease_until=None)


def published_contents(template_ids: set[int]) -> dict[int, dict[str, TemplateContent]]:
    """The contents of the newest published version of each template, by language."""
    newest = (
        TemplateVersion.objects.filter(template__in=template_ids, published_at__isnull=False)
        .order_by("template_id", "-number")
        .distinct("template_id")
    )
    contents: dict[int, dict[str, TemplateContent]] = {}
    for content in TemplateContent.objects.filter(version__in=newest.values("pk")).select_related("version"):
        contents.setdefault(content.version.template_id, {})[content.language] = content
    return contents


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
    name, address = sender_of(store)
    return Envelope(
        message_id=message_id(m, address),
        to=m.address,
        from_name=name,
        from_email=address,
        reply_to=store.get("support_email") or "",
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        headers={"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        if unsubscribe
        else {},
    )


def sender_of(store: Mapping) -> tuple[str, str]:
    """The store's own sender, else the installation's DEFAULT_FROM_EMAIL with the store's name."""
    from email.utils import parseaddr

    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return store.get("from_name") or store.get("name") or name, store.get("from_email") or address


def message_id(m: Message, address: str) -> str:
    """The same on every attempt, so that a receiver who gets a mail twice can keep one."""
    return f"<{hashlib.sha256(m.key.encode()).hexdigest()[:32]}@{address.rpartition('@')[2] or 'localhost'}>"


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


def _hand_over_all(mails: Sequence[tuple[Message, tuple[RenderedMail, Envelope, int]]]) -> None:
    channel = EmailChannel(settings.EMAIL_URL)
    try:
        for place, (m, (mail, envelope, version_id)) in enumerate(mails):
            if place and m.lease_until and timezone.now() > m.lease_until:
                return  # a slow server: the rest of the batch is leased again by whoever is free
            if place == 0 or channel.broken:  # the server may have hung up at the mail before
                channel.open()
            _hand_over(channel, m, mail, envelope, version_id)
    except NoWayOut as error:
        for rest, _mail in mails[place:]:
            _try_later(rest, error, READY)
    finally:
        channel.close()


def _hand_over(channel: EmailChannel, m: Message, mail: RenderedMail, envelope: Envelope, version_id: int) -> None:
    now = timezone.now()
    archived = {"subject": mail.subject[:300], "html": links.mask(mail.html), "text": links.mask(mail.text)}
    started = _move(
        m,
        Message.State.SENDING,
        reason=Reason(""),
        handed_off_at=now,
        lease_until=now + HAND_OVER,
        attempts=m.attempts + 1,
        version_id=version_id,
        **archived,
    )
    if not started:
        return
    m.attempts += 1
    try:
        provider_id = channel.send(envelope)
    except UncleanHeader as refusal:
        _move(m, Message.State.FAILED, was=IN_FLIGHT, reason=refusal.reason, settled_at=now)
    except Exception as error:
        _settle_error(m, error, now)
    else:
        _move(
            m,
            Message.State.SENT,
            was=IN_FLIGHT,
            reason=Reason(""),
            sent_at=timezone.now(),
            provider_id=provider_id[:200],
        )


def _settle_error(m: Message, error: Exception, now: datetime) -> None:
    """Refused before acceptance: later, or never. Cut off in the middle: nobody knows, and we say so."""
    if fell_silent(error):
        reason = Reason(_("The mail server fell silent during the hand-over: %(error)s"), {"error": str(error)[:200]})
        _move(m, Message.State.UNKNOWN, was=IN_FLIGHT, reason=reason)
    elif is_final(error):
        reason = Reason(_("The mail server refused it for good: %(error)s"), {"error": str(error)[:300]})
        _move(m, Message.State.FAILED, was=IN_FLIGHT, reason=reason, settled_at=now)
    else:
        _try_later(m, error, IN_FLIGHT)


def _try_later(m: Message, error: Exception, was: Sequence[str]) -> None:
    log.warning("message %s: %s: %s", m.pk, type(error).__name__, error)
    wait = BACK_OFF[min(max(m.attempts - 1, 0), len(BACK_OFF) - 1)] * random.uniform(0.5, 1)  # noqa: S311 - jitter
    reason = Reason(_("The mail server did not take it yet: %(error)s"), {"error": str(error)[:300]})
    if m.attempts >= len(BACK_OFF):
        _move(m, Message.State.FAILED, was=was, reason=reason, settled_at=timezone.now())
        return
    _move(
        m,
        Message.State.READY,
        was=was,
        reason=reason,
        send_after=timezone.now() + timedelta(seconds=wait),
        lease_until=None,
    )


# --- What nobody knows --------------------------------------------------------------------------------------------

LOST_WORKER = _("The worker died during the hand-over: nobody can tell whether it left.")
SENT_AGAIN = _("Sent once more because nobody could tell whether it had left.")


def resolve_unknown() -> int:
    """Name what a dead worker left behind, and resend where the purpose says so; how many rows moved."""
    now = timezone.now()
    moved = Message.objects.filter(state=Message.State.SENDING, lease_until__lt=now).update(
        state=Message.State.UNKNOWN, reason=LOST_WORKER, reason_values={}
    )
    return moved + Message.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now),
        state=Message.State.UNKNOWN,
        purpose__when_unknown=Purpose.WhenUnknown.RESEND,
        handed_off_at__lt=now - RESEND_AFTER,
        attempts=1,
    ).update(state=Message.State.READY, reason=SENT_AGAIN, reason_values={}, lease_until=None)


def settle_unknown(message: Message, arrived: bool) -> bool:
    """Somebody knows (a provider's log, the customer): it arrived, or it goes out now. False if it was not unknown."""
    unknown = Message.objects.filter(pk=message.pk, state=Message.State.UNKNOWN)
    if arrived:
        return bool(
            unknown.update(state=Message.State.SENT, sent_at=message.handed_off_at, reason="", reason_values={})
        )
    freed = unknown.update(state=Message.State.READY, reason="", reason_values={}, lease_until=None)
    nudges.nudge("messages")
    return bool(freed)


# --- Templates ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """What an author wrote in one language."""

    subject: str
    preheader: str
    mjml: str
    text: str


@transaction.atomic
def publish_template(template: Template, contents: Mapping[str, Written], by=None) -> TemplateVersion:
    """Check, compile and publish a new version. Raises TemplateRefused with every problem, its line and variable."""
    problems = [
        problem
        for w in contents.values()
        for problem in check_content(w.subject, w.preheader, w.mjml, w.text, contexts.describe_all())
    ]
    if problems:
        raise TemplateRefused(problems)
    last = template.versions.aggregate(last=Max("number"))["last"] or 0
    version = TemplateVersion.objects.create(
        template=template, number=last + 1, published_at=timezone.now(), created_by=by
    )
    TemplateContent.objects.bulk_create([_compiled(version, language, w) for language, w in contents.items()])
    return version


def _compiled(version: TemplateVersion, language: str, w: Written) -> TemplateContent:
    compiled = compile_content(w.subject, w.preheader, w.mjml, w.text)
    return TemplateContent(
        version=version,
        language=language,
        subject=w.subject,
        preheader=w.preheader,
        mjml=w.mjml,
        text=w.text,
        html=compiled.html,
        compiled_text=compiled.text,
    )


def load_preset_mails() -> list[Template]:
    """Make the preset templates that are missing; those that exist belong to the people who edit them."""
    made = []
    for preset in read_presets():
        name = preset.name.get(settings.LANGUAGE_CODE) or preset.name["en"]
        template, new = Template.objects.get_or_create(
            slug=preset.slug, defaults={"name": name, "purpose_id": preset.purpose}
        )
        if new:
            written = {lang: Written(c.subject, c.preheader, c.mjml, c.text) for lang, c in preset.contents.items()}
            publish_template(template, written)
            made.append(template)
    return made
