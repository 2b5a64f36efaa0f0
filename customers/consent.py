"""Verbs about consent: ask what was said, write down what is said, confirm it, take it back. The ledger only grows.

The newest line of an address, channel and purpose counts, save those that wait for confirmation.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from customers import law
from customers.events import ConsentGranted, ConsentRevoked
from customers.models import Consent, ConsentText, Customer, Identifier, NotErasable, Purpose
from events.facts import record
from shelf.reasons import Reason, Refusal

Action, Basis = Consent.Action, Consent.Basis
Key = tuple[str, str, str]  # address, channel, purpose

CONFIRM_WITHIN = timedelta(days=30)
ONE_ASK = timedelta(days=1)  # a form pressed ten times asks for one confirmation


class ConsentRefused(Refusal):
    """Words that cannot go into the ledger, with a sentence for whoever sent them."""


# --- Questions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody said last. ``line`` counts; ``waiting`` came after it and waits for its confirmation."""

    line: Consent | None = None
    waiting: Consent | None = None

    @property
    def is_yes(self) -> bool:
        return self.line is not None and self.line.is_yes

    @property
    def is_no(self) -> bool:
        return self.line is not None and not self.line.is_yes

    @property
    def is_consent(self) -> bool:
        """A yes that was really said: the soft opt-in and the contract are none."""
        return self.line is not None and self.line.is_yes and self.line.basis == Basis.CONSENT


SILENT = Standing()


def consents_of(addresses: Iterable[str]) -> dict[Key, Standing]:
    """What was said for each address, channel and purpose, in one query; what is missing is ``SILENT``."""
    keys = ("address", "channel", "purpose_id", "waits")
    rows = Consent.objects.filter(address__among=set(addresses)).order_by(*keys, "-id").distinct(*keys)
    found: dict[Key, dict[bool, Consent]] = {}
    for row in rows:
        found.setdefault((row.address, row.channel, row.purpose_id), {})[row.waits] = row
    return {key: _standing(newest.get(False), newest.get(True)) for key, newest in found.items()}


def _standing(line: Consent | None, waiting: Consent | None) -> Standing:
    if waiting and line and waiting.pk < line.pk:
        waiting = None
    return Standing(line, waiting)


def standing_of(address: str, channel: str, purpose: str) -> Standing:
    return consents_of([address]).get((address, channel, purpose), SILENT)


# The gate's sentences.
UNWANTED = Reason(_("The customer does not want messages of this kind."))
OTHER_CHANNEL = Reason(_("The customer chose another channel for messages of this kind."))
UNCONFIRMED = Reason(_("The consent waits to be confirmed by mail."))
NO_CONSENT = Reason(_("No consent for messages of this kind."))


def objection(
    said: Mapping[Key, Standing], address: str, channel: str, purpose: Purpose, country: str
) -> Reason | None:
    """Why the ledger does not let this message go; None when it does. ``said`` comes from ``consents_of``."""
    standing = said.get((address, channel, purpose.pk), SILENT)
    needs = law.basis_needed(country, purpose)
    if needs == Purpose.Needs.NOTHING:
        # News of an order cannot be refused, but led to another channel: the preference page notes it so.
        line = standing.line
        return OTHER_CHANNEL if line and not line.is_yes and line.basis == Basis.CONTRACT else None
    if standing.is_no:
        return UNWANTED
    if needs == Purpose.Needs.NO_OBJECTION or standing.is_consent:
        return None
    if purpose.pk in law.COVERED_BY_MARKETING and said.get((address, channel, "marketing"), SILENT).is_consent:
        return None
    if standing.waiting:
        return UNCONFIRMED
    if country in law.RULES and purpose.needs != Purpose.Needs.CONSENT:
        return Reason(_("The law of the shop's country (%(country)s) asks for a consent first."), {"country": country})
    return NO_CONSENT


# --- Writing it down ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """Something to be written down. ``source``: a word of ours such as "preferences", "unsubscribe", "shopify"."""

    address: str
    channel: str
    purpose: str
    source: str
    at: datetime
    evidence: dict[str, Any] = field(default_factory=dict)
    basis: str = Basis.CONSENT
    wording: ConsentText | None = None
    customer: Customer | None = None


@transaction.atomic
def note(said: Said, action: str, waits: bool = False) -> Consent:
    """Append one line."""
    line = Consent.objects.create(
        customer=said.customer or owner_of(said.address),
        address=said.address,
        channel=said.channel,
        purpose_id=said.purpose,
        action=action,
        basis=said.basis,
        waits=waits,
        wording=said.wording,
        source=said.source,
        evidence=said.evidence,
        at=said.at,
    )
    _tell(line)
    return line


