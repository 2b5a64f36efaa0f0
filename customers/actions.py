"""Verbs about people: recognise them, count what they did, open and close matters. Consent: customers/consent.py."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from django.db import transaction

from customers.consent import count_marketing
from customers.events import CustomerChanged, MatterClosed, MatterOpened
from customers.lifecycle import expected_value, usual_gap
from customers.models import Customer, Identifier, OpenMatter, Stats
from customers.zones import ZONE_OF
from events.facts import Recorded, record_all
from shelf.conditions.fields import MANY
from shelf.emails import is_relay, normalise_email
from shelf.phones import country_of, normalise_phone
from shelf.rows import insert_missing_rows, insert_rows, update_rows

Key = tuple[str, str, str]  # kind, scope, value
BELIEVED = ("external", "email", "phone")  # the order in which identifiers are believed


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody was seen: on an order, in a mail, at a counter. Values as they came; ``scope`` is the store's slug."""

    scope: str = ""
    external_id: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    country: str = ""
    region: str = ""  # where a phone without a country code is dialled; the country when empty

    def keys(self) -> list[Key]:
        """Identifiers in the order in which they are believed: the shop's own id, the e-mail, the phone.

        A shop's id is worth only as much as its shop; an address that stands for nobody identifies nobody.
        """
        email = normalise_email(self.email)
        phone = normalise_phone(self.phone, self.region or self.country)
        return [
            *([("external", self.scope, self.external_id)] if self.external_id else []),
            *([("email", "", email)] if email and not is_relay(email) else []),
            *([("phone", "", phone)] if phone else []),
        ]


def recognise(sightings: Sequence[Sighting]) -> list[Customer | None]:
    """The customer behind each sighting, found or created, in order; None when nothing identifies anybody.

    The first identifier that is known decides, but a phone only where e-mails do not speak against it: families share
    phones. Identifiers that are free are added to that customer; one that belongs to somebody else stays theirs. Runs
    in the caller's transaction, in a fixed number of statements for any number of sightings, and two workers that
    meet the same stranger agree on one row.
    """
    met = meet(sightings)
    if met.strangers:
        insert_rows(met.strangers)
        insert_rows(Stats(customer=c, country=c.country) for c in met.strangers)
    lost = _claim(met.free, {id(stranger): stranger for stranger in met.strangers})
    learn_names(sightings, met.found)
    count_marketing({value for _kind, _scope, value in met.free})
    return [lost.get(c.pk, c) if c else None for c in met.found]


@dataclass(frozen=True, slots=True)
class Met:
    """Who was seen, before anything is written: ``free`` are the identifiers that nobody had."""

    found: list[Customer | None]
    strangers: list[Customer]
    free: dict[Key, Customer]


def meet(sightings: Sequence[Sighting]) -> Met:
    """Decide who was seen; two queries, and a third where a phone might speak against an e-mail."""
    wanted = [s.keys() for s in sightings]
    known = _owners({key for keys in wanted for key in keys})
    strangers: list[Customer] = []
    owner_of: dict[Key, Customer] = dict(known)
    mailed = _with_email(owner_of, wanted)
    found: list[Customer | None] = []
    for sighting, keys in zip(sightings, wanted, strict=True):
        customer = next(
            (owner_of[k] for k in keys if k in owner_of and not _contradicts(k, keys, owner_of, mailed)), None
        )
        if customer is None and keys:
            customer = _stranger(sighting, keys)
            strangers.append(customer)
        if customer is not None:
            for key in keys:
                owner_of.setdefault(key, customer)
            if has_email(keys):
                mailed.add(id(customer))
        found.append(customer)
    return Met(found, strangers, {key: owner for key, owner in owner_of.items() if key not in known})


def has_email(keys: Iterable[Key]) -> bool:
    return any(kind == "email" for kind, _scope, _value in keys)


def _contradicts(key: Key, keys: list[Key], owner_of: dict[Key, Customer], mailed: set[int]) -> bool:
    """Is this a phone whose owner is reached at another e-mail than the one seen now?"""
    return key[0] == "phone" and has_email(keys) and id(owner_of[key]) in mailed


def _with_email(owner_of: dict[Key, Customer], wanted: Iterable[list[Key]]) -> set[int]:
    """Ids (of the objects) of known people who have an e-mail; asked only where a phone might decide against one."""
    by_phone = {
        owner_of[key].pk: owner_of[key]
        for keys in wanted
        if has_email(keys) and not any(k in owner_of for k in keys if k[0] != "phone")
        for key in keys
        if key in owner_of
    }
    mailed = {id(owner) for key, owner in owner_of.items() if key[0] == "email"}
    if by_phone:
        rows = Identifier.objects.filter(customer__in=by_phone, kind="email").values_list("customer_id", flat=True)
        mailed |= {id(by_phone[pk]) for pk in rows}
    return mailed


