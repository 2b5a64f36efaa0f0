"""Mails that people write: which conversation each belongs to, or that it begins one.

A signature in the address or a known Message-ID says which conversation a mail *means*; it belongs to it only when its
sender takes part in it. Anybody else's is a ticket of its own, with nothing of the old one but a link that agents see.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from customers.actions import language_for
from customers.models import Identifier
from messaging.inbound import Mail, UnreadableMail, read_mail
from messaging.models import InboundMail
from orders.actions import speak
from orders.models import Order, Store
from shelf.emails import normalise_email
from support.actions.tickets import Channel, Opening, Words, addresses_of, hear, open_tickets, orders_of
from support.models import Ticket, TicketMessage


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail as it was received, and what its head says beside: who writes, its id, the ids that it answers."""

    row: InboundMail
    sender: str
    name: str
    ref: str
    answers: tuple[str, ...]
    recipients: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"mail:{self.row.pk}"

    def words(self, belongs: bool) -> Words:
        return Words(
            self.key,
            self.row.text or self.row.subject,
            self.row.pk,
            self.ref[:255],
            self.row.answers_id,
            belongs and self.row.is_proven,
        )


@transaction.atomic
def take_mails(inbound_ids: Sequence[int], now: datetime) -> None:
    """Each becomes a word of the conversation it belongs to, or opens a ticket. What was taken before is left alone.

    Without a store there is nobody in whose name to answer: the mails stay in the list of mails.
    """
    stores = list(Store.objects.select_related("sender").order_by("pk"))
    arrived = _arrived(inbound_ids) if stores else []
    while arrived:
        first, arrived = _apart(arrived)
        _take(first, stores, now)


def _apart(arrived: Sequence[Arrived]) -> tuple[list[Arrived], list[Arrived]]:
    """Mails that do not speak of each other, and those that have to wait for them: two answers to one letter."""
    spoken_of: set[int | str | None] = set()
    first: list[Arrived] = []
    later: list[Arrived] = []
    for mail in arrived:
        marks = {mail.row.answers_id, *mail.answers} - {None, ""}
        (later if marks & spoken_of else first).append(mail)
        spoken_of |= marks | ({mail.ref} - {""})
    return first, later


def _take(arrived: Sequence[Arrived], stores: Sequence[Store], now: datetime) -> None:
    meant = _meant(arrived)
    takes_part = addresses_of(meant.values())
    heard, strays, fresh = [], {}, []
    for mail in arrived:
        ticket = meant.get(mail.row.pk)
        if ticket and mail.sender in takes_part[ticket.pk]:
            heard.append((ticket, mail))
            continue
        if ticket:
            strays[mail.row.pk] = ticket
        fresh.append(mail)
    for ticket, mail in heard:
        hear(ticket.pk, mail.words(belongs=True), now)
    open_tickets(_openings(fresh, strays, stores), now)


def _arrived(inbound_ids: Sequence[int]) -> list[Arrived]:
    taken = set(TicketMessage.objects.filter(mail__in=inbound_ids).values_list("mail_id", flat=True))
    rows = InboundMail.objects.filter(pk__in=set(inbound_ids) - taken).select_related("answers").order_by("pk")
    return [_read(row) for row in rows]


def _read(row: InboundMail) -> Arrived:
    try:
        mail: Mail | None = read_mail(bytes(row.raw))
    except UnreadableMail:  # its text was read before, by an earlier version
        mail = None
    return Arrived(
        row,
        normalise_email(row.from_email) or "",
        mail.from_name if mail else "",
        mail.message_id if mail else "",
        mail.answers if mail else (),
        mail.recipients if mail else (),
    )


# --- Which conversation ---------------------------------------------------------------------------------------------


def _meant(arrived: Sequence[Arrived]) -> dict[int, Ticket]:
    """The conversation that each mail means, by what it answers: a letter of a ticket, a letter that was answered
    before, or a mail of the customer's own. Whether it may is for the caller to say. Three queries.
    """
    by_letter = _tickets_of_letters(arrived)
    refs = {ref for mail in arrived for ref in mail.answers}
    rows = TicketMessage.objects.filter(mail_ref__in=refs).exclude(mail_ref="").select_related("ticket__store")
    by_ref = {said.mail_ref: said.ticket for said in rows.order_by("pk")}
    meant: dict[int, Ticket] = {}
    for mail in arrived:
        ticket = by_letter.get(mail.row.answers_id or 0)
        ticket = ticket or next((by_ref[ref] for ref in mail.answers if ref in by_ref), None)
        if ticket:
            meant[mail.row.pk] = ticket
    return meant


