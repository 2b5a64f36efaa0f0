"""Play the demo: every tale through the real doors, in its own time, in one transaction."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.test import RequestFactory
from django.urls import resolve
from django.utils.translation import gettext_noop as _

from campaigns.demo import linen, money, paper, self_service, tea
from campaigns.demo.cards import open_cards
from campaigns.demo.clock import Clock, living_through
from campaigns.demo.dates import date_back
from campaigns.demo.help import write_articles
from campaigns.demo.payloads import Sale, product_id, signed
from campaigns.demo.points import open_programme, take_one
from campaigns.demo.sellers import open_seller, show_teapot, write_papers
from campaigns.demo.shapes import Shop
from campaigns.demo.stories import CARRIERS_SLUG, Answer, Deed, Delivery, Happening, happenings
from campaigns.demo.touchpoints import open_touchpoints
from events.clocks import CLOCKS
from events.connections import connect
from events.models import Connection
from feedback import actions as feedback
from feedback.models import Request
from messaging.models import LocalMail, Message, Sender, Suppression
from orders.actions import speak
from orders.models import Order, Product, Store
from shelf.reasons import Refusal

SHOPS = (tea.SHOP, paper.SHOP, linen.SHOP)
TRACKERS = {"aftership": "AfterShip", "easypost": "EasyPost"}
OPENED_DAYS_AGO = 40


class DemoRefused(Refusal):
    """The demo must not be loaded here, with a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Loaded:
    orders: int
    mails: int
    seconds: float


def load(now: datetime, say: Callable[[int, int], None] = lambda done, of: None) -> Loaded:
    """Load the demo as if it had happened until ``now``. Raises DemoRefused. ``say`` hears how far it is.

    One transaction: either there is a demo or there is none, and a worker that runs meanwhile sees no message of last
    month that seems to be due now.
    """
    if settings.EMAIL_URL:
        raise DemoRefused(_("EMAIL_URL is set: the demo's customers are invented, and no mail may leave for them."))
    if Order.objects.exists():
        raise DemoRefused(_("There are orders already: the demo is only for an empty installation."))
    begun = time.monotonic()
    with transaction.atomic(), living_through(now - timedelta(days=OPENED_DAYS_AGO)) as clock:
        secrets = {shop.slug: open_shop(shop, clock.now()) for shop in SHOPS}
        open_programme(SHOPS)
        self_service.open_policies()
        secrets |= {source: open_carrier(source, name, clock.now()) for source, name in TRACKERS.items()}
        story = everything(now)
        play(story, stops_until(now, story), secrets, clock, say)
        date_back()
        take_one(now)
        open_touchpoints([shop.slug for shop in SHOPS], now)
        write_articles(now)
        write_papers(now)
        show_teapot(now)
        orders, mails = Order.objects.count(), LocalMail.objects.count()
    return Loaded(orders, mails, time.monotonic() - begun)


def everything(now: datetime) -> list[Happening]:
    happened = [h for shop in SHOPS for h in happenings(shop, now, pictures())]
    return sorted([*happened, *oddities(now)], key=lambda h: h.at)


def pictures() -> str:
    """Where the goods' pictures are. Mails need whole addresses."""
    return f"{settings.PUBLIC_URL}{settings.STATIC_URL}aftercare/demo/"


def oddities(now: datetime) -> list[Delivery]:
    """What a real inbox holds too: a parcel nobody sent, a body cut off on the way, a topic that nobody reads."""
    stray = {
        "event_id": "5d0c7c3e-2f7a-4e0e-9a39-0d6f1c7f1b11",
        "event": "tracking_update",
        "msg": {"tracking_number": "20459999000017", "slug": "nova-poshta", "tag": "InTransit", "checkpoints": []},
    }
    cut = b'{"id": 6200000010399, "name": "#10399", "currency": "EUR", "total_price": "64.00", "line_it'
    product = {"id": product_id(3), "title": tea.GOODS["mug"].title, "variants": []}
    shop, other = tea.SHOP.slug, linen.SHOP.slug
    return [
        Delivery(now - timedelta(hours=27), "aftership", CARRIERS_SLUG, "tracking_update", "", "", stray),
        Delivery(now - timedelta(hours=51), "shopify", other, "orders/create", "", "0b51c1f0-cut-off", cut),
        Delivery(now - timedelta(hours=30), "shopify", shop, "products/update", "", "7c9e6679-product", product),
    ]


# --- Opening ------------------------------------------------------------------------------------------------------


def open_shop(shop: Shop, now: datetime) -> str:
    """The store with its connection; its secret. Secrets are random as everywhere: a demo may stand on the open net."""
    connection, secret = connect(shop.platform, shop.slug, now)
    Connection.objects.filter(pk=connection.pk).update(name=shop.name)
    host = shop.url.removeprefix("https://")
    store = Store.objects.create(
        slug=shop.slug,
        name=shop.name,
        connection=connection,
        url=shop.url,
        country=shop.country,
        currency=shop.currency,
        time_zone=shop.time_zone,
        language=shop.language,
        languages=list(shop.languages),
        sender=Sender.objects.create(slug=shop.slug, person=shop.name, address=f"hello@{host}"),
        support_email=f"help@{host}",
        support_phone=shop.support_phone,
        address=shop.address,
        accent=shop.accent,
        accent_ink=shop.accent_ink,
    )
    open_cards(store, now)
    open_seller(store)
    if shop.platform == "shopify":  # its lines carry no pictures; WooCommerce's products are learned from orders
        Product.objects.bulk_create(
            Product(
                store=store,
                external_id=str(product_id(place)),
                sku=goods.sku,
                title=goods.title,
                image_url=f"{pictures()}{goods.picture}.svg",
            )
            for place, goods in enumerate(shop.goods.values())
        )
    return secret


