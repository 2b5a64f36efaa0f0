"""What a mail may say about the person who looks after its reader: ``manager``, as the block "card" shows it.

Until the order is delivered they carry the code of the placement "mail", then "after the deal", as mails to people as
such do. Links carry the reader's token, so that a saved card is known to be theirs; the QR code does not, for it
may be passed on.
"""

from collections.abc import Sequence
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

Placement = ShareCode.Placement
DESCRIBE = {
    "manager": {
        **dict.fromkeys(("name", "role", "phone", "email"), "text"),
        **dict.fromkeys(("photo_url", "url", "file_url", "qr_url"), "url"),
    }
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by order; an order without a manager has no namespace."""
    return _told(ids, now, is_after=False)


def load_for_people(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """Keyed by an order of theirs, as mails to people are."""
    return _told(ids, now, is_after=True)


def _told(ids: Sequence[int], now: datetime, is_after: bool) -> dict[int, dict[str, Any]]:
    """Seven queries for any number. ``is_after``: the deal is done, whatever the order says."""
    rows = Assignment.objects.filter(order__in=ids)
    found = {row.order_id: row for row in rows.select_related("card", "order__store", "order__customer")}
    if not found:
        return {}
    standing = standing_of(row.card for row in found.values())
    faces = with_parts({card.pk for card in standing.values() if card})
    codes = codes_for(set(faces), (Placement.MAIL, Placement.AFTER_DEAL), now)
    told = {}
    for pk, row in found.items():
        card = standing.get(row.card_id)
        if card and card.pk in faces:
            is_done = is_after or row.order.delivered_at is not None
            placement = Placement.AFTER_DEAL if is_done else Placement.MAIL
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
