"""From tales to a list of things that happen, each at its time: deliveries of webhooks, answers of customers."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from campaigns.demo import payloads
from campaigns.demo.payloads import Sale, Scan
from campaigns.demo.shapes import Parcel, Said, Shop, Tale

CARRIERS_SLUG = "parcels"  # of the connections to AfterShip and EasyPost
FIRST_DAY, LAST_DAY = 38, 8  # between them, so many days ago, lie the orders of the made-up history

# When what only few orders meet happens: minutes after the order, or hours ago; the rest three days ago.
SOON = ("bounced", "part paid", "visit", "subscription", "changed mind")
LATELY = ("cash", "money back")
ALONE = ("no address", "return", "bounced")  # of these people nothing else is told

# What a carrier scans until this; the last leg ("ready" or "out") depends on the way.
ON_THE_ROAD = ("label", "picked_up", "moving", "arrived")
WAYS = {
    "packing": (),
    "label": ("label",),
    "picked_up": ("label", "picked_up"),
    "moving": ("label", "picked_up", "moving"),
    "arrived": ON_THE_ROAD,
    "ready": (*ON_THE_ROAD, "ready"),
    "out": (*ON_THE_ROAD, "out"),
    "attempt": (*ON_THE_ROAD, "out", "attempt"),
    "trouble": ("label", "picked_up", "moving", "trouble"),
    "delivered": (*ON_THE_ROAD, "last leg", "delivered"),
}
LAST_STRETCH = {("out", "delivered"): 3.5, ("out", "attempt"): 3, ("ready", "delivered"): 21}  # hours


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook knocks at /in/<source>/<slug>/. ``about`` names the order. What ``starts`` a journey must have had its
    effect before something that ``ends`` one."""

    at: datetime
    source: str
    slug: str
    topic: str
    about: str
    key: str
    payload: dict[str, Any] | bytes
    starts: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A customer who was asked writes a review."""

    at: datetime
    sale: Sale
    said: tuple[Said, ...]
    about: str
    starts: bool = False
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that only few orders meet: ``fate`` is one of load.FATES."""

    at: datetime
    sale: Sale
    fate: str
    about: str
    starts: bool = False
    ends: bool = True


Happening = Delivery | Answer | Deed


def happenings(shop: Shop, now: datetime, pictures: str) -> list[Happening]:
    """Everything that happens around one shop, in order. The same ``now`` gives the same list."""
    rng = random.Random(shop.slug)  # noqa: S311 - the same shop tells the same tales
    told = [*shop.tales, *_history(shop, now, rng)]
    told.sort(key=lambda tale: moment(tale.placed, now, shop))
    sales = [Sale(shop, tale, shop.first_number + i, moment(tale.placed, now, shop)) for i, tale in enumerate(told)]
    everything = [h for sale in sales for h in _of_sale(sale, now, pictures, rng)]
    return sorted((h for h in everything if h.at <= now), key=lambda h: h.at)


# --- Moments ------------------------------------------------------------------------------------------------------


def moment(spec: str, now: datetime, shop: Shop) -> datetime:
    """See shapes.py for how moments are written."""
    ago, _, clock = spec.partition(" ")
    number, unit = int(ago[:-1]), ago[-1]
    if unit == "m":
        return now - timedelta(minutes=number)
    if unit == "h":
        return now - timedelta(hours=number, minutes=number * 17 % 53)  # a good three hours ago
    zone = ZoneInfo(shop.time_zone)
    day = now.astimezone(zone).date() - timedelta(days=number)
    return datetime.combine(day, time.fromisoformat(clock), zone)


def by_day(at: datetime, shop: Shop) -> datetime:
    """The same moment, or the last one before it at which couriers and packers work (8 to 20)."""
    local = at.astimezone(ZoneInfo(shop.time_zone))
    if local.hour < 8:
        return local.replace(hour=18) - timedelta(days=1)
    return local.replace(hour=19) if local.hour >= 20 else local


# --- The weeks before ---------------------------------------------------------------------------------------------


