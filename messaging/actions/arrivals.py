"""How mails come in: by a provider's request, as they are, or out of a mailbox. Each is stored before it is read.

Reading them is another matter: messaging/actions/reading_mail.py.
"""

import email
import email.policy
import hashlib
import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from anymail.signals import AnymailInboundEvent, EventType
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from events import nudges
from events.models import Connection
from messaging.channels.imap import Arrived, Mailbox, MailboxAway, Place
from messaging.inbound import MAX_BYTES
from messaging.models import InboundMail
from messaging.news import CONFUSED, PROVIDERS, NotSetUp, unpack
from messaging.news.raw_door import add_envelope
from shelf.reasons import Reason

log = logging.getLogger(__name__)

State = InboundMail.State

BATCH = 20
GIVE_UP_AFTER = 6
# When a mail whose parts could not be fetched is tried again, counted from its arrival: seconds, by attempts.
TRY_AGAIN = (0, 60, 300, 900, 3600, 10800)

# ``manage.py tick --forever`` winds every clock each second; mail servers dislike that.
BETWEEN_LOOKS = timedelta(seconds=50)

TOO_BIG = _("The mail has %(size)s MB; we read up to %(limit)s.")
NOT_UNPACKED = _("The mail could not be taken out of the provider's request: %(error)s")
CAME_BEFORE = Reason(_("The same mail came before."))
BROUGHT_NOTHING = Reason(_("The provider's request holds no mail."))


# --- Keeping ------------------------------------------------------------------------------------------------------


def connection_of(provider: str) -> Connection:
    """Where wrong secrets of this door are counted, and how far a mailbox was read."""
    made = {"name": f"{provider.replace('_', ' ').title()}: /mail/{provider}/"}
    return Connection.objects.get_or_create(source=f"mail-{provider}", slug="mail", defaults=made)[0]


def keep(raw: bytes, provider: str, **fields: Any) -> bool:
    """Store a mail as it came; False when it had come before, by whatever way."""
    _mail, is_new = InboundMail.objects.get_or_create(
        key=key_of(raw), defaults={"raw": raw, "provider": provider, **fields}
    )
    if is_new:
        transaction.on_commit(lambda: nudges.nudge("mails"), robust=True)
    return is_new


def keep_packed(packed: bytes, provider: str) -> bool:
    """Store a provider's request; the mail is taken out of it later, for that may take questions to the provider."""
    _mail, is_new = InboundMail.objects.get_or_create(
        key=f"packed:{hashlib.sha256(packed).hexdigest()}",
        defaults={"raw": packed, "provider": provider, "is_packed": True},
    )
    if is_new:
        transaction.on_commit(lambda: nudges.nudge("mails"), robust=True)
    return is_new


def key_of(raw: bytes) -> str:
    """The same for one mail that comes by two ways, whose carriers write other lines above it.

    The Message-ID alone is not it: whoever knows one could keep the real mail out with a mail of his own.
    """
    head, body = re.split(rb"\r?\n\r?\n", raw[:100_000], maxsplit=1)[0], raw
    found = email.message_from_bytes(head, policy=email.policy.compat32)
    body = raw[len(head) :].replace(b"\r\n", b"\n").strip()
    said = "\n".join(str(found.get(name, "")) for name in ("Message-ID", "From", "Date", "Subject"))
    return hashlib.sha256(said.encode("utf-8", "surrogateescape") + b"\n\n" + body).hexdigest()


# --- From a mailbox -----------------------------------------------------------------------------------------------


def fetch_mailbox() -> int:
    """The clock: look into the mailbox of INBOUND_URL, if nobody did so within a minute; how many mails were new."""
    if not settings.INBOUND_URL:
        return 0
    now = timezone.now()
    kept = connection_of("imap")
    looked = kept.options.get("looked_at")
    if kept.paused_at or (looked and now - datetime.fromisoformat(looked) < BETWEEN_LOOKS):
        return 0
    Connection.objects.filter(pk=kept.pk).update(options={**kept.options, "looked_at": now.isoformat()})
    return look_into_mailbox()


