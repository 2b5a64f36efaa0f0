"""A mail shown before it is sent: filled with the data of a real order, and sent to ourselves.

A test goes through the real channel and is no message: no row, no quota, no statistics, no customer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import make_msgid

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from customers.channels import Channel
from messaging import blocks, contexts, headers, named
from messaging.actions.planning import default_sender
from messaging.actions.templates import Written, compiled, refuse_problems
from messaging.actions.trials import try_envelope
from messaging.actions.writing import sender_of, why_sent
from messaging.channels import texts
from messaging.channels.email import Envelope
from messaging.models import Sender, Suppression, Template
from messaging.rendering import CannotRender, MissingVariable, RenderedMail, dress
from messaging.rendering.sandbox import render_limited
from shelf.emails import normalise_email
from shelf.reasons import Refusal
from staff.models import User

TESTS_PER_HOUR = 20
CONTRACT = ("order_updates", "account", "support")  # nothing to unsubscribe from

NOTHING_TO_SHOW = _("There is no order yet to show this mail with.")
GONE = _("What this mail should be shown with is gone.")
NO_ADDRESS = _("“%(address)s” is no e-mail address.")
SUPPRESSED = _("Nothing is sent to %(address)s: %(why)s. Take it off the list of suppressed addresses first.")
TOO_OFTEN = _("That were %(most)s tests within an hour. Wait a little.")
TOO_LONG = _("%(language)s: the text has %(letters)s letters when it is filled, and this channel takes %(most)s.")
NOT_YET = _("Test messages exist for e-mail only so far.")
NOT_TAKEN = _("%(meaning)s The server said: %(said)s")


@dataclass(frozen=True, slots=True)
class Shown:
    """A filled mail, and what it was filled with."""

    mail: RenderedMail
    subject: tuple[str, int]
    store: Mapping


def examples(template: Template, typed: str = "", limit: int = 8) -> list[tuple[str, int, str]]:
    """(subject type, id, name) a template can be shown with; parcels come first where it speaks of one."""
    found = contexts.examples(typed.strip()[:100], limit)
    newest = template.versions.order_by("-number").first()
    contents = newest.contents.all() if newest else ()
    text = "".join(f"{c.subject}{c.preheader}{c.blocks}{c.mjml}{c.text}" for c in contents)
    of_parcel = "shipment." in text or "'block': 'tracking'" in text
    return sorted(found, key=lambda row: (row[0] == "shipment") != of_parcel)


def fill(
    written: Written, language: str, template: Template, subjects: Sequence[tuple[str, int]], now: datetime
) -> Shown:
    """The mail filled with the first of the subjects that it fits. Raises CannotRender, TemplateRefused.

    A variable that is missing is told by its block and field.
    """
    refuse_problems({language: written}, template.channel)
    content = compiled(written, language, template.channel)
    sender = known_sender(template.channel)
    why, fields = CannotRender(NOTHING_TO_SHOW), named.fields_in(content.sources)
    for subject in subjects:
        data = contexts.load([subject], now, fields).get(subject)
        if data is None:
            why = CannotRender(GONE)
            continue
        manner = data.get("manner") or {}
        ready = dress(content, language, capital_you=manner.get("capital_you", False)).content
        whole = {**data, "message": _of_message(template, sender, language, data["store"])}
        try:
            return Shown(render_limited(ready, whole, language, data["zone"]), subject, data["store"])
        except MissingVariable as missing:
            why = _by_block(written, missing)
        except CannotRender as refusal:
            why = refusal
    raise why


def known_sender(channel: str) -> Sender:
    """The default sender of a channel, or one that is not stored: looking makes nothing."""
    return Sender.objects.filter(channel=channel, is_default=True).first() or Sender(channel=channel)


def refuse_too_long(
    written: Written, language: str, template: Template, subjects: Sequence[tuple[str, int]], now: datetime
) -> None:
    """A text that this channel would refuse is not published. Raises Refusal.

    Without an order to fill it with, it is measured as it stands.
    """
    refuse_problems({language: written}, template.channel)
    try:
        text = fill(written, language, template, subjects, now).mail.text
    except CannotRender:
        text = written.text
    most = texts.LONGEST[template.channel]
    if len(text) > most:
        raise Refusal(TOO_LONG, language=language.upper(), letters=len(text), most=most)


def _of_message(template: Template, sender: Sender, language: str, store: Mapping) -> dict[str, str]:
    """As a message would have it; links to unsubscribe lead nowhere, for nobody has been written to."""
    bound = template.purpose_id in CONTRACT
    return {
        "language": language,
        "unsubscribe_url": "" if bound else f"{settings.PUBLIC_URL}/#unsubscribe",
        "preferences_url": f"{settings.PUBLIC_URL}/#preferences",
        "reason": "" if bound else why_sent(store["name"], language),
        "person": headers.one_name(sender.person) or store["name"],
        "photo_url": sender.photo_url,
    }


def _by_block(written: Written, missing: MissingVariable) -> CannotRender:
    problem = blocks.where(written.blocks, missing.variable) if written.blocks is not None else None
    return CannotRender(_("%(what)s"), what=str(problem)) if problem else missing


def send_test(
    written: Written,
    language: str,
    template: Template,
    subjects: Sequence[tuple[str, int]],
    address: str,
    by: User,
    now: datetime,
) -> str:
    """Send it to one address, marked as a test, at once; a sentence that says so. Raises Refusal, TemplateRefused."""
    if template.channel != Channel.EMAIL:
        raise Refusal(NOT_YET)
    to = normalise_email(address)
    if not to:
        raise Refusal(NO_ADDRESS, address=address[:80])
    suppressed = Suppression.objects.filter(address=to, channel=template.channel).first()
    if suppressed:
        raise Refusal(SUPPRESSED, address=to, why=suppressed.get_reason_display())
    shown = fill(written, language, template, subjects, now)
    _count(by)
    sender = default_sender(template.channel)
    trial = try_envelope(_envelope(shown, to, sender), sender.url or settings.EMAIL_URL)
    if not trial.is_taken:
        raise Refusal(NOT_TAKEN, meaning=str(trial.meaning), said=trial.said)
    return gettext("The test was sent to %(address)s. %(meaning)s") % {"address": to, "meaning": str(trial.meaning)}


def _count(by: User) -> None:
    key = f"mail_tests:{by.pk}"
    cache.add(key, 0, timeout=int(timedelta(hours=1).total_seconds()))
    if cache.incr(key) > TESTS_PER_HOUR:
        raise Refusal(TOO_OFTEN, most=TESTS_PER_HOUR)


def _envelope(shown: Shown, to: str, sender: Sender) -> Envelope:
    name, address = sender_of(sender, shown.store)
    mail = replace(shown.mail, subject=gettext("[Test] %(subject)s") % {"subject": shown.mail.subject})
    return Envelope(
        message_id=make_msgid(idstring="test", domain=address.rpartition("@")[2] or "localhost"),
        to=to,
        from_name=name,
        from_email=address,
        reply_to=shown.store.get("support_email") or "",
        subject=mail.subject,
        html=mail.html,
        text=mail.text,
        headers={"Auto-Submitted": "auto-generated"},
    )
