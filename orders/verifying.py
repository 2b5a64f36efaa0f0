"""Who looks at an order's page: anybody (stub), who has the signed link (view), who reads its mails (verified).

A door that acts for a customer asks ``is_verified(request, order)`` and sends whoever is not to ``verify_url``. The
proof is a signed cookie of its own, bound to the order and its ``link_version``: no session, no header, and revoking
the order's links ends it. It says who asks, never that an action is allowed: each action looks at the order itself.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from messaging.contexts import Context
from orders.actions.verifying import LIVES, digits_of
from orders.contexts import DESCRIBE as OF_ORDER
from orders.contexts import load as load_orders
from orders.models import Order, PageCode
from shelf import links

PURPOSE = "order_verified"
STAYS = timedelta(hours=12)


def is_verified(request: HttpRequest, order: Order, now: datetime | None = None) -> bool:
    """Did this browser prove within the last twelve hours that its person reads the mails of this order?"""
    return is_proven(request, order.pk, order.link_version, now)


def is_proven(request: HttpRequest, order_id: int, link_version: int, now: datetime | None = None) -> bool:
    try:
        proof = links.read(PURPOSE, request.COOKIES.get(_cookie_of(order_id)), now)
    except links.BadLink:
        return False
    return (proof.object_id, proof.version) == (order_id, link_version)


def remember_verified(response: HttpResponse, order: Order, now: datetime | None = None) -> None:
    response.set_cookie(
        _cookie_of(order.pk),
        links.make(PURPOSE, order.pk, order.link_version, STAYS, now),
        max_age=STAYS,
        path="/o/",
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def verify_url(token: str, back: str = "") -> str:
    """Where somebody proves it; ``back``: the page of the same order that they wanted."""
    return f"/o/{token}/verify/" + (f"?{urlencode({'next': back})}" if back else "")


def safe_next(token: str, wanted: str) -> str:
    """The page that was wanted, if it is one of this order's own; else the order's page."""
    home = f"/o/{token}/"
    return wanted if ".." not in wanted and re.fullmatch(rf"{re.escape(home)}[\w/?=&.-]*", wanted) else home


def _cookie_of(order_id: int) -> str:
    return f"order_{order_id}"


# --- What the mail with the code may speak of -----------------------------------------------------------------------

DESCRIBE = {
    "store": OF_ORDER["store"],
    "customer": OF_ORDER["customer"],
    "order": OF_ORDER["order"],
    "code": {"digits": "text", "minutes": "number"},
}
WORDS = {
    "code.digits": _("the six digits that open the order's page for changes"),
    "code.minutes": _("how many minutes they are good for"),
}


def load(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    codes = list(PageCode.objects.filter(pk__in=ids))
    told = load_orders([code.order_id for code in codes], now)
    minutes = int(LIVES.total_seconds() // 60)
    return {
        code.pk: {
            **told[code.order_id],
            "markup": [],  # mailboxes need no description of the order here
            "code": {"digits": links.grouped(digits_of(code)), "minutes": minutes},
        }
        for code in codes
    }


CONTEXT = Context(load, DESCRIBE, WORDS)
