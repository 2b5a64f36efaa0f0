"""The carriers that we can name: slug, names, tracking page, time zone, and what shops call them.

``find_carrier`` understands a shop's free text ("Нова Пошта, відділення 12", "UPS Ground", "nova-poshta") and, where
the text says nothing, the few number formats that belong to one carrier only. To add a carrier, add a row.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from tracking.carriers.numbers import carrier_of_number


@dataclass(frozen=True, slots=True)
class Carrier:
    """``names`` by language beside the Latin ``name``; ``url`` has a gap for the number, ``urls`` the pages in other
    languages; ``zone`` is where the carrier's times without an offset are local; ``aliases`` are further spellings, see
    ``find_carrier``."""

    slug: str
    name: str
    url: str = ""
    zone: str = ""
    names: dict[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    urls: dict[str, str] = field(default_factory=dict)


CARRIERS = (
    # The shop itself: nobody is asked, people set the stage (tracking/actions/by_hand.py).
    Carrier(
        "own_pickup",
        "Collect from the shop",
        names={"uk": "Самовивіз із магазину", "ru": "Самовывоз из магазина"},
        aliases=("local pickup", "store pickup", "самовивіз з магазину"),
    ),
    Carrier(
        "own_courier",
        "Our own courier",
        names={"uk": "Наш кур’єр", "ru": "Наш курьер"},
        aliases=("own courier", "власний кур’єр", "собственный курьер"),
    ),
    Carrier(
        "nova_poshta",
        "Nova Poshta",
        "https://novaposhta.ua/tracking/?cargo_number={}",
        "Europe/Kyiv",
        {"uk": "Нова пошта", "ru": "Новая почта"},
        (
            *("nova post", "novapost", "новапошта", "нп", "новая пошта", "нова почта"),
            *("новою поштою", "нової пошти", "новой почтой", "новой почты"),  # as shops call the way of delivery
        ),
        {"en": "https://novaposhta.ua/en/tracking/?cargo_number={}"},
    ),
    Carrier(
        "ukrposhta",
        "Ukrposhta",
        "https://track.ukrposhta.ua/tracking_UA.html?barcode={}",
        "Europe/Kyiv",
        {"uk": "Укрпошта", "ru": "Укрпочта"},
        ("ukr poshta", "ukrpost", "ukrainian post", "ukraine ems", "укр пошта", "укр почта", "укрпоштою", "укрпочтой"),
        {"en": "https://track.ukrposhta.ua/tracking_EN.html?barcode={}"},
    ),
    Carrier(
        "meest",
        "Meest",
        "https://ua.meest.com/parcel-track?parcel_number={}",
        "Europe/Kyiv",
        {"uk": "Meest Пошта", "ru": "Meest Почта"},
        ("meest express", "meest post", "міст експрес", "мист экспресс", "міст", "мист"),
    ),
    Carrier(
        "rozetka_delivery",
        "Rozetka Delivery",
        zone="Europe/Kyiv",
        names={"uk": "Rozetka Доставка", "ru": "Rozetka Доставка"},
        aliases=("rozetka", "розетка"),
    ),
    Carrier(
        "cdek",
        "CDEK",
        "https://www.cdek.ru/ru/tracking?order_id={}",
        "Europe/Moscow",
        {"ru": "СДЭК", "uk": "СДЕК"},
        ("sdek", "сдэк"),
        {"en": "https://www.cdek.ru/en/tracking?order_id={}"},
    ),
    Carrier(
        "russian_post",
        "Russian Post",
        "https://www.pochta.ru/tracking#{}",
        "Europe/Moscow",
        {"ru": "Почта России", "uk": "Пошта Росії"},
        ("pochta rossii", "russia post", "pochta", "ems russia", "почта рф"),
    ),
    Carrier(
        "boxberry",
        "Boxberry",
        "https://boxberry.ru/tracking-page?id={}",
        "Europe/Moscow",
        aliases=("боксберри",),
    ),
    Carrier(
        "yandex_delivery",
        "Yandex Delivery",
        zone="Europe/Moscow",
        names={"ru": "Яндекс Доставка", "uk": "Яндекс Доставка"},
        aliases=("yandex", "яндекс"),
    ),
    Carrier(
        "fivepost",
        "5Post",
        zone="Europe/Moscow",
        aliases=("five post", "5 post", "5пост", "пятёрочка", "пятерочка"),
    ),
    Carrier(
        "ups",
        "UPS",
        "https://www.ups.com/track?tracknum={}",
        aliases=("united parcel service", "юпс"),
        urls={
            "uk": "https://www.ups.com/track?loc=uk_UA&tracknum={}",
            "ru": "https://www.ups.com/track?loc=ru_RU&tracknum={}",
        },
    ),
    Carrier(
        "usps",
        "USPS",
        "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
        "America/New_York",
        aliases=("united states postal service", "us postal service"),
    ),
    Carrier(
        "fedex",
        "FedEx",
        "https://www.fedex.com/fedextrack/?trknbr={}",
        aliases=("fed ex", "federal express", "fedexground", "fedexsmartpost", "федекс"),
    ),
    Carrier(
        "dhl",
        "DHL",
        "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
        aliases=("dhlexpress", "dhlecs", "dhlparcel", "dhlpaket", "дхл"),
    ),
    Carrier("dpd", "DPD", "https://www.dpd.com/tracking?parcelNumber={}", aliases=("dpduk", "дпд")),
    Carrier("gls", "GLS", "https://gls-group.com/track/{}", aliases=("general logistics systems",)),
    Carrier("tnt", "TNT", "https://www.tnt.com/express/en_gb/site/shipping-tools/tracking.html?cons={}"),
    Carrier(
        "inpost",
        "InPost",
        "https://inpost.pl/sledzenie-przesylek?number={}",
        "Europe/Warsaw",
        aliases=("in post", "paczkomaty", "paczkomat"),
    ),
    Carrier(
        "poczta_polska",
        "Poczta Polska",
        "https://emonitoring.poczta-polska.pl/?numer={}",
        "Europe/Warsaw",
        aliases=("polish post", "pocztex"),
    ),
    Carrier(
        "packeta",
        "Packeta",
        "https://tracking.packeta.com/en/?id={}",
        "Europe/Prague",
        aliases=("zasilkovna", "zásilkovna"),
    ),
    Carrier(
        "deutsche_post",
        "Deutsche Post",
        "https://www.deutschepost.de/sendung/simpleQuery.html?form.sendungsnummer={}",
        "Europe/Berlin",
    ),
    Carrier(
        "royal_mail",
        "Royal Mail",
        "https://www.royalmail.com/track-your-item#/tracking-results/{}",
        "Europe/London",
    ),
    Carrier("evri", "Evri", "https://www.evri.com/track/parcel/{}", "Europe/London", aliases=("hermes uk",)),
    Carrier(
        "la_poste",
        "La Poste",
        "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
        "Europe/Paris",
        aliases=("colissimo", "chronopost"),
    ),
    Carrier("postnl", "PostNL", "https://postnl.nl/tracktrace/?B={}", "Europe/Amsterdam", aliases=("post nl",)),
    Carrier(
        "canada_post",
        "Canada Post",
        "https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={}",
        "America/Toronto",
        aliases=("postes canada",),
    ),
    Carrier(
        "australia_post",
        "Australia Post",
        "https://auspost.com.au/mypost/track/#/details/{}",
        "Australia/Sydney",
        aliases=("auspost",),
    ),
)

SAYS_NOTHING = ("", "other", "custom", "unknown", "інше", "інший", "другое", "другой", "иное")


def find_carrier(text: str, number: str = "") -> str:
    """The slug of the carrier that ``text`` names, or that ``number`` gives away when the text says nothing.

    "" when neither does. An unknown name is never overruled by a number: "My Courier" is a carrier too.
    """
    words = _words(text)
    if says_nothing(text):
        return carrier_of_number(number)
    if slug := ALIASES.get(words.replace(" ", "")):
        return slug
    return next((slug for alias, slug in BY_LENGTH if f" {alias} " in f" {words} "), "")


def says_nothing(text: str) -> bool:
    """Whether a shop's word for the carrier names none: empty, "other"."""
    return _words(text) in SAYS_NOTHING


