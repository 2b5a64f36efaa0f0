"""What a mail may say about the person who looks after its reader: ``manager``, as the block "card" shows it.

Mails about orders and parcels carry the code of the placement "mail", mails to people as such "after the deal". Links
carry the reader's token, so that a saved card is known to be theirs; the QR code does not, for it may be passed on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from messaging.contexts import Context
from orders.actions import speak
from orders.models import Order
from vcards.actions import codes_for
from vcards.contacts import Kind, spaced
from vcards.faces import Face, with_parts
from vcards.links import card_url, short_url
from vcards.models import Assignment, ShareCode
from vcards.standing import standing_of
from vcards.variables import WORDS

DESCRIBE = {
    "manager": {
        **dict.fromkeys(("name", "role", "phone", "email"), "text"),
        **dict.fromkeys(("photo_url", "url", "file_url", "qr_url"), "url"),
    }
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by order; an order without a manager has no namespace."""
    return _told({pk: pk for pk in ids}, ShareCode.Placement.MAIL, now)


def load_for_people(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by an order of theirs, as mails to people are."""
    return _told({pk: pk for pk in ids}, ShareCode.Placement.AFTER_DEAL, now)


def _told(orders: Mapping[int, int], placement: str, now: datetime) -> dict[int, dict[str, Any]]:
    """{what it is keyed by: order id} → data; seven queries for any number."""
    rows = Assignment.objects.filter(order__in=set(orders.values()))
    found = {row.order_id: row for row in rows.select_related("card", "order__store", "order__customer")}
    if not found:
        return {}
    standing = standing_of(row.card for row in found.values())
    faces = with_parts({card.pk for card in standing.values() if card})
    codes = codes_for(set(faces), [placement], now)
    told = {}
    for pk, order_id in orders.items():
        row = found.get(order_id)
        card = standing.get(row.card_id) if row else None
        if row and card and card.pk in faces:
            told[pk] = {"manager": of_face(faces[card.pk], row.order, codes[card.pk, str(placement)])}
    return told


def of_face(face: Face, order: Order, code: str) -> dict[str, str]:
    language = speak(order)
    url = card_url(code, order.customer_id)
    mark = f"?{url.partition('?')[2]}" if "?" in url else ""
    photo = face.card.photo
    return {
        "name": face.name(language),
        "role": face.said(language)["role"],
        "phone": spaced(face.phone) if face.phone else "",
        "email": face.first(Kind.EMAIL),
        "photo_url": f"{settings.PUBLIC_URL}/c/{code}.jpg?v={photo.digest[:12]}" if photo else "",
        "url": url,
        "file_url": f"{short_url(code)}.vcf{mark}",
        "qr_url": f"{short_url(code)}.png?px=336",
    }


OF_ORDER = Context(load, DESCRIBE, WORDS)
OF_PERSON = Context(load_for_people, DESCRIBE, WORDS)
