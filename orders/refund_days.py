"""When money that goes back is there, as honestly as one can say it: by the way it travels, and by the country's law.

Sources and what they do not say: docs/decisions/0047.
"""

import re
from datetime import date, timedelta

# The first that fits, in the shop's or the gateway's words.
WAYS = (
    ("fast", r"сбп|sbp|faster payment"),
    ("cash", r"cash|cod\b|готівк|післяплат|наличн|наложен|при отриман|при получен"),
    ("transfer", r"iban|sepa|transfer|переказ|перевод|реквизит|реквізит"),
    (
        "card",
        r"card|карт|visa|master|mir\b|мир\b|pay\b|liqpay|wayforpay|fondy|mono|приват|privat|yookassa|юkassa|юкасса"
        r"|stripe|shopify",
    ),
)
# Working days within which it is there as a rule. Card networks and banks: five to ten, each may take longer.
WITHIN = {"fast": 1, "transfer": 3, "card": 10}
UNKNOWN = 10
EU = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
# Days in which a seller must send it: UA Consumer Protection Act art. 13, RU same act art. 26.1, EU 2011/83 art. 13.
LAWFUL = {"UA": 30, "RU": 10, **dict.fromkeys(EU, 14)}


def way_of(method: str) -> str:
    said = method.lower()
    return next((way for way, words in WAYS if re.search(words, said)), "")


def there_by(method: str, sent_on: date) -> date | None:
    """The day by which it is there as a rule; None for cash, which a person hands over."""
    way = way_of(method)
    return None if way == "cash" else _working_days_after(sent_on, WITHIN.get(way, UNKNOWN))


def sent_by(country: str, asked_on: date) -> date | None:
    """The day until which the law lets the seller send it; None where we do not know."""
    days = LAWFUL.get(country)
    return asked_on + timedelta(days=days) if days else None


def _working_days_after(start: date, days: int) -> date:
    on = start
    while days:
        on += timedelta(days=1)
        days -= on.weekday() < 5
    return on
