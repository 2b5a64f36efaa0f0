"""Believable data for mails, in the shape that messaging.rendering describes, by language."""

from datetime import UTC, date, datetime
from decimal import Decimal

KNOWN = {
    "store": dict.fromkeys(
        ("name", "url", "logo_url", "support_email", "support_phone", "address", "accent", "accent_ink"), "text"
    ),
    "customer": {"first_name": "text", "name": "text"},
    "order": {
        **dict.fromkeys(("number", "url", "currency", "first_name", "payment_method", "shipping_method"), "text"),
        **dict.fromkeys(("subtotal", "shipping", "discount", "tax", "total", "paid", "due", "refunded"), "money"),
        **dict.fromkeys(("cash_state", "pay_url", "fiscal_url", "channel"), "text"),
        "placed_at": "moment",
        "lines": [{"title": "text", "quantity": "number", "total": "money", "image_url": "url"}],
        "address_lines": ["text"],
    },
    "shipment": {
        **dict.fromkeys(("carrier_name", "number", "tracking_url", "milestone", "reason"), "text"),
        "estimated_on": "date",
        "storage_until": "date",
        "lines": [{"title": "text", "quantity": "number"}],
    },
    "review": {
        "url": "url",
        "products": [{"title": "text", "image_url": "url", "stars": [{"n": "number", "url": "url"}]}],
    },
    "survey": {"url": "url", "choices": [{"n": "number", "url": "url"}]},
    "manager": dict.fromkeys(("name", "role", "phone", "email", "photo_url", "url", "file_url", "qr_url"), "text"),
    "subscription": {"confirm_url": "url", "wording": "text", "address": "text"},
    "account": {"url": "url"},
    "follow": {"number": "text", "stage": "text", "url": "url", "answer_url": "url"},
    "code": {"digits": "text", "minutes": "number"},
    "request": {
        **dict.fromkeys(("kind", "state", "reason", "refusal"), "text"),
        "address_lines": ["text"],
        "url": "url",
    },
    "return": {
        **dict.fromkeys(("number", "kind", "state", "wish", "reason", "refusal", "address"), "text"),
        **dict.fromkeys(("carrier", "waybill"), "text"),
        **dict.fromkeys(("url", "label_url"), "url"),
        "refunded": "money",
        "lines": [{"title": "text", "quantity": "number"}],
    },
    "ticket": {"number": "number", "title": "text", "url": "url", "agent": "text"},
    "message": dict.fromkeys(("language", "unsubscribe_url", "preferences_url", "reason", "person"), "text"),
}

ZONES = {"en": "Europe/Berlin", "uk": "Europe/Kyiv", "ru": "Europe/Moscow"}

STORES = {
    "en": ("Field & Flax", "EUR", "#1d4a3c", "#fbf7ee", "Torstraße 12, 10119 Berlin", "+49 30 5550 0199"),
    "uk": ("Глина", "UAH", "#9a3d22", "#fff6ee", "вул. Ярославська, 14, Київ", "+380 44 555 01 99"),
    "ru": ("Лампа и перо", "RUB", "#2b3f73", "#f4f6ff", "Москва, Покровка, 7", ""),
}
PEOPLE = {"en": ("Olivia", "Olivia Hart"), "uk": ("Олена", "Олена Ковальчук"), "ru": ("Елена", "Елена Орлова")}
LINES = {
    "en": [("Linen tea towel, oat", 2, "29.80"), ("Beeswax candle No. 3", 1, "24.50"), ("Oak board", 5, "245.00")],
    "uk": [("Чашка «Полин», 250 мл", 2, "1180.00"), ("Тарілка глибока", 1, "740.50")],
    "ru": [("Лампа настольная «Аист»", 1, "7490.00")],
}
ADDRESSES = {
    "en": ["Olivia Hart", "Lindenstraße 4", "50674 Köln", "Germany"],
    "uk": ["Олена Ковальчук", "Нова пошта, відділення № 17", "Львів"],
    "ru": ["Елена Орлова", "ул. Рубинштейна, 9, кв. 12", "191002 Санкт-Петербург"],
}
WAYS = {
    "en": ("DHL Paket", "Visa ending 4242", "DHL", "00340434161094042557"),
    "uk": ("Нова пошта, до відділення", "Післяплата", "Нова пошта", "20450912345678"),
    "ru": ("СДЭК, курьером", "Картой на сайте", "СДЭК", "1574920038"),
}
REASONS = {
    "en": "You receive this email because you ordered from Field & Flax.",
    "uk": "Ви отримали цей лист, бо зробили замовлення в магазині «Глина».",
    "ru": "Вы получили это письмо, потому что сделали заказ в магазине «Лампа и перо».",
}


