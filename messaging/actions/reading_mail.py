"""Mails that came in, each read once: news of a delivery, an automatic answer, or a person.

What a mail claims grants nothing. A signature in the address it came to proves which letter it answers; In-Reply-To is
only a claim, and From not even that.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events import nudges
from events.facts import record
from messaging.actions.arrivals import unpack_mails
from messaging.actions.news import note_news
from messaging.actions.signed_addresses import signed_in
from messaging.events import MailReceived
from messaging.identity import messages_of, read_mark
from messaging.inbound import (
    Mail,
    Report,
    UnreadableMail,
    read_mail,
    read_report,
    why_automatic,
    without_quotes,
)
from messaging.models import InboundMail, Message, News, Sender
from messaging.news import Told
from shelf.emails import normalise_email
from shelf.reasons import Reason

log = logging.getLogger(__name__)

State, Kind = InboundMail.State, News.Kind

BATCH = 20
GIVE_UP_AFTER = 6
SAME_WORDS_WITHIN = timedelta(hours=1)
MOST_PER_HOUR = 20  # mails of one address that reach a person; the rest are kept

UNKNOWN_LETTER = Reason(_("It speaks of a letter that nobody can prove to be ours: nothing follows from it."))
NOT_SPAM = Reason(_("A report that a letter is no spam: nothing follows from it."))
OUR_OWN = Reason(_("It came from an address of our own: answering it would go round in circles."))
SAME_WORDS = Reason(_("The same words came from this address within an hour: a program answers our answers."))
TOO_MANY = Reason(
    _("More than %(count)s mails came from this address within an hour: kept, and nobody is called."),
    {"count": MOST_PER_HOUR},
)
NO_MORE = Reason(_("It asks for no more letters of this kind."))
OURS = _("An error on our side: %(error)s")
EMPTY = _("The mail has no sender, no subject and no words.")


# --- Reading ------------------------------------------------------------------------------------------------------


def read_mails(limit: int = BATCH) -> int:
    """Read what waits, one mail in one transaction; how many were read."""
    moved = unpack_mails()
    for _each in range(limit):
        if not _read_one():
            break
        moved += 1
    return moved


@transaction.atomic
def _read_one() -> bool:
    waiting = InboundMail.objects.select_for_update(skip_locked=True).filter(state=State.WAITING, is_packed=False)
    row = waiting.order_by("pk").first()
    if row is None:
        return False
    row.attempts += 1
    try:
        with transaction.atomic():
            _sort(row, read_mail(bytes(row.raw)), timezone.now())
    except UnreadableMail as refusal:
        _settle(row, State.FAILED, refusal.reason)
    except OperationalError as error:
        if not connection.is_usable():
            raise
        _settle(row, State.WAITING if row.attempts < GIVE_UP_AFTER else State.FAILED, _of_ours(error))
    except Exception as error:
        log.exception("mail %s could not be read", row.pk, exc_info=error)
        _settle(row, State.FAILED, _of_ours(error))
    return True


def _of_ours(error: Exception) -> Reason:
    return Reason(OURS, {"error": f"{type(error).__name__}: {error}".replace("\x00", "")[:300]})


def _settle(row: InboundMail, state: str, reason: Reason = Reason("")) -> None:  # noqa: B008 - frozen
    row.state, row.reason, row.reason_values = state, reason.text, reason.values
    row.save(
        update_fields=[
            *("state", "reason", "reason_values", "attempts", "from_email", "to_email", "subject", "text"),
            *("answers", "is_proven", "customer"),
        ]
    )


def _sort(row: InboundMail, mail: Mail, now: datetime) -> None:
    if not (mail.from_email or mail.subject or mail.text or mail.attachments):
        raise UnreadableMail(EMPTY)
    row.from_email = mail.from_email
    row.to_email = next(map(without_token, mail.recipients), "")  # the signature stays in the mail itself
    row.subject = mail.subject
    row.text = without_quotes(mail.text)
    row.answers = row.customer = None
    row.is_proven = False
    if report := read_report(mail):
        _note_report(row, mail, report, now)
        return
    _thread(row, mail)
    if _asks_for_no_more(row, mail):
        _note_no_more(row, now)
    elif reason := why_automatic(mail) or _why_loop(row, now):
        _settle(row, State.IGNORED, reason)
    else:
        _receive(row)


def _thread(row: InboundMail, mail: Mail) -> None:
    """Which letter it answers: proven by our signature in the address, else claimed by our mark in In-Reply-To."""
    number = signed_in(mail.recipients, "reply")
    marks = [mark for one in mail.answers if (mark := read_mark(one))]
    if number is None and marks:
        found = messages_of(marks)
        claimed = next((found[mark] for mark in marks if mark in found), None)
        row.answers = Message.objects.filter(pk=claimed).first() if claimed else None
    elif number is not None:
        row.answers = Message.objects.filter(pk=number).first()
        row.is_proven = row.answers is not None
    row.customer_id = row.answers.customer_id if row.answers else None


def _receive(row: InboundMail) -> None:
    """A person wrote: kept on the timeline, and told to whoever answers."""
    _settle(row, State.RECEIVED)
    letter = row.answers
    subject = (letter.subject_type, letter.subject_id) if letter and row.is_proven else ("mail", row.pk)
    record(
        MailReceived(row.pk, letter.pk if letter else None, row.is_proven),
        subject=subject,
        customer_id=row.customer_id,
        at=row.received_at,
        key=f"mail.received:{row.pk}",
    )


# --- Programs that answer programs --------------------------------------------------------------------------------


def _why_loop(row: InboundMail, now: datetime) -> Reason | None:
    """A program that knows none of the signs repeats itself; a loop ends with its first round."""
    if row.from_email and without_token(row.from_email) in _own_addresses():
        return OUR_OWN
    if not row.from_email:
        return None
    recent = InboundMail.objects.filter(
        from_email=row.from_email, received_at__gt=now - SAME_WORDS_WITHIN, state=State.RECEIVED
    ).exclude(pk=row.pk)
    before = list(recent.order_by("-received_at").values_list("text", flat=True)[:MOST_PER_HOUR])
    if len(before) >= MOST_PER_HOUR:
        return TOO_MANY
    words = _words(row.text)
    return SAME_WORDS if words and any(_words(text) == words for text in before) else None


def _words(text: str) -> str:
    """Without numbers and spaces: robots count their answers."""
    return re.sub(r"[\d\W_]+", "", text).lower()


def without_token(address: str) -> str:
    local, _at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _own_addresses() -> set[str]:
    named = [parseaddr(settings.DEFAULT_FROM_EMAIL)[1], settings.BOUNCE_ADDRESS]
    for pair in Sender.objects.filter(channel="email").values_list("address", "reply_address"):
        named += pair
    return {without_token(one) for one in map(normalise_email, named) if one}


# --- News by mail -------------------------------------------------------------------------------------------------

KINDS = {
    "delivered": Kind.DELIVERED,
    "relayed": Kind.SENT,
    "delayed": Kind.DEFERRED,
    "failed": Kind.BOUNCED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}


def _note_report(row: InboundMail, mail: Mail, report: Report, now: datetime) -> None:
    """News of the letter that the report proves to be about: by the address it came to, else by our mark in it."""
    if not report.told:
        _settle(row, State.IGNORED, NOT_SPAM)
        return
    addresses = (*mail.recipients, *report.return_paths)
    number = signed_in(addresses, "bounce") or signed_in(addresses, "reply")
    mark = next((found for text in report.about if (found := read_mark(text))), "")
    at = min(mail.sent_at or row.received_at, row.received_at)
    told = [
        Told(
            provider="mail",
            key=f"{row.pk}:{place}",
            kind=KINDS[one.what],
            at=at,
            address=one.address,
            mark=mark,
            message_id=number,
            detail=one.said if one.status in one.said else f"{one.status} {one.said}".strip(),
            is_final=one.what == "failed",
            is_dead=one.is_dead,
        )
        for place, one in enumerate(report.told[:50])
    ]
    known = note_news(told, now)
    row.answers = next((m for m in known.values() if m), None)
    row.is_proven = row.answers is not None
    row.customer_id = row.answers.customer_id if row.answers else None
    _settle(row, State.NEWS, Reason("") if row.answers else UNKNOWN_LETTER)


def _asks_for_no_more(row: InboundMail, mail: Mail) -> bool:
    """Mail programs write so to the mailto: of List-Unsubscribe. Only our own signature makes it count."""
    return row.is_proven and mail.subject.strip().lower() == "unsubscribe"


def _note_no_more(row: InboundMail, now: datetime) -> None:
    letter = row.answers
    if letter is None:
        return
    told = Told("mail", f"{row.pk}:0", Kind.UNSUBSCRIBED, row.received_at, letter.address, message_id=letter.pk)
    note_news([told], now)
    _settle(row, State.NEWS, NO_MORE)


# --- By hand ------------------------------------------------------------------------------------------------------


def read_again(rows: Sequence[int]) -> int:
    """Read these once more: what could not be read, or was taken for something else by an older version."""
    freed = InboundMail.objects.filter(pk__in=rows, state__in=[State.FAILED, State.IGNORED]).update(
        state=State.WAITING, attempts=0, reason="", reason_values={}
    )
    transaction.on_commit(lambda: nudges.nudge("mails"), robust=True)
    return freed


@transaction.atomic
def take_as_written(pk: int) -> bool:
    """A person says that a person wrote it; False when that was so already."""
    row = InboundMail.objects.select_for_update().get(pk=pk)
    if row.state != State.IGNORED:
        return False
    _receive(row)
    return True