def _tell(line: Consent) -> None:
    """A line that counts changes the person's figures, and journeys may wait for it."""
    if line.waits:
        return
    if line.purpose_id == "marketing":
        count_marketing([line.address])
    if line.customer_id:
        fact = ConsentGranted if line.is_yes else ConsentRevoked
        said = fact(line.purpose_id, line.channel)
        record(said, subject=("customer", line.customer_id), customer_id=line.customer_id, at=line.at)


# The newest line that counts of each address and channel; a yes at one address is enough, and the soft opt-in is none.
COUNT_MARKETING = """
WITH people AS (
  SELECT DISTINCT customer_id FROM customers_identifier WHERE value = ANY(%(addresses)s) AND kind IN ('email', 'phone')
), said AS (
  SELECT i.customer_id, line.channel = 'email' AS by_mail,
    line.action = ANY(%(yes)s) AS is_yes, line.basis = 'consent' AS is_consent
  FROM people JOIN customers_identifier i USING (customer_id) CROSS JOIN LATERAL (
    SELECT DISTINCT ON (c.channel) c.channel, c.action, c.basis FROM customers_consent c
    WHERE c.address = i.value AND c.purpose_id = 'marketing' AND NOT c.waits ORDER BY c.channel, c.id DESC
  ) line
), found AS (
  SELECT customer_id,
    CASE WHEN bool_or(is_yes AND is_consent) FILTER (WHERE by_mail) THEN 'yes'
      WHEN bool_or(NOT is_yes) FILTER (WHERE by_mail) THEN 'no' ELSE 'nothing' END AS by_mail,
    CASE WHEN bool_or(is_yes AND is_consent) FILTER (WHERE NOT by_mail) THEN 'yes'
      WHEN bool_or(NOT is_yes) FILTER (WHERE NOT by_mail) THEN 'no' ELSE 'nothing' END AS by_text
  FROM said GROUP BY customer_id
)
UPDATE customers_stats s SET marketing = found.by_mail, marketing_texts = found.by_text
FROM found WHERE s.customer_id = found.customer_id
"""


def count_marketing(addresses: Iterable[str]) -> None:
    """Write what was said last about marketing into the figures of whom these addresses belong to."""
    wanted = sorted(set(addresses))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(COUNT_MARKETING, {"addresses": wanted, "yes": [str(action) for action in Consent.YES]})


def owner_of(address: str) -> Customer | None:
    found = Identifier.objects.filter(value=address, kind__in=("email", "phone")).select_related("customer").first()
    return found.customer if found else None


@transaction.atomic
def grant(said: Said) -> Consent | None:
    """Note a yes whose giver is beyond doubt; None when a consent stands already."""
    _one_at_a_time(said.address)
    standing = standing_of(said.address, said.channel, said.purpose)
    if standing.is_consent or (standing.is_yes and said.basis != Basis.CONSENT):
        return None
    return note(said, Action.GRANTED)


@transaction.atomic
def ask_for(said: Said) -> Consent | None:
    """Note a yes that waits for the owner of the address; None when a consent stands.

    A second ask within a day is the first one again: the caller finds its line, and mails nothing new.
    """
    _one_at_a_time(said.address)
    standing = standing_of(said.address, said.channel, said.purpose)
    if standing.is_consent:
        return None
    if standing.waiting and said.at - standing.waiting.at < ONE_ASK:
        return standing.waiting
    return note(said, Action.GRANTED, waits=True)


@transaction.atomic
def withdraw(said: Said) -> Consent | None:
    """Note that somebody does not want these messages; None when that was so already."""
    _one_at_a_time(said.address)
    standing = standing_of(said.address, said.channel, said.purpose)
    if standing.is_no and not standing.waiting:
        return None
    return note(said, Action.WITHDRAWN if standing.is_consent else Action.OBJECTED)


@transaction.atomic
def bring_along(many: Sequence[tuple[Said, bool]]) -> list[Consent]:
    """Note what another system knows (yes or no), by the batch. It counts only where it is news.

    What was said here later than ``at`` stays: an old yes from a shop never undoes a no.
    """
    known = consents_of({said.address for said, _yes in many})
    made = []
    for said, yes in sorted(many, key=lambda pair: pair[0].at):
        key = (said.address, said.channel, said.purpose)
        line = known.get(key, SILENT).line
        if line and (line.is_yes == yes or line.at >= said.at):
            continue
        made.append(note(said, Action.IMPORTED if yes else Action.WITHDRAWN))
        known[key] = Standing(made[-1])
    return made


@transaction.atomic
def undo(withdrawn: Consent, said: Said) -> Consent | None:
    """It was a mistake: what held before the no holds again, on the basis it had. None when something came after."""
    if standing_of(withdrawn.address, withdrawn.channel, withdrawn.purpose_id).line != withdrawn:
        return None
    before = (
        Consent.objects.filter(
            address=withdrawn.address,
            channel=withdrawn.channel,
            purpose=withdrawn.purpose_id,
            waits=False,
            pk__lt=withdrawn.pk,
        )
        .order_by("-pk")
        .first()
    )
    line = Consent(
        customer=withdrawn.customer,
        address=withdrawn.address,
        channel=withdrawn.channel,
        purpose_id=withdrawn.purpose_id,
        action=Action.GRANTED,
        basis=before.basis if before and before.is_yes else Basis.SOFT_OPT_IN,
        wording=before.wording if before and before.is_yes else None,
        source=said.source,
        evidence={**said.evidence, "undoes": withdrawn.pk},
        at=said.at,
    )
    line.save()
    _tell(line)
    return line


