"""Touchpoints, and people before their pages."""

from datetime import datetime

from django.test import Client

from campaigns.models import Touchpoint, TouchpointAnswer, TouchpointVisit
from campaigns.touchpoints import own
from orders.models import Store

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"


def touchpoint(store: Store, **fields) -> Touchpoint:
    known = {"name": "Box card", "place": "packaging", "stands_after": "delivery", "scale": "five"}
    point = Touchpoint(store=store, **(known | fields))
    own.save(point)
    return point


def path(point: Touchpoint) -> str:
    return "/q/" + point.qr_link.rsplit("/", 1)[-1]


def phone(address: str = "198.51.100.7", agent: str = PHONE) -> Client:
    """A browser of its own, with its own cookies."""
    return Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)


def scores(point: Touchpoint) -> list[int]:
    return list(point.answers.order_by("pk").values_list("score", flat=True))


def told(point: Touchpoint, at: datetime, visits: int, *said: int) -> None:
    """So many people looked at that moment; the first of them said these scores."""
    TouchpointVisit.objects.bulk_create(
        TouchpointVisit(touchpoint=point, key=f"v{at.timestamp()}{n}:0", at=at) for n in range(visits)
    )
    TouchpointAnswer.objects.bulk_create(
        TouchpointAnswer(touchpoint=point, visitor=f"v{at.timestamp()}{n}"[:32], score=score, language="en", at=at)
        for n, score in enumerate(said)
    )
