"""What one reader wants: the page behind ``/p/<token>/`` and the unsubscribe link, as data and as verbs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from customers import law
from customers.actions import choose_language
from customers.channels import Channel, channels_reaching
from customers.consent import (
    SILENT,
    ConsentRefused,
    Said,
    Standing,
    consents_of,
    grant,
    objection,
    standing_of,
    texts_for,
    undo,
    withdraw,
)
from customers.models import Consent, ConsentText, Customer, Identifier, Purpose
from messaging import contexts
from messaging.links import PREFERENCES
from messaging.models import Message, Sender
from shelf import links

Basis = Consent.Basis
ORDERS = "order_updates"


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose page it is: the address that a message went to, the person behind it, and the shop that wrote."""

    message: Message
    store: dict[str, Any] = field(default_factory=dict)
    zone: str = "UTC"

    @property
    def customer(self) -> Customer | None:
        return self.message.customer

    @property
    def country(self) -> str:
        return self.message.country or self.store.get("country", "")

    @property
    def language(self) -> str:
        return (self.customer.language if self.customer else "") or self.message.language


def reader_of(message: Message, now: datetime) -> Reader:
    subject = (message.subject_type, message.subject_id)
    data = contexts.load([subject], now, spaces=()).get(subject, {})  # the store's, which comes first
    return Reader(message, data.get("store", {}), str(data.get("zone", "UTC")))


def message_behind(token: str) -> Message:
    """The message that carried a link to the preference page, or BadLink: forged, revoked or gone look alike."""
    link = links.read(PREFERENCES, token)
    message = Message.objects.select_related("customer").filter(pk=link.object_id).first()
    if message is None:
        raise links.BadLink
    revoked = Identifier.objects.filter(value=message.address, links_revoked_at__gt=link.issued_at)
    if revoked.exists():
        raise links.BadLink
    return message


@dataclass(frozen=True, slots=True)
class Choice:
    """One switch: a purpose on a channel. ``name`` is its field in the form."""

    purpose: Purpose
    channel: str
    address: str
    is_on: bool
    standing: Standing
    wording: ConsentText | None

    @property
    def name(self) -> str:
        return f"{self.channel}-{self.purpose.pk}"

    @property
    def channel_name(self) -> str:
        return str(Channel(self.channel).label)

    @property
    def shown_address(self) -> str:
        return masked(self.address)


def choices_of(reader: Reader, language: str) -> list[Choice]:
    """Every switch of the page, purpose by purpose, in a fixed number of queries."""
    ways, own = channels_of(reader), {reader.message.channel: reader.message.address}
    codes = [*Purpose.CHOICES, *([ORDERS] if len(ways) > 1 else [])]
    second = {law.second_consent(reader.country, code) for code in codes} - {""}
    purposes = Purpose.objects.in_bulk([*codes, *second])
    said = consents_of(ways.values())
    words = texts_for(purposes, reader.country, language)
    order = [*codes[: len(Purpose.CHOICES)], *sorted(second), *codes[len(Purpose.CHOICES) :]]
    return [
        Choice(
            purposes[code],
            channel,
            address,
            objection(said, address, channel, purposes[code], reader.country) is None,
            said.get((address, channel, code), SILENT),
            words.get(code),
        )
        for code in order
        if code in purposes
        for channel, address in (ways.items() if code not in second else own.items())
    ]


def channels_of(reader: Reader) -> dict[str, str]:
    """The channels on which this person can be written to, each with its address; the reader's own first."""
    ways = {reader.message.channel: reader.message.address}
    if reader.customer is None:
        return ways
    ours = set(Sender.objects.values_list("channel", flat=True)) | {Channel.EMAIL}
    for kind, value in reader.customer.identifiers.order_by("pk").values_list("kind", "value"):
        for channel in channels_reaching(kind):
            if channel in ours:
                ways.setdefault(channel, value)
    return ways