def _history(shop: Shop, now: datetime, rng: random.Random) -> Iterator[Tale]:
    """Orders that went well, spread over the weeks before; every other one is reviewed."""
    people = [
        key for key, p in shop.people.items() if p.email and key not in {t.who for t in shop.tales if t.fate in ALONE}
    ]
    words = {key: iter(goods.said) for key, goods in shop.goods.items()}
    about_store = iter(shop.about_store)
    for i in range(shop.history):
        ago = FIRST_DAY - i * (FIRST_DAY - LAST_DAY) // (shop.history - 1) - rng.randint(0, 1)
        what = {key: rng.choice((1, 1, 1, 2)) for key in rng.sample(list(shop.goods), rng.choice((1, 2, 2, 3)))}
        tale = Tale(
            f"{ago}d {rng.choice((8, 10, 12, 13, 17, 19, 20, 21, 22)):02}:{rng.randint(0, 59):02}",
            rng.choice(people),
            what,
            (Parcel("delivered", f"{ago - rng.randint(*shop.days)}d {rng.randint(9, 19):02}:{rng.randint(0, 59):02}"),),
            to=rng.choice(("usual", "usual", "other")),
        )
        yield replace(tale, said=_said(what, words, about_store)) if i % 4 != 1 else tale


def _said(what: dict[str, int], words: dict[str, Iterator], about_store: Iterator) -> tuple[Said, ...]:
    """Words that nobody has used yet; stars alone where there are none left."""
    answers = [Said(key, *next(words[key], (5, ""))) for key in what]
    store = next(about_store, None)
    return (*answers, Said("", *store)) if store else tuple(answers)


# --- One order ----------------------------------------------------------------------------------------------------


def _of_sale(sale: Sale, now: datetime, pictures: str, rng: random.Random) -> Iterator[Happening]:
    tale = sale.tale
    yield _from_shop(sale, sale.placed_at + timedelta(seconds=2), "placed", _order(sale, sale.placed_at, pictures), rng)
    if tale.end:
        at = moment(tale.ended, now, sale.shop)
        yield _from_shop(sale, at, tale.end, _order(sale, at, pictures, end=tale.end), rng)
    for part, parcel in enumerate(tale.parcels, 1):
        yield from _of_parcel(sale, part, parcel, now, pictures, rng)
    if tale.fate:
        yield Deed(_fated_at(sale, now), sale, tale.fate, sale.name)
    if tale.said:
        arrived = max(moment(parcel.latest, now, sale.shop) for parcel in tale.parcels)
        yield Answer(_answered_at(sale, arrived, rng), sale, tale.said, sale.name)


def _fated_at(sale: Sale, now: datetime) -> datetime:
    if sale.tale.fate in SOON:
        return sale.placed_at + timedelta(minutes=4)
    return now - (timedelta(hours=4) if sale.tale.fate in LATELY else timedelta(days=3))


def _order(sale: Sale, at: datetime, pictures: str, end: str = "", number: str = "") -> dict[str, Any]:
    if sale.shop.platform == "woocommerce":
        return payloads.woo_order(sale, at, end, pictures, number)
    return payloads.shopify_order(sale, at, end)


TOPICS = {
    "shopify": {
        "placed": "orders/create",
        "cancelled": "orders/cancelled",
        "refunded": "orders/updated",
        "sent": "fulfillments/create",
    },
    "woocommerce": {
        "placed": "order.created",
        "cancelled": "order.updated",
        "refunded": "order.updated",
        "sent": "order.updated",
    },
}


def _from_shop(sale: Sale, at: datetime, what: str, payload: dict[str, Any], rng: random.Random) -> Delivery:
    shop, topic = sale.shop, TOPICS[sale.shop.platform][what]
    starts, ends = what == "placed", what in ("cancelled", "refunded")
    return Delivery(at, shop.platform, shop.slug, topic, sale.name, _id(rng), payload, starts, ends)


def _answered_at(sale: Sale, arrived: datetime, rng: random.Random) -> datetime:
    """They are asked on the eighth day at ten (see the preset journey) and answer that evening or the next."""
    local = arrived.astimezone(ZoneInfo(sale.shop.time_zone)) + timedelta(days=8 + rng.randint(0, 1))
    return local.replace(hour=rng.randint(17, 21), minute=rng.randint(0, 59))