def look_into_mailbox() -> int:
    """How many mails were new. The place is noted with each, in one commit."""
    kept, new = connection_of("imap"), 0
    try:
        with Mailbox(settings.INBOUND_URL) as mailbox:
            for arrived in mailbox.arrivals(_place(kept), MAX_BYTES):
                new += _take(arrived, kept.pk)
                mailbox.mark_seen(arrived.place)
    except MailboxAway as error:
        log.warning("the mailbox is away: %s", error)
    return new


def _place(kept: Connection) -> Place:
    return Place(int(kept.options.get("validity", 0)), int(kept.options.get("uid", 0)))


@transaction.atomic
def _take(arrived: Arrived, connection_id: int) -> bool:
    kept = Connection.objects.select_for_update().get(pk=connection_id)
    known = _place(kept)
    if known.validity == arrived.place.validity and known.uid >= arrived.place.uid:
        return False  # another worker was here a moment ago
    if arrived.size > MAX_BYTES:
        values = {"size": arrived.size // 1_000_000, "limit": MAX_BYTES // 1_000_000}
        too_big = {"state": State.FAILED, "reason": TOO_BIG, "reason_values": values}
        is_new = keep(arrived.raw, "imap", **too_big)
    else:
        is_new = keep(arrived.raw, "imap")
    kept.options = {**kept.options, "validity": arrived.place.validity, "uid": arrived.place.uid}
    kept.save(update_fields=["options"])
    return is_new


# --- Out of a provider's request ----------------------------------------------------------------------------------


def unpack_mails(limit: int = BATCH) -> int:
    """Take mails out of the requests that brought them. Outside of any transaction: some parts are fetched."""
    packed = InboundMail.objects.filter(state=State.WAITING, is_packed=True).order_by("pk")
    now, moved = timezone.now(), 0
    for pk, attempts, arrived in list(packed.values_list("pk", "attempts", "received_at")[: limit * 5]):
        if now >= arrived + timedelta(seconds=TRY_AGAIN[min(attempts, len(TRY_AGAIN) - 1)]):
            moved += _unpack(pk)
    return moved


def _unpack(pk: int) -> int:
    row = InboundMail.objects.get(pk=pk)
    try:
        mails = list(_mails_in(row))
    except NotSetUp as missing:
        return _not_unpacked(row, str(missing))
    except (*CONFUSED, OSError) as error:
        return _not_unpacked(row, f"{type(error).__name__}: {error}")
    with transaction.atomic():
        row = InboundMail.objects.select_for_update().get(pk=pk)
        if not row.is_packed or row.state != State.WAITING:
            return 0
        if not mails:
            _note(row, State.IGNORED, BROUGHT_NOTHING)
            return 1
        for raw in mails[1:]:
            keep(raw, row.provider)
        row.raw, row.is_packed, row.attempts = mails[0], False, 0
        key = key_of(mails[0])
        if InboundMail.objects.filter(key=key).exists():
            row.state, row.reason, row.reason_values = State.IGNORED, CAME_BEFORE.text, {}
        else:
            row.key = key
        row.save(update_fields=["raw", "is_packed", "attempts", "key", "state", "reason", "reason_values"])
    return 1


def _mails_in(row: InboundMail) -> Iterator[bytes]:
    view = PROVIDERS[row.provider].view("mail", proven=True)
    for event in view.parse_events(unpack(json.loads(bytes(row.raw)))):
        if isinstance(event, AnymailInboundEvent) and event.event_type == EventType.INBOUND:
            m = event.message
            raw = m.as_bytes(policy=email.policy.compat32.clone(linesep="\r\n"))
            yield add_envelope(raw, m.envelope_sender, m.envelope_recipient)


def _not_unpacked(row: InboundMail, error: str) -> int:
    log.warning("mail %s could not be taken out of its request: %s", row.pk, error[:200])
    row.attempts += 1
    state = State.FAILED if row.attempts >= GIVE_UP_AFTER else State.WAITING
    _note(row, state, Reason(NOT_UNPACKED, {"error": error.replace("\x00", "")[:300]}))
    return 0  # it is not due again at once


def _note(row: InboundMail, state: str, reason: Reason) -> None:
    row.state, row.reason, row.reason_values = state, reason.text, reason.values
    row.save(update_fields=["state", "reason", "reason_values", "attempts"])