@transaction.atomic
def choose(reader: Reader, wanted: Iterable[str], language: str, evidence: Mapping[str, Any], now: datetime) -> int:
    """Make the switches named in ``wanted`` on and all others off; how many lines that added to the ledger.

    Nothing is saved when the choice cannot be: ConsentRefused says why.
    """
    on = set(wanted)
    choices = choices_of(reader, language)
    _check(reader, choices, on)
    changed = [choice for choice in choices if (choice.name in on) != choice.is_on]
    added = sum(_change(reader, choice, choice.name in on, evidence, now) for choice in changed)
    if changed:  # what rested on a consent that is taken back now (law.COVERED_BY_MARKETING) gets one of its own
        fallen = [choice for choice in choices_of(reader, language) if choice.name in on and not choice.is_on]
        added += sum(_change(reader, choice, True, evidence, now) for choice in fallen)
    return added


def _check(reader: Reader, choices: list[Choice], on: set[str]) -> None:
    for choice in choices:
        second = law.second_consent(reader.country, choice.purpose.pk)
        if second and choice.name in on and not any(one.name in on for one in choices if one.purpose.pk == second):
            raise ConsentRefused(
                _("In this country, the consent to the processing of personal data is a second one: tick both boxes.")
            )
    about_orders = [choice for choice in choices if choice.purpose.pk == ORDERS]
    if about_orders and not any(choice.name in on for choice in about_orders):
        raise ConsentRefused(_("News about your orders need at least one way to reach you."))


def _change(reader: Reader, choice: Choice, on: bool, evidence: Mapping[str, Any], now: datetime) -> bool:
    contract = choice.purpose.pk == ORDERS
    said = Said(
        choice.address,
        choice.channel,
        choice.purpose.pk,
        "preferences",
        now,
        {"message": reader.message.pk, **evidence},
        Basis.CONTRACT if contract else Basis.CONSENT,
        choice.wording if on else None,
        reader.customer,
    )
    return (grant(said) if on else withdraw(said)) is not None


@transaction.atomic
def stop_all(reader: Reader, language: str, evidence: Mapping[str, Any], now: datetime) -> int:
    """Everything that can be refused is refused, on every channel; news of orders stay as they are."""
    changed = [c for c in choices_of(reader, language) if c.purpose.pk != ORDERS and not c.standing.is_no]
    return sum(_change(reader, choice, False, {**evidence, "all": True}, now) for choice in changed)


@transaction.atomic
def speak_to(reader: Reader, language: str) -> None:
    """The person chose a language: mails follow, those that are planned already too."""
    if reader.customer is None or reader.customer.language == language:
        return
    choose_language(reader.customer, language)
    reader.customer.language = language
    Message.objects.filter(customer=reader.customer, state=Message.State.READY).update(language=language)


# --- The unsubscribe link -----------------------------------------------------------------------------------------


def leave(message: Message, evidence: Mapping[str, Any], now: datetime) -> Consent | None:
    """End this message's purpose on its channel; None when it had ended already."""
    return withdraw(_of(message, evidence, now))


def come_back(message: Message, evidence: Mapping[str, Any], now: datetime) -> bool:
    """It was a mistake: what this very link ended goes on as before. False when it ended nothing, or more came."""
    line = left_by(message)
    return line is not None and undo(line, _of(message, evidence, now)) is not None


def left_by(message: Message) -> Consent | None:
    """The no that was said by this message's link, as long as it is the last word."""
    line = standing_of(message.address, message.channel, message.purpose_id).line
    said_here = line and not line.is_yes and line.source == "unsubscribe" and line.evidence.get("message") == message.pk
    return line if said_here else None


def _of(message: Message, evidence: Mapping[str, Any], now: datetime) -> Said:
    return Said(
        message.address,
        message.channel,
        message.purpose_id,
        "unsubscribe",
        now,
        {"message": message.pk, **evidence},
        customer=message.customer,
    )


def masked(address: str) -> str:
    """Enough to know one's own, too little for a stranger: ``o•••@example.com``, ``+380 ••• 67``."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}" if at else f"{address[:4]} ••• {address[-2:]}"
