"""What news do: they are kept once, move their letter forward, and take dead addresses and complainers out of the post.

Everything in one transaction, and everything as often as one likes: the order of the news, and telling them again,
change nothing.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from customers import consent
from events.models import Connection
from events.sources import Outcome
from messaging.actions import health
from messaging.actions.unknown import settle_by_news
from messaging.identity import messages_of
from messaging.machines import is_machine_click, is_machine_open
from messaging.models import Link, Message, News, Suppression
from messaging.news import Told
from shelf.rows import insert_missing_rows

Kind, Why = News.Kind, Suppression.Reason

SOFT_IN_A_ROW = 7
SOFT_WITHIN = timedelta(days=30)
SOFT_LOOKED_AT = 50  # letters to an address, the newest

Known = dict[tuple[str, str], Message | None]  # (provider, key) → the letter it speaks of


# --- From a provider's request ------------------------------------------------------------------------------------


def source_name(provider: str) -> str:
    return f"news-{provider}"


def connection_of(provider: str) -> Connection:
    """Where a provider's deliveries are kept and counted; made when it knocks for the first time."""
    made = {"name": f"{provider.replace('_', ' ').title()}: /news/{provider}/"}
    return Connection.objects.get_or_create(source=source_name(provider), slug="news", defaults=made)[0]


def store_news(batch: list) -> list[Outcome]:
    """Keep what a batch of requests told, and do what follows from it."""
    now = timezone.now()
    known = note_news([one for _receipt, many in batch for one in many], now)
    for receipt, many in batch:
        about = [known[one.provider, one.key] for one in many]
        receipt.customer_id = next((m.customer_id for m in about if m), None)
    return [None for _each in batch]


# --- What follows -------------------------------------------------------------------------------------------------


@transaction.atomic
def note_news(told: Sequence[Told], now: datetime) -> Known:
    """Keep these news and do what follows, in one transaction. What is not of ours is kept, and nothing follows."""
    known = _letters_of(told)
    _keep(told, known, now)
    ours = [(one, m) for one in told if (m := known[one.provider, one.key])]
    settle_by_news({m.pk for _one, m in ours})
    _suppress(ours, now)
    _withdraw(ours, now)
    return known


def _letters_of(told: Sequence[Told]) -> Known:
    """Which of our letters each speaks of: by our signature, our mark, or the number that the provider gave it."""
    marks = messages_of({one.mark for one in told if one.mark})
    numbers = {one.message_id for one in told if one.message_id} | set(marks.values())
    letters = Message.objects.in_bulk(numbers)
    known: Known = {}
    for one in told:
        number = one.message_id or marks.get(one.mark)
        known[one.provider, one.key] = letters.get(number) if number else None
    _by_their_number([one for one in told if not one.mark and not known[one.provider, one.key]], known)
    return known


def _by_their_number(told: Sequence[Told], known: Known) -> None:
    """The provider's own number, asked for among the letters to that address: only addresses have an index."""
    asked = [one for one in told if one.provider_id and one.address]
    if not asked:
        return
    rows = Message.objects.filter(
        address__in={one.address for one in asked}, provider_id__in={one.provider_id for one in asked}
    )
    found = {(m.address, m.provider_id): m for m in rows}
    for one in asked:
        known[one.provider, one.key] = found.get((one.address, one.provider_id))


def _keep(told: Sequence[Told], known: Known, now: datetime) -> None:
    links = _links({one.url for one in told if one.kind == Kind.CLICKED and one.url})
    insert_missing_rows(
        [
            News(
                message=m,
                provider=one.provider,
                key=one.key[:200],
                kind=one.kind,
                at=_when(one, m, now),
                is_machine=_is_machine(one, m, now),
                is_final=one.is_final,
                address=(one.address or (m.address if m else ""))[:254],
                detail=one.detail[:500],
                link_id=links.get(one.url),
            )
            for one in told
            for m in [known[one.provider, one.key]]
        ]
    )


def _links(urls: Collection[str]) -> Mapping[str, int]:
    """Those of these addresses that stand in our letters: a provider that counts clicks tells the address itself."""
    digests = {hashlib.sha256(url.encode()).hexdigest(): url for url in urls}
    return {digests[d]: pk for pk, d in Link.objects.filter(digest__in=digests).values_list("pk", "digest")}


def _when(one: Told, m: Message | None, now: datetime) -> datetime:
    """When it happened by the teller's clock, which may be wrong: not in the future, nor before the letter was."""
    at = min(one.at or now, now)
    return max(at, m.created_at) if m else at


def _is_machine(one: Told, m: Message | None, now: datetime) -> bool:
    if one.kind == Kind.OPENED:
        return bool(one.user_agent) and is_machine_open(one.user_agent)  # not every provider says who it was
    if one.kind == Kind.CLICKED:
        after = (_when(one, m, now) - m.delivered_at).total_seconds() if m and m.delivered_at else None
        return is_machine_click(one.user_agent or "unsaid", after)
    return False


# --- Addresses that get no more -----------------------------------------------------------------------------------


def _suppress(ours: Sequence[tuple[Told, Message]], now: datetime) -> None:
    """Dead addresses, complainers, and addresses that sent back the last letters one after another."""
    rows = [(m, Why.COMPLAINED) for one, m in ours if one.kind == Kind.COMPLAINED]
    if rows:
        health.complaint_arrived()  # too many of them pause the sender's marketing
    rows += [(m, Why.BOUNCED) for one, m in ours if one.is_dead]
    gone = {m.address for m, _why in rows}
    soft = {m.address: m for one, m in ours if one.kind == Kind.BOUNCED and not one.is_dead and m.address not in gone}
    rows += [(m, Why.SOFT) for address, m in soft.items() if _soft_in_a_row(address, now) >= SOFT_IN_A_ROW]
    rows.sort(key=lambda row: row[0].address)  # two workers lock in one order
    insert_missing_rows(
        [Suppression(address=m.address, channel=m.channel, reason=why, message=m) for m, why in rows if m.address]
    )


def _soft_in_a_row(address: str, now: datetime) -> int:
    """How many of the newest letters to this address came back, with none between them that arrived."""
    recent = Message.objects.filter(address=address, channel="email", created_at__gt=now - SOFT_WITHIN)
    letters = list(recent.exclude(handed_off_at=None).order_by("-pk")[:SOFT_LOOKED_AT])
    told: dict[int, set[str]] = defaultdict(set)
    for message_id, kind in News.objects.filter(message__in=letters).values_list("message_id", "kind"):
        told[message_id].add(kind)
    count = 0
    for m in letters:
        if told[m.pk] & {Kind.DELIVERED, Kind.OPENED, Kind.CLICKED}:
            break
        count += Kind.BOUNCED in told[m.pk]
    return count


def _withdraw(ours: Sequence[tuple[Told, Message]], now: datetime) -> None:
    """Who complains, or unsubscribes at the provider or by mail, wants no more letters of this kind."""
    no_more = {Kind.COMPLAINED: "complaint", Kind.UNSUBSCRIBED: "unsubscribe"}
    said = {(m.address, m.channel, m.purpose_id): (one, m) for one, m in ours if one.kind in no_more and m.address}
    for (address, channel, purpose), (one, m) in sorted(said.items()):
        evidence = {"message": m.pk, "told_by": one.provider}
        consent.withdraw(
            consent.Said(
                address, channel, purpose, no_more[Kind(one.kind)], _when(one, m, now), evidence, customer=m.customer
            )
        )