def _tickets_of_letters(arrived: Sequence[Arrived]) -> dict[int, Ticket]:
    letters = {mail.row.answers_id: mail.row.answers for mail in arrived if mail.row.answers}
    rows = TicketMessage.objects.filter(letter__in=letters).select_related("ticket__store").order_by("pk")
    found = {said.letter_id or 0: said.ticket for said in rows}
    own = {pk: letter.subject_id for pk, letter in letters.items() if letter.subject_type == "ticket"}
    tickets = Ticket.objects.select_related("store").in_bulk(set(own.values()))
    return found | {pk: tickets[ticket_id] for pk, ticket_id in own.items() if pk and ticket_id in tickets}


# --- A new one ----------------------------------------------------------------------------------------------------


def _openings(fresh: Sequence[Arrived], strays: dict[int, Ticket], stores: Sequence[Store]) -> list[Opening]:
    letters = {mail.row.answers_id: mail.row.answers for mail in fresh if mail.row.answers}
    about = orders_of({pk: (letter.subject_type, letter.subject_id) for pk, letter in letters.items() if pk})
    people = _people({mail.sender for mail in fresh})
    openings = []
    for mail in fresh:
        stray = strays.get(mail.row.pk)
        letter = mail.row.answers
        order, parcel_id = about.get(mail.row.answers_id or 0, (None, None))
        is_theirs = bool(letter and not stray and _is_to(letter.address, letter.customer_id, mail.sender, people))
        openings.append(
            _opening(mail, stray, (order, parcel_id) if is_theirs else (None, None), people, _store_of(mail, stores))
        )
    return openings


def _opening(
    mail: Arrived,
    stray: Ticket | None,
    about: tuple[Order | None, int | None],
    people: dict[str, tuple[int, str]],
    store: Store,
) -> Opening:
    order, parcel_id = about
    letter = mail.row.answers
    customer_id, chosen = people.get(mail.sender, (None, ""))
    if order:
        store, language = order.store, speak(order)
        customer_id = customer_id or order.customer_id
    else:
        spoken = letter.language if letter and not stray else ""
        language = language_for(chosen, spoken, store.language, store.languages)
    return Opening(
        key=mail.key,
        title=mail.row.subject or _no_subject(language),
        store_id=store.pk,
        channel=Channel.MAIL,
        language=language,
        email=mail.sender,
        name=mail.name,
        customer_id=customer_id,
        order_id=order.pk if order else None,
        shipment_id=parcel_id,
        strays_from_id=stray.pk if stray else None,
        words=mail.words(belongs=order is not None),
    )


def _is_to(address: str, customer_id: int | None, sender: str, people: dict[str, tuple[int, str]]) -> bool:
    """Did the letter go to whoever writes now, at this address or another of theirs?"""
    return bool(sender) and (
        sender == address or (customer_id is not None and people.get(sender, (0,))[0] == customer_id)
    )


def _people(addresses: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Customers whose these addresses are, and the language they chose. Mails make no customers: anybody sends them."""
    rows = Identifier.objects.filter(kind=Identifier.Kind.EMAIL, scope="", value__in=set(addresses) - {""})
    return {value: (pk, chosen) for value, pk, chosen in rows.values_list("value", "customer_id", "customer__language")}


def _store_of(mail: Arrived, stores: Sequence[Store]) -> Store:
    """The shop that was written to, else the oldest."""
    came_to = {_plain(address) for address in mail.recipients}
    for store in stores:
        sender = store.sender
        own = [store.support_email, *([sender.reply_address, sender.address] if sender else [])]
        if came_to & {_plain(address) for address in own if address}:
            return store
    return stores[0]


def _plain(address: str) -> str:
    local, _at, domain = (normalise_email(address) or "").rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _no_subject(language: str) -> str:
    with translation.override(language):
        return gettext("Message without a subject")