def _id(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


# --- One parcel ---------------------------------------------------------------------------------------------------


def _of_parcel(
    sale: Sale, part: int, parcel: Parcel, now: datetime, pictures: str, rng: random.Random
) -> Iterator[Happening]:
    number = "".join(str(rng.randint(0, 9)) if c == "#" else c for c in sale.way.number)
    latest = by_day(moment(parcel.latest, now, sale.shop), sale.shop)
    packed = by_day(
        sale.placed_at + min(timedelta(hours=rng.randint(3, 19)), (latest - sale.placed_at) * 0.3), sale.shop
    )
    left = min(max(packed, sale.placed_at + timedelta(minutes=25)), now - timedelta(minutes=5))
    yield _dispatch(sale, part, parcel, left, number, pictures, rng)
    scans = _scans(sale, parcel, left, max(latest, left + timedelta(minutes=40)), now)
    day = ZoneInfo(sale.shop.time_zone)
    due = (latest if parcel.due is None else now + timedelta(days=parcel.due)).astimezone(day).date()
    for seen in _told(scans):
        yield _from_carrier(sale, number, seen, due, rng)


def _dispatch(
    sale: Sale, part: int, parcel: Parcel, left: datetime, number: str, pictures: str, rng: random.Random
) -> Delivery:
    """The shop reports the parcel."""
    if sale.shop.platform == "woocommerce":
        return _from_shop(sale, left, "sent", _order(sale, left, pictures, number=number), rng)
    waits = parcel.plot == "packing"
    status = "pending" if waits else "success"
    sent = payloads.shopify_fulfilment(sale, part, left, "" if waits else number, _share(sale, part), status)
    return _from_shop(sale, left, "sent", sent, rng)


def _share(sale: Sale, part: int) -> list:
    """What is in this parcel: the last goods travel in the last of several."""
    if len(sale.tale.parcels) == 1:
        return sale.lines
    return sale.lines[-1:] if part == len(sale.tale.parcels) else sale.lines[:-1]


def _scans(sale: Sale, parcel: Parcel, left: datetime, latest: datetime, now: datetime) -> list[Scan]:
    kinds = [sale.way.last_leg if kind == "last leg" else kind for kind in WAYS[parcel.plot]]
    times = _spread(kinds, left + timedelta(minutes=15), min(latest, now - timedelta(minutes=4)))
    kinds = [parcel.trouble if kind == "trouble" else kind for kind in kinds]
    return [_scan(sale, kind, at) for kind, at in zip(kinds, times, strict=True)]


def _spread(kinds: Sequence[str], begin: datetime, end: datetime) -> list[datetime]:
    """A time for each scan: the last leg is short, the road before it is even."""
    if len(kinds) < 2:
        return [begin for _ in kinds]
    end = max(end, begin + timedelta(minutes=len(kinds)))
    stretch = timedelta(hours=LAST_STRETCH.get((kinds[-2], kinds[-1]), 0))
    tail = [end]
    if stretch and end - stretch > begin + timedelta(hours=4):
        tail = [end - stretch, end]
    steps = len(kinds) - len(tail)
    return [begin + (tail[0] - begin) * i / steps for i in range(steps)] + tail


def _scan(sale: Sale, kind: str, at: datetime) -> Scan:
    here, there = sale.shop.town, sale.person.city
    town = here if kind in ("label", "picked_up", "moving") else there
    return Scan(kind, at.replace(microsecond=0), sale.shop.scans[kind].format(here=here, there=there), town)


def _told(scans: list[Scan]) -> Iterator[list[Scan]]:
    """A carrier speaks up at the first scan by its hands, and at the last; each time it tells everything so far."""
    first = next((i for i, scan in enumerate(scans) if scan.kind != "label"), 0)
    for i in sorted({first, len(scans) - 1} if scans else ()):
        yield scans[: i + 1]


def _from_carrier(sale: Sale, number: str, scans: list[Scan], due: date, rng: random.Random) -> Delivery:
    told_at = scans[-1].at + timedelta(minutes=2)
    source = sale.shop.tracker
    event_id = f"evt_{rng.getrandbits(128):032x}" if source == "easypost" else _id(rng)
    word = payloads.easypost_event if source == "easypost" else payloads.aftership_event
    payload = word(number, sale.way, scans, told_at, due, event_id)
    topic = "tracker.updated" if source == "easypost" else "tracking_update"
    starts, ends = scans[-1].kind == "picked_up", scans[-1].kind == "delivered"
    return Delivery(told_at, source, CARRIERS_SLUG, topic, sale.name, event_id, payload, starts, ends)