def _owners(keys: set[Key], people: Iterable[Customer] = ()) -> dict[Key, Customer]:
    """Whose these identifiers are; ``people`` are at hand and need not be read."""
    rows = Identifier.objects.filter(value__in={value for _, _, value in keys})
    owner_ids = {(k, s, v): pk for k, s, v, pk in rows.values_list("kind", "scope", "value", "customer_id")}
    owner_ids = {key: pk for key, pk in owner_ids.items() if key in keys}
    known = {customer.pk: customer for customer in people}
    known |= Customer.objects.in_bulk(set(owner_ids.values()) - known.keys())
    return {key: known[pk] for key, pk in owner_ids.items() if pk in known}


def find_known(sightings: Sequence[Sighting]) -> list[Customer | None]:
    """Whose these identifiers are, the most believed first; nobody is made or changed."""
    keys = [one.keys() for one in sightings]
    owner_of = _owners({key for own in keys for key in own})
    return [next((owner_of[key] for key in own if key in owner_of), None) for own in keys]


def _stranger(sighting: Sighting, keys: list[Key]) -> Customer:
    phone = next((value for kind, _, value in keys if kind == "phone"), "")
    country = sighting.country or (country_of(phone) if phone else "")
    return Customer(
        first_name=sighting.first_name[:120],
        last_name=sighting.last_name[:120],
        country=country[:2],
        time_zone=ZONE_OF.get(country, ""),
    )


def _claim(free: dict[Key, Customer], strangers: dict[int, Customer]) -> dict[int, Customer]:
    """Write identifiers that were free; {pk of a stranger: who they turned out to be}.

    Another worker may have been faster: then its customer wins and our stranger goes. Somebody whom we knew before
    stays, and only goes without that identifier. Rows go in sorted, so that two batches wait for each other and never
    for good.
    """
    if not free:
        return {}
    insert_missing_rows(Identifier(kind=k[0], scope=k[1], value=k[2], customer=free[k]) for k in sorted(free))
    theirs = {key: owner for key, owner in _owners(set(free), free.values()).items() if owner.pk != free[key].pk}
    keys_of = defaultdict(list)
    for key, owner in sorted(free.items(), key=lambda item: BELIEVED.index(item[0][0])):
        if id(owner) in strangers:
            keys_of[owner.pk].append(key)
    mailed = _with_email(theirs, keys_of.values())
    lost = {}
    for pk, keys in keys_of.items():
        winner = next((theirs[k] for k in keys if k in theirs and not _contradicts(k, keys, theirs, mailed)), None)
        if winner:
            lost[pk] = winner
    for pk, winner in lost.items():
        Identifier.objects.filter(customer_id=pk).update(customer=winner)
        Customer.objects.filter(pk=pk).delete()
    return lost


def learn_names(sightings: Sequence[Sighting], found: list[Customer | None]) -> None:
    """Fill a name that was empty; a name that a person or an earlier order gave is not overwritten."""
    changed = {}
    for sighting, customer in zip(sightings, found, strict=True):
        if customer and not customer.name and sighting.first_name + sighting.last_name:
            customer.first_name, customer.last_name = sighting.first_name[:120], sighting.last_name[:120]
            changed[customer.pk] = customer
    if changed:
        update_rows(changed.values(), ["first_name", "last_name"])


def language_for(chosen: str, order: str, store_default: str, allowed: Sequence[str]) -> str:
    """The language to speak: the person's own choice, then the order's, then the store's default.

    The order's counts only where the store speaks it. A person's choice is honoured wherever we can speak it.
    """
    ours = ("en", "uk", "ru")
    if chosen in ours:
        return chosen
    if order in ours and (order in allowed or not allowed):
        return order
    return store_default if store_default in ours else "en"


@dataclass(frozen=True, slots=True)
class Bought:
    """What an order adds to its customer's figures; taken back with a negative ``total`` and ``orders=-1``."""

    customer_id: int
    at: datetime
    currency: str
    total: Decimal
    orders: int = 1  # 0: the order was counted before, and only its total changes
    language: str = ""  # in which its customer is spoken to


@dataclass(frozen=True, slots=True)
class Dates:
    """When somebody ordered, for one whose order was taken back: the figures alone could not tell."""

    first: datetime | None
    previous: datetime | None
    last: datetime | None


def count_orders(bought: Iterable[Bought], dates: Mapping[int, Dates] = MappingProxyType({})) -> None:
    """Add to the customers' figures, customers locked in order. ``dates`` replace those of the customers they name."""
    by_customer = defaultdict(list)
    for b in bought:
        by_customer[b.customer_id].append(b)
    if not by_customer:
        return
    rows = list(Stats.objects.select_for_update().filter(pk__in=by_customer).order_by("pk"))
    for row in rows:
        add_up(row, by_customer[row.pk])
        if known := dates.get(row.pk):
            row.first_order_at, row.previous_order_at, row.last_order_at = known.first, known.previous, known.last
        derive(row)
    update_rows(rows, COUNTED)


def add_up(row: Stats, bought: Iterable[Bought]) -> None:
    """Add these orders to the figures of one customer; what follows from the sums is ``derive``'s."""
    for b in sorted(bought, key=lambda b: b.at):
        row.orders = max(0, row.orders + b.orders)
        row.spent = {**row.spent, b.currency: str(Decimal(row.spent.get(b.currency, "0")) + b.total)}
        if b.orders > 0:
            _note_dates(row, b.at)
            row.language = b.language or row.language


