"""The demo's loyalty programme: rules for the shops' currencies, a pool of coupons for each shop, one of them taken."""

from datetime import datetime
from decimal import Decimal

from campaigns.demo.shapes import Shop
from customers.models import Stats
from loyalty.actions import LoyaltyRefused, redeem
from loyalty.models import Coupon, EarnRule, Pool, Programme
from orders.models import Store

AMOUNTS = {"EUR": Decimal(1), "PLN": Decimal(5)}  # for one point; ten of any other currency
WORTH = {"EUR": Decimal(5), "PLN": Decimal(20)}
CODES, PRICE = 24, 100


def open_programme(shops: tuple[Shop, ...]) -> None:
    """Before the tales are told, so that their deliveries earn."""
    programme = Programme.objects.create(name="Коло друзів")
    stores = {store.slug: store for store in Store.objects.all()}
    for currency in sorted({shop.currency for shop in shops}):
        EarnRule.objects.create(
            programme=programme, currency=currency, points=1, amount=AMOUNTS.get(currency, Decimal(10))
        )
    for shop in shops:
        pool = Pool.objects.create(
            slug=f"thanks-{shop.slug}",
            name=f"{shop.name}: за бали",
            store=stores[shop.slug],
            worth=WORTH.get(shop.currency, Decimal(100)),
            currency=shop.currency,
            price=PRICE,
            warns_at=20,
        )
        Coupon.objects.bulk_create(
            Coupon(pool=pool, code=f"{shop.slug}-{_letters(n)}".upper()) for n in range(1, CODES + 1)
        )
    sorry = Pool.objects.create(slug="sorry", name="Вибачте: 10%", kind=Pool.Kind.PERCENT, worth=Decimal(10))
    Coupon.objects.bulk_create(Coupon(pool=sorry, code=f"SORRY-{_letters(n).upper()}") for n in range(101, 131))
    Programme.objects.filter(pk=programme.pk).update(cancel_pool=sorry)


def _letters(number: int) -> str:
    """Four characters that look drawn: the same ones for the same number."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    mixed = number * 7919 + 104729
    return "".join(alphabet[mixed // 31**place % 31] for place in range(4))


def take_one(now: datetime) -> None:
    """Somebody with enough points takes a coupon for them."""
    richest = Stats.objects.filter(points__gte=PRICE).order_by("-points", "pk").first()
    pool = Pool.objects.filter(price__isnull=False).order_by("pk").first()
    if richest and pool:
        try:
            redeem(richest.pk, pool, "redeem:demo", now)
        except LoyaltyRefused:  # their points expire today
            return