def carrier_of_page(url: str) -> str:
    """The carrier whose tracking page this is, or ""."""
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
    return HOSTS.get(host, "")


def carrier_slug(text: str, number: str = "") -> str:
    """Like ``find_carrier``, but an unknown name becomes a slug of its own."""
    return find_carrier(text, number) or _words(text).replace(" ", "_")[:50]


def display_name(slug: str, language: str = "en") -> str:
    """How the carrier is called in ``language``; an unknown slug reads as it is."""
    carrier = BY_SLUG.get(slug)
    return carrier.names.get(language, carrier.name) if carrier else slug.replace("_", " ")


def tracking_url(slug: str, number: str, language: str = "") -> str:
    """The carrier's own page about the parcel, in ``language`` where it has one, or "" when it has no page."""
    carrier = BY_SLUG.get(slug)
    url = carrier.urls.get(language, carrier.url) if carrier else ""
    return url.format(quote(number, safe="")) if number else ""


def zone_of(slug: str) -> tzinfo:
    """Where the carrier's times without an offset are local; UTC when nobody knows."""
    carrier = BY_SLUG.get(slug)
    return ZoneInfo(carrier.zone) if carrier and carrier.zone else UTC


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded.replace("_", " ").replace("’", "").replace("'", "")))


BY_SLUG = {carrier.slug: carrier for carrier in CARRIERS}
HOSTS = {
    (urlsplit(url).hostname or "").removeprefix("www."): carrier.slug
    for carrier in CARRIERS
    for url in (carrier.url, *carrier.urls.values())
    if url
}
SPELLINGS = [
    (_words(spelling), carrier.slug)
    for carrier in CARRIERS
    for spelling in (carrier.slug, carrier.name, *carrier.names.values(), *carrier.aliases)
]
ALIASES = {spelling.replace(" ", ""): slug for spelling, slug in SPELLINGS}
BY_LENGTH = sorted(SPELLINGS, key=lambda pair: -len(pair[0]))
