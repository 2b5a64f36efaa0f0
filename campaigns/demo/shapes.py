"""What the demo is made of: plain values, no database. Moments are written as people say them.

``"4m"``, ``"3h"``: that long ago. ``"2d 14:20"``: two days ago at this time of the store's day. Parcels' scans keep to
daylight, so a demo that is loaded at night has yesterday evening's deliveries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Platform = Literal["shopify", "woocommerce"]
Tracker = Literal["aftership", "easypost"]
To = Literal["usual", "other"]


@dataclass(frozen=True, slots=True)
class Goods:
    """``picture`` is a file in static/aftercare/demo. ``said``: stars and words of reviews, used from the first on."""

    title: str
    price: str
    picture: str
    said: tuple[tuple[int, str], ...] = ()

    @property
    def sku(self) -> str:
        return self.picture.upper()


@dataclass(frozen=True, slots=True)
class Person:
    """``number`` makes the telephone and the shop's customer id; a guest has no id, no e-mail is a whole person too."""

    number: int
    first: str
    last: str
    email: str
    line1: str
    city: str
    postcode: str
    phone: str = ""  # made from the number when empty; "-" is none
    country: str = ""  # the store's when empty
    locale: str = ""  # the language of the checkout; the store's when empty
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How parcels travel: what the checkout calls it, what it costs, who carries it, how its numbers look."""

    title: str
    price: str
    carrier: str
    number: str  # each # is a digit
    last_leg: Literal["ready", "out"] = "out"  # fetched from a branch, or brought to the door


@dataclass(frozen=True, slots=True)
class Parcel:
    """``plot`` names the last scan; those before it follow from ``WAYS`` in stories.py. ``due`` in days from now."""

    plot: str
    latest: str
    due: int | None = None
    trouble: str = "weather"


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of a review: about goods, or (empty) about the store."""

    goods: str
    stars: int
    text: str


@dataclass(frozen=True, slots=True)
class Tale:
    """One order's story. ``end``: "" lives on, or "cancelled" / "refunded" at ``ended``; ``parcels`` may be none.

    ``fate`` names something that only few orders meet, see ``FATES`` in load.py.
    """

    placed: str
    who: str
    what: Mapping[str, int]
    parcels: tuple[Parcel, ...] = ()
    to: To = "usual"
    paid: bool = True
    end: str = ""
    ended: str = ""
    said: tuple[Said, ...] = ()
    fate: str = ""


@dataclass(frozen=True, slots=True)
class Shop:
    """A store and everything about it. ``scans``: what its carriers write, by scan; {here} and {there} are towns."""

    slug: str
    platform: Platform
    tracker: Tracker
    name: str
    url: str
    country: str
    currency: str
    time_zone: str
    language: str
    languages: tuple[str, ...]
    support_phone: str
    address: str
    accent: str
    accent_ink: str
    town: str
    first_number: int
    free_from: int  # goods of this value travel free
    pays: tuple[str, str]  # by card, at the door
    cancel_reason: str
    dial: str  # a telephone number with ## for the person
    ways: Mapping[To, Way]
    scans: Mapping[str, str]
    goods: Mapping[str, Goods]
    people: Mapping[str, Person]
    tales: tuple[Tale, ...]
    about_store: tuple[tuple[int, str], ...] = ()
    days: tuple[int, int] = (2, 4)  # a parcel is on the way
    history: int = 8  # orders of the weeks before, made up from the goods and people above