def open_carrier(source: str, name: str, now: datetime) -> str:
    connection, secret = connect(source, CARRIERS_SLUG, now)
    Connection.objects.filter(pk=connection.pk).update(name=name)
    return secret


# --- Playing ------------------------------------------------------------------------------------------------------


def play(
    story: list[Happening],
    stops: list[datetime],
    secrets: dict[str, str],
    clock: Clock,
    say: Callable[[int, int], None],
) -> None:
    """Let everything happen at its moment; what runs by itself runs at each of ``stops``, which saves a minute."""
    left = iter(story)
    happening = next(left, None)
    for done, stop in enumerate(stops, 1):
        fresh: set[str] = set()  # orders that started something since the workers ran
        while happening and happening.at <= stop:
            if happening.ends and happening.about in fresh:
                work(clock)
                fresh.clear()
            if happening.starts:
                fresh.add(happening.about)
            clock.set(happening.at)
            happen(happening, secrets, clock)
            happening = next(left, None)
        clock.set(stop)
        work(clock)
        say(done, len(stops))


def stops_until(now: datetime, story: list[Happening]) -> list[datetime]:
    """When the workers run. A shipping update is of use for 48 hours, so it must be less; the last hours are told one
    by one, for what happened last is read in the order in which it was written."""
    lately = now - timedelta(hours=3)
    last = [now - timedelta(hours=n) for n in (48, 30, 14, 3)]
    apart = timedelta(hours=46)
    before = int((last[0] - (now - timedelta(days=OPENED_DAYS_AGO))) / apart)
    steps = [h.at + timedelta(seconds=3) for h in story if h.at > lately]
    return [last[0] - n * apart for n in range(before, 0, -1)] + last + steps + [now]


def happen(happening: Happening, secrets: dict[str, str], clock: Clock) -> None:
    if isinstance(happening, Delivery):
        knock(happening, secrets)
    elif isinstance(happening, Answer):
        answer(happening, clock)
    else:
        meet(happening, clock.now())


def work(clock: Clock) -> None:
    """What workers do, until nothing is due; each round takes a second of the tale."""
    while sum(CLOCKS[name].run() for name in ("receipts", "events", "journeys", "points")):
        clock.on(1)
    while CLOCKS["messages"].run():
        clock.on(1)


def knock(delivery: Delivery, secrets: dict[str, str]) -> None:
    """Through the door, with a signature."""
    secret = secrets.get(delivery.slug) or secrets[delivery.source]
    body, headers = signed(delivery.source, delivery.topic, delivery.key, delivery.payload, secret)
    path = f"/in/{delivery.source}/{delivery.slug}/"
    request = RequestFactory().generic("POST", path, body, content_type="application/json", headers=headers)
    view, args, kwargs = resolve(path)
    response = view(request, *args, **kwargs)
    if response.status_code != 200:
        raise RuntimeError(f"{path} answered {response.status_code} to {delivery.topic} {delivery.key}")


def answer(given: Answer, clock: Clock) -> None:
    order = order_of(given.sale)
    request = Request.objects.filter(order=order).first()
    if request is None:  # the journey's time has come, and the workers' not yet
        work(clock)
        request = Request.objects.get(order=order)
    lines = {line.title: line.pk for line in order.lines.all()}
    goods = given.sale.shop.goods
    answers = [feedback.Answer(lines[goods[s.goods].title] if s.goods else None, s.stars, s.text) for s in given.said]
    feedback.submit_review(request, answers, order.first_name, speak(order), clock.now())


def order_of(sale: Sale) -> Order:
    return Order.objects.select_related("store", "customer").get(
        store__slug=sale.shop.slug, external_id=sale.external_id
    )


def meet(deed: Deed, now: datetime) -> None:
    if deed.fate in money.FATES:
        money.FATES[deed.fate](deed.sale, now, pictures())
    elif deed.fate in self_service.FATES:
        self_service.FATES[deed.fate](order_of(deed.sale), now)
    else:
        FATES[deed.fate](deed, now)


# --- Fates --------------------------------------------------------------------------------------------------------


def nothing(deed: Deed, now: datetime) -> None:
    """An order without an address needs no help to go its own way."""


def bounce(deed: Deed, now: datetime) -> None:
    """The first mail comes back for good; what a mail provider's news will do."""
    order = order_of(deed.sale)
    Message.objects.filter(subject_type="order", subject_id=order.pk, state=Message.State.SENT).update(
        state=Message.State.BOUNCED, settled_at=now, reason=_("The receiver's mail server does not know this address.")
    )
    Suppression.objects.create(address=order.email, reason="bounced")


FATES: dict[str, Callable[[Deed, datetime], None]] = {"no address": nothing, "bounced": bounce}