COUNTED = (
    *("orders", "spent", "only_currency", "only_spent", "expected", "language"),
    *("first_order_at", "last_order_at", "previous_order_at", "usual_gap_days"),
)


def derive(row: Stats) -> None:
    """What follows from the counts: the only currency, the usual pace, the value at that pace."""
    spent = {currency: Decimal(total) for currency, total in row.spent.items() if Decimal(total)}
    row.only_currency, row.only_spent = MANY if len(spent) > 1 else "", None
    if len(spent) == 1:
        [(row.only_currency, row.only_spent)] = spent.items()
    row.usual_gap_days = usual_gap(row.orders, row.first_order_at, row.last_order_at)
    row.expected = expected_value(row.spent, row.orders, row.usual_gap_days)


def _note_dates(row: Stats, at: datetime) -> None:
    row.first_order_at = min(row.first_order_at or at, at)
    if row.last_order_at is None or at >= row.last_order_at:
        row.previous_order_at, row.last_order_at = row.last_order_at, at
    elif row.previous_order_at is None or at > row.previous_order_at:
        row.previous_order_at = at


def note_rating(customer_id: int, stars: int) -> None:
    Stats.objects.filter(pk=customer_id).update(last_rating=stars)


def note_score(customer_id: int, survey: str, score: int) -> None:
    """``survey``: nps, csat or ces."""
    Stats.objects.filter(pk=customer_id).update(**{f"last_{survey}": score})


@dataclass(frozen=True, slots=True)
class Points:
    """What a person can spend, and when the first of it expires."""

    available: int
    expire_at: datetime | None


def note_points(points: Mapping[int, Points]) -> None:
    """By customer; the caller (loyalty) holds their locks."""
    rows = [Stats(pk=pk, points=p.available, points_expire_at=p.expire_at) for pk, p in sorted(points.items())]
    update_rows(rows, ["points", "points_expire_at"])


def lock_customers(customer_ids: Iterable[int]) -> None:
    """Until the caller's transaction ends, what is decided about these people is decided by the caller alone."""
    list(Stats.objects.select_for_update().filter(pk__in=customer_ids).order_by("pk").values_list("pk"))


def change_tags(customer_ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> int:
    """Put tags on customers and take others off, in the caller's transaction; how many customers changed."""
    changed = []
    for row in Stats.objects.select_for_update().filter(pk__in=customer_ids).order_by("pk"):
        tags = sorted({*row.tags, *(tag.strip()[:60] for tag in add if tag.strip())} - set(remove))
        if tags != row.tags:
            row.tags = tags
            changed.append(row)
    update_rows(changed, ["tags"])
    tell_changed([row.pk for row in changed], "tags")
    return len(changed)


def tell_changed(customer_ids: Iterable[int], *fields: str) -> None:
    """Record that something about these people changed which no other fact tells."""
    record_all([Recorded(CustomerChanged(fields), ("customer", pk), pk) for pk in customer_ids])


@transaction.atomic
def choose_language(customer: Customer, language: str) -> None:
    """The person's own choice; it goes before the order's and the store's (language_for)."""
    Customer.objects.filter(pk=customer.pk).update(language=language)
    Stats.objects.filter(pk=customer.pk).update(language=language)
    tell_changed([customer.pk], "language")


Subject = tuple[str, int]  # what a matter is about: ("shipment", 7)


@transaction.atomic
def open_matters(kind: str, of: Mapping[Subject, int], now: datetime) -> int:
    """Something is not settled with these customers (by subject): asks wait. How many matters are new.

    Opening one twice is the same as once.
    """
    rows = [
        OpenMatter(customer_id=customer, kind=kind, subject_type=subject[0], subject_id=subject[1], opened_at=now)
        for subject, customer in sorted(of.items())
    ]
    new = OpenMatter.objects.filter(pk__in=insert_missing_rows(rows))
    _tell_of_matters(MatterOpened, list(new), now)
    return len(new)


@transaction.atomic
def close_matters(kind: str, subjects: Iterable[Subject], now: datetime) -> int:
    """They are settled: what waited is looked at again, by those who hear of the fact. How many were open."""
    about = defaultdict(list)
    for subject_type, subject_id in subjects:
        about[subject_type].append(subject_id)
    rows = OpenMatter.objects.filter(kind=kind, closed_at__isnull=True).select_for_update().order_by("pk")
    matters = [m for type_, ids in about.items() for m in rows.filter(subject_type=type_, subject_id__in=ids)]
    _tell_of_matters(MatterClosed, matters, now)
    return OpenMatter.objects.filter(pk__in=[matter.pk for matter in matters]).update(closed_at=now)


def _tell_of_matters(fact: type[MatterOpened | MatterClosed], matters: Sequence[OpenMatter], now: datetime) -> None:
    record_all(
        [
            Recorded(fact(m.kind), (m.subject_type, m.subject_id), m.customer_id, now, f"{fact.kind}:{m.pk}")
            for m in matters
        ]
    )
