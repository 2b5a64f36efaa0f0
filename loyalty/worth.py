"""What a coupon is worth, in three languages, for mails and pages alike: ``−10%``, ``−100 ₴``, ``Free delivery``."""

from loyalty.models import Pool
from shelf import formats

# Not by gettext: a mail's data are made before its language is spoken.
FREE_DELIVERY = {"en": "Free delivery", "uk": "Безкоштовна доставка", "ru": "Бесплатная доставка"}


def worth_said(pool: Pool, language: str) -> str:
    if pool.kind == Pool.Kind.SHIPPING or pool.worth is None:
        return FREE_DELIVERY.get(language[:2], FREE_DELIVERY["en"])
    if pool.kind == Pool.Kind.PERCENT:
        places = 0 if pool.worth == pool.worth.to_integral_value() else 1
        return f"−{formats.percent(pool.worth / 100, language, places)}"
    whole = pool.worth == pool.worth.to_integral_value()
    said = formats.money(pool.worth, pool.currency, language)
    return f"−{_without_cents(said) if whole else said}"


def _without_cents(said: str) -> str:
    return said.replace(".00", "").replace(",00", "")