# --- Double opt-in ------------------------------------------------------------------------------------------------


def waiting_for(line: Consent, now: datetime) -> list[Consent]:
    """The lines of this address that one press of the button confirms, newest of each purpose."""
    standings = consents_of([line.address])
    return [
        s.waiting
        for (_address, channel, _purpose), s in sorted(standings.items())
        if channel == line.channel and s.waiting and now - s.waiting.at < CONFIRM_WITHIN
    ]


@transaction.atomic
def confirm(lines: Sequence[Consent], evidence: Mapping[str, Any], customer: Customer | None, now: datetime) -> None:
    """The owner of the address pressed the button: what waited counts from now on."""
    for line in lines:
        said = Said(
            line.address,
            line.channel,
            line.purpose_id,
            line.source,
            now,
            {**line.evidence, **evidence, "confirms": line.pk},
            line.basis,
            line.wording,
            customer or line.customer,
        )
        note(said, Action.CONFIRMED)


def is_confirmed(line: Consent) -> bool:
    return Consent.objects.filter(
        Q(evidence__confirms=line.pk),
        address=line.address,
        channel=line.channel,
        purpose=line.purpose_id,
        action=Action.CONFIRMED,
    ).exists()


def _one_at_a_time(address: str) -> None:
    """Two presses at once write one line: the second waits here until the first has written its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 17))", [f"consent:{address}"])


# --- Erasure ------------------------------------------------------------------------------------------------------


@contextmanager
def erasing() -> Iterator[None]:
    """The one door through which lines of the ledger are changed or go, for the rest of the transaction at most."""
    if not connection.in_atomic_block:
        raise NotErasable
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL aftercare.erasing = 'on'")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute("SET LOCAL aftercare.erasing = 'off'")


# --- Texts --------------------------------------------------------------------------------------------------------

LEGAL = Path(__file__).parent / "legal"


def texts_for(purposes: Iterable[str], country: str, language: str) -> dict[str, ConsentText]:
    """The newest text per purpose, of the shop's country, its region, or anywhere; in the reader's language, else in
    English. One query; a purpose without any text is missing."""
    regions = law.region_of(country)
    keys = ("purpose_id", "country", "language")
    rows = (
        ConsentText.objects.filter(purpose__in=list(purposes), country__in=regions, language__in={language, "en"})
        .order_by(*keys, "-version")
        .distinct(*keys)
    )
    rank = {
        (region, spoken): (place, spoken != language)
        for place, region in enumerate(regions)
        for spoken in (language, "en")
    }
    best: dict[str, ConsentText] = {}
    for row in sorted(rows, key=lambda row: rank[row.country, row.language]):  # the law before the language
        best.setdefault(row.purpose_id, row)
    return best


def text_for(purpose: str, country: str, language: str) -> ConsentText | None:
    return texts_for([purpose], country, language).get(purpose)


@transaction.atomic
def publish_text(purpose: str, country: str, language: str, body: str, now: datetime, by=None) -> ConsentText:
    """A new version; the lines of the ledger keep the one that was shown. The lawyer's mark starts anew."""
    Purpose.objects.select_for_update().get(pk=purpose)
    last = ConsentText.objects.filter(purpose=purpose, country=country, language=language).order_by("-version").first()
    if last and last.body == body:
        raise ConsentRefused(_("This text is published already, as version %(version)s."), version=last.version)
    return ConsentText.objects.create(
        purpose_id=purpose,
        country=country,
        language=language,
        version=last.version + 1 if last else 1,
        body=body,
        published_at=now,
        created_by=by,
    )


@cache
def preset_texts() -> tuple[tuple[str, str, str, str], ...]:
    """(purpose, country, language, text), as the files in customers/legal/ have them; no lawyer has seen them."""
    found = []
    for path in sorted(LEGAL.glob("*.toml")):
        country = "" if path.stem == "anywhere" else path.stem
        for purpose, by_language in tomllib.loads(path.read_text("utf-8")).items():
            found += [(purpose, country, language, body.strip()) for language, body in by_language.items()]
    return tuple(found)


def load_preset_texts(now: datetime) -> None:
    """Make the texts that are missing; those that exist belong to the people who edit them."""
    known = set(ConsentText.objects.values_list("purpose_id", "country", "language").distinct())
    for purpose, country, language, body in preset_texts():
        if (purpose, country, language) not in known:
            publish_text(purpose, country, language, body, now)
