"""The contact form: from an order's page, where the link proves who writes; from ``/contact/``, where nothing does.

The stranger's rule: whoever writes is told the same whatever we know, in the same time. A number and an address that
go together are believed, as "find my order" believes them, for all that follows goes to that address. Else one mail of
fixed words asks the owner of the address whether the message is theirs; before that no agent is called, and none of
what was typed is in any mail (a form that mails a stranger's words to anybody is a relay for spam).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from orders.actions import speak
from orders.models import Order, Store
from shelf.emails import normalise_email
from support.actions import letters
from support.actions.tickets import Channel, Opening, State, TicketRefused, Words, confirm, hear, open_tickets, written
from support.models import Ticket

UNCONFIRMED_A_DAY = 3  # tickets of one address that wait for their confirmation
KEPT_UNCONFIRMED = timedelta(days=7)

NO_EMAIL = _("This is no e-mail address to which we could answer.")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a stranger typed. ``once`` is the form's own number: pressed twice, it is sent once."""

    once: str
    email: str
    text: str
    name: str = ""
    number: str = ""
    language: str = "en"


@transaction.atomic
def write_about_order(order: Order, text: str, once: str, now: datetime) -> Ticket:
    """Somebody with the link to an order wrote: a ticket on the order, and a note of receipt with the link to it."""
    said = written(text)
    language = speak(order)
    with translation.override(language):
        title = gettext("Your order %(number)s") % {"number": order.number}
    key = f"form:{_digest(once)}"
    opening = Opening(
        key=key,
        title=title,
        store_id=order.store_id,
        channel=Channel.FORM,
        language=language,
        email=order.email,
        name=f"{order.first_name} {order.last_name}".strip(),
        customer_id=order.customer_id,
        order_id=order.pk,
        words=Words(key, said, is_proven=True),
    )
    return _open_and_tell(opening, letters.RECEIVED, now)


@transaction.atomic
def write_as_stranger(store: Store, typed: Typed, now: datetime) -> None:
    """Raises TicketRefused for what cannot be a message; else one mail goes to the address, and nothing is told."""
    said = written(typed.text)
    email = normalise_email(typed.email)
    if email is None:
        raise TicketRefused(NO_EMAIL)
    order = _order_of(typed.number, email)
    key = f"form:{_digest(typed.once)}"
    with translation.override(typed.language):
        title = gettext("Your message to %(store)s") % {"store": (order.store if order else store).name}
    waiting = Ticket.objects.filter(email=email, state=State.UNCONFIRMED, opened_at__gt=now - timedelta(days=1))
    if order is None and waiting.exclude(key=key).count() >= UNCONFIRMED_A_DAY:
        return
    opening = Opening(
        key=key,
        title=title,
        store_id=order.store_id if order else store.pk,
        channel=Channel.FORM,
        language=typed.language,
        email=email,
        name=typed.name,
        customer_id=order.customer_id if order else None,
        order_id=order.pk if order else None,
        words=Words(key, said),
        is_confirmed=order is not None,
        claimed_order=typed.number,
    )
    _open_and_tell(opening, letters.RECEIVED if order else letters.CONFIRM, now)


def _open_and_tell(opening: Opening, letter: str, now: datetime) -> Ticket:
    tickets, new = open_tickets([opening], now)
    ticket = tickets[opening.key]
    if new and ticket.email:
        letters.write(ticket, letter, f"{letter}:{ticket.pk}", ("ticket", ticket.pk), now)
    return ticket


def _order_of(number: str, email: str) -> Order | None:
    """The newest order of this number and address, as orders/finding.py looks for it."""
    wanted = number.replace("\0", "").strip().lstrip("#№ ")[:60]
    rows = Order.objects.filter(number__in=[wanted, f"#{wanted}"], email=email, placeholder=False)
    return rows.select_related("store").order_by("-placed_at", "-pk").first()


@transaction.atomic
def write_again(ticket: Ticket, text: str, once: str, now: datetime) -> None:
    """The customer answers on the ticket's page; a stranger who has the link has read the mail that asked."""
    said = written(text)
    if ticket.state == State.UNCONFIRMED:
        confirm(ticket.pk, now)
    hear(ticket.pk, Words(f"page:{ticket.pk}:{_digest(once)}", said, is_proven=True), now)


def forget_unconfirmed() -> int:
    """The clock: what nobody confirmed within a week goes, with all that was typed."""
    before = timezone.now() - KEPT_UNCONFIRMED
    old = Ticket.objects.filter(state=State.UNCONFIRMED, opened_at__lt=before).values_list("pk", flat=True)[:100]
    return Ticket.objects.filter(pk__in=list(old)).delete()[0]


def _digest(once: str) -> str:
    return hashlib.sha256(once.encode("utf-8", "replace")).hexdigest()[:40]