def mail_data(language: str, *, first_name: str | None = None, unsubscribe: bool = False) -> dict:
    store, currency, accent, accent_ink, address, phone = STORES[language]
    given, full = PEOPLE[language]
    lines = [
        {"title": title, "quantity": quantity, "total": Decimal(total), "image_url": ""}
        for title, quantity, total in LINES[language]
    ]
    subtotal = sum(line["total"] for line in lines)
    discount = Decimal("10.00") if language == "en" else Decimal(0)
    shipping = Decimal(0) if language == "ru" else Decimal("75.00") if language == "uk" else Decimal("4.90")
    total = subtotal - discount + shipping
    way, payment, carrier, number = WAYS[language]
    order_url = "https://aftercare.example/o/eyJvIjoxMDQyfQ/"
    review_url = "https://aftercare.example/r/eyJyIjo3fQ/"
    return {
        "store": {
            "name": store,
            "url": "https://shop.example",
            "logo_url": "",
            "support_email": "hello@shop.example",
            "support_phone": phone,
            "address": address,
            "accent": accent,
            "accent_ink": accent_ink,
        },
        "customer": {"first_name": given if first_name is None else first_name, "name": full},
        "order": {
            "number": "1042",
            "url": order_url,
            "placed_at": datetime(2026, 11, 22, 21, 30, tzinfo=UTC),
            "currency": currency,
            "subtotal": subtotal,
            "shipping": shipping,
            "discount": discount,
            "tax": Decimal("46.87") if language == "en" else Decimal(0),
            "total": total,
            "paid": Decimal(0),
            "due": total,
            "refunded": Decimal(0),
            "cash_state": "due" if language == "uk" else "",
            "channel": "web",
            "pay_url": "https://pay.example/1042" if language == "ru" else "",
            "fiscal_url": "",
            "first_name": given if first_name is None else first_name,
            "lines": lines,
            "address_lines": ADDRESSES[language],
            "payment_method": payment,
            "shipping_method": way,
        },
        "shipment": {
            "carrier_name": carrier,
            "number": number,
            "tracking_url": f"{order_url}?parcel={number}",
            "estimated_on": date(2026, 11, 25),
            "milestone": "in_transit",
            "reason": "customs" if language == "uk" else "",
            "storage_until": date(2026, 11, 25) if language == "uk" else None,
            "lines": [{"title": line["title"], "quantity": line["quantity"]} for line in lines],
        },
        "review": {
            "url": review_url,
            "products": [
                {
                    "title": line["title"],
                    "image_url": "",
                    "stars": [{"n": n, "url": f"{review_url}?product={at}&stars={n}"} for n in range(1, 6)],
                }
                for at, line in enumerate(lines, 1)
            ],
        },
        "subscription": {
            "confirm_url": "https://aftercare.example/p/eyJzIjo3fQ/",
            "wording": "News by e-mail, about once a month.",
            "address": "olivia@example.com",
        },
        "account": {"url": "https://aftercare.example/me/eyJtIjoxN30/"},
        "follow": {"number": "text", "stage": "text", "url": "url", "answer_url": "url"},
        "code": {"digits": "482\u2007915", "minutes": 15},
        "request": {
            "kind": "cancel",
            "state": "refused",
            "reason": "I have changed my mind",
            "refusal": "The parcel is packed and waits for the courier.",
            "address_lines": ADDRESSES[language],
            "url": f"{order_url}cancel/",
        },
        "return": {
            "number": "R-7",
            "kind": "return",
            "state": "refunded",
            "wish": "Money back",
            "reason": "It does not fit",
            "refusal": "It was worn.",
            "address": address,
            "carrier": carrier,
            "waybill": number,
            "url": f"{order_url}return/7/",
            "label_url": f"{order_url}return/7/",
            "refunded": Decimal("10.00"),
            "lines": [{"title": line["title"], "quantity": line["quantity"]} for line in lines],
        },
        "ticket": {
            "number": 17,
            "title": "Order 1042",
            "url": "https://aftercare.example/t/eyJ0IjoxN30/",
            "agent": "Anna",
        },
        "answer": {"text": "It is on its way.\n\nIt comes tomorrow.", "agent": "Anna"},
        "message": {
            "language": language,
            "unsubscribe_url": "https://aftercare.example/u/eyJ1Ijo3fQ/" if unsubscribe else "",
            "preferences_url": "https://aftercare.example/p/eyJwIjo3fQ/",
            "reason": REASONS[language],
            "person": store,
        },
    }
