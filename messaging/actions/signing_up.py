"""Sign up: a yes is written down and, where the purpose wants it, waits for the button in a mail (double opt-in)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from customers import law
from customers.actions import Sighting, recognise
from customers.channels import Channel
from customers.consent import (
    ConsentRefused,
    Said,
    ask_for,
    confirm,
    consents_of,
    grant,
    text_for,
    waiting_for,
)
from customers.models import Consent, Identifier, Purpose
from messaging.actions.planning import Planned, plan, stream
from messaging.models import Message, Template

TEMPLATE = "confirm_subscription"
MAIL_OF_USE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class SignUp:
    """Somebody says yes to some purposes. ``evidence``: where; ``evidence["store"]`` is the shop's short name."""

    address: str
    purposes: Sequence[str]
    country: str
    language: str
    source: str
    channel: str = Channel.EMAIL
    evidence: dict[str, Any] = field(default_factory=dict)
    sender_id: int | None = None
    is_proven: bool = False  # the address is surely theirs: no mail asks again


@transaction.atomic
def sign_up(wanted: SignUp, now: datetime) -> list[Consent]:
    """The lines that were written or still wait; none where the yes stood already. One mail a day per address."""
    known = Purpose.objects.in_bulk(wanted.purposes)
    _check(wanted, known)
    lines = []
    for code in wanted.purposes:
        said = Said(
            wanted.address,
            wanted.channel,
            code,
            wanted.source,
            now,
            wanted.evidence,
            wording=text_for(code, wanted.country, wanted.language),
        )
        waits = not wanted.is_proven and _needs_mail(known[code], wanted)
        lines.append(ask_for(said) if waits else grant(said))
    made = [line for line in lines if line]
    waiting = [line for line in made if line.waits]
    if waiting:
        _ask_to_confirm(wanted, waiting[0], now)
    return made


def _check(wanted: SignUp, known: Mapping[str, Purpose]) -> None:
    for code in wanted.purposes:
        if code not in (*Purpose.CHOICES, "personal_data") or code not in known:
            raise ConsentRefused(_("“%(purpose)s” is nothing one can sign up for."), purpose=code)
        second = law.second_consent(wanted.country, code)
        if second and second not in wanted.purposes and not _stands(wanted, second):
            raise ConsentRefused(
                _("In this country, the consent to the processing of personal data is a second one: tick both boxes.")
            )
    if wanted.channel != Channel.EMAIL and not wanted.is_proven:
        raise ConsentRefused(_("A yes for this channel needs a proof of yours: no mail can ask whether it was meant."))


def _stands(wanted: SignUp, purpose: str) -> bool:
    found = consents_of([wanted.address]).get((wanted.address, wanted.channel, purpose))
    return bool(found and (found.is_consent or found.waiting))


def _needs_mail(purpose: Purpose, wanted: SignUp) -> bool:
    """Beside a purpose that is confirmed by mail, the second consent of its form waits for the same button."""
    beside = [code for code in wanted.purposes if law.second_consent(wanted.country, code) == purpose.pk]
    return purpose.needs_confirmation or bool(beside)


def _ask_to_confirm(wanted: SignUp, line: Consent, now: datetime) -> None:
    template = Template.objects.filter(slug=TEMPLATE).first()
    if template is None:
        return
    who = hashlib.sha256(f"{wanted.channel}:{wanted.address}".encode()).hexdigest()[:32]
    oldest = min(one.pk for one in waiting_for(line, now))
    plan(
        [
            Planned(
                # While something waits, one mail a day, whatever is typed into forms.
                key=f"confirm:{who}:{oldest}:{now:%Y%m%d}",
                stream_id=stream("account", "Account").pk,
                template_id=template.pk,
                customer_id=line.customer_id,
                address=wanted.address,
                language=wanted.language,
                subject=("consent", line.pk),
                cause=("sign_up", line.pk),
                send_after=now,
                expires_at=now + MAIL_OF_USE,
                country=wanted.country,
                sender_id=wanted.sender_id,
            )
        ]
    )


@transaction.atomic
def confirm_sign_up(line: Consent, evidence: Mapping[str, Any], now: datetime) -> list[Consent]:
    """The owner of the address pressed the button. What waited counts, and the address is proven to be theirs."""
    lines = waiting_for(line, now)
    if not lines:
        return []
    owner = recognise([Sighting(email=line.address)])[0]
    Identifier.objects.filter(kind="email", scope="", value=line.address, verified_at=None).update(verified_at=now)
    mail = mail_of(line)
    confirm(lines, {**evidence, "message": mail.pk if mail else None}, owner, now)
    return lines


def mail_of(line: Consent) -> Message | None:
    """The mail that asked for this confirmation."""
    return Message.objects.filter(subject_type="consent", subject_id=line.pk).order_by("-pk").first()
