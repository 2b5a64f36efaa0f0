"""Verbs about the merchant's own touchpoints: open one, count a visit, take an answer; and what all of them counted.

Who looks twice counts once: a browser is known by a cookie of the page, without cookies by its address and name for
one day. Only a keyed hash is kept, so that nobody can be found by it.
"""

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from campaigns.models import Touchpoint, TouchpointAnswer, TouchpointVisit
from shelf import links, qr
from shelf.reasons import Refusal
from shelf.touchpoints import AFTER, BEFORE, PLACES, PURCHASE, Counted, Scope

log = logging.getLogger(__name__)

PURPOSE = "touchpoint"
LONGEST_COMMENT = 2000
# scale → (lowest, highest, from here on it is good)
SCALES = {"five": (1, 5, 4), "ten": (0, 10, 9), "yes_no": (0, 1, 1)}
# where a new point stands on the path, unless somebody says otherwise: its place → after which point
STANDS_AFTER = {"shop": "", "phone": "", "stand": "", "checkout": "", "packaging": "delivery", "other": ""}
ANONYMOUS = gettext_lazy("Answers are anonymous: they belong to no segment.")
SHOWN = 20  # own points of a map; more could not be read

Scale = Touchpoint.Scale


class AnswerRefused(Refusal):
    """An answer that cannot be taken, with a sentence for whoever gave it."""


# --- The merchant -------------------------------------------------------------------------------------------------


@transaction.atomic
def save(touchpoint: Touchpoint) -> None:
    """Keep it, with its link and the drawing of it. A code that was printed stays the same while its link does."""
    touchpoint.save()
    link = link_of(touchpoint)
    if touchpoint.qr_link != link:
        touchpoint.qr_link, touchpoint.qr = link, qr.svg(link, touchpoint.name)
        touchpoint.save(update_fields=["qr_link", "qr"])


def close(touchpoint: Touchpoint, now: datetime) -> None:
    """Its link leads to a friendly no; what was said stays on the map."""
    touchpoint.closed_at = now
    touchpoint.save(update_fields=["closed_at"])


def reopen(touchpoint: Touchpoint) -> None:
    touchpoint.closed_at = None
    touchpoint.save(update_fields=["closed_at"])


def change_link(touchpoint: Touchpoint) -> None:
    """Every code that was printed leads nowhere from now on."""
    touchpoint.link_version += 1
    save(touchpoint)


def link_of(touchpoint: Touchpoint) -> str:
    return f"{settings.PUBLIC_URL}/q/{links.code(PURPOSE, touchpoint.pk, touchpoint.link_version)}"


def find(code: str) -> Touchpoint:
    """The touchpoint behind a link, or BadLink: absent, forged and taken back look alike."""
    pk, version = links.read_code(PURPOSE, code, 2)
    found = Touchpoint.objects.select_related("store").filter(pk=pk, link_version=version).first()
    if found is None:
        raise links.BadLink
    return found


# --- Whoever scanned it -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Browser:
    """Who stands before the page, as far as we may know: a random cookie of ours, or its address and name."""

    cookie: str
    address: str
    agent: str


def new_cookie() -> str:
    return secrets.token_urlsafe(12)


def visitor_of(touchpoint: Touchpoint, browser: Browser, now: datetime) -> str:
    """A keyed hash, other for each touchpoint; without a cookie other every day too."""
    known = ["cookie", browser.cookie] if browser.cookie else ["day", f"{now:%F}", browser.address, browser.agent]
    said = "\n".join([PURPOSE, str(touchpoint.pk), *known]).encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, sha256).hexdigest()[:32]


def note_visit(touchpoint: Touchpoint, browser: Browser, now: datetime) -> None:
    """Write down that somebody looked, once in a stretch of time. Never raises: the page is on its way already."""
    try:
        _note(touchpoint, visitor_of(touchpoint, browser, now), now)
    except Exception:
        log.exception("a visit to touchpoint %s could not be noted", touchpoint.pk)


def _note(touchpoint: Touchpoint, visitor: str, now: datetime) -> None:
    stretch = int(now.timestamp()) // (60 * touchpoint.again_minutes)
    row = TouchpointVisit(touchpoint=touchpoint, key=f"{visitor}:{stretch}", at=now)
    TouchpointVisit.objects.bulk_create([row], ignore_conflicts=True)


@transaction.atomic
def answer(
    touchpoint: Touchpoint, browser: Browser, said: str, comment: str, language: str, now: datetime
) -> TouchpointAnswer:
    """Keep an answer; within the touchpoint's stretch of time it replaces this browser's earlier one."""
    score = _read_score(touchpoint, said)
    if touchpoint.closed_at:
        raise AnswerRefused(_("This question is closed: your answer was not kept."))
    visitor = visitor_of(touchpoint, browser, now)
    with connection.cursor() as cursor:  # two taps at once: the second waits, and then replaces
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [touchpoint.pk % 2**31, visitor])
    lately = now - timedelta(minutes=touchpoint.again_minutes)
    before = touchpoint.answers.filter(visitor=visitor, at__gt=lately).order_by("-at").first()
    kept = before or TouchpointAnswer(touchpoint=touchpoint, visitor=visitor, at=now)
    kept.score, kept.language = score, language
    kept.comment = comment.replace("\x00", "").strip()[:LONGEST_COMMENT]
    kept.save()
    if before is None:
        _note(touchpoint, visitor, now)  # whoever answered was there
    return kept


def _read_score(touchpoint: Touchpoint, said: str) -> int:
    lowest, highest, _good = SCALES[touchpoint.scale]
    if said not in [str(score) for score in range(lowest, highest + 1)]:
        raise AnswerRefused(_("Please choose an answer first."))
    return int(said)


# --- On the map ---------------------------------------------------------------------------------------------------


def count_own(scope: Scope) -> list[Counted]:
    """All own points of the store (or of all stores): two queries, however many there are.

    Their visitors are unknown, so a segment cannot be told apart: with one chosen, they keep their places empty.
    """
    points = Touchpoint.objects.filter(created_at__lt=scope.until).order_by("pk")
    if scope.store_id:
        points = points.filter(store_id=scope.store_id)
    shown = [p for p in points.select_related("store")[:SHOWN] if p.closed_at is None or p.closed_at >= scope.since]
    names = [p.name for p in shown]
    many = len(set(names)) < len(names)  # two stores, each with its "Box"
    if scope.customers is not None:
        return [_counted(p, 0, (0, 0), many, ANONYMOUS) for p in shown]
    ids, weeks = [p.pk for p in shown], {"at__gte": scope.since, "at__lt": scope.until}
    visits = TouchpointVisit.objects.filter(touchpoint__in=ids, **weeks).order_by()
    came = dict(visits.values_list("touchpoint").annotate(n=Count("pk")))
    answers = TouchpointAnswer.objects.filter(touchpoint__in=ids, **weeks).order_by()
    good = Q()
    for scale, (_lowest, _highest, from_here) in SCALES.items():
        good |= Q(touchpoint__scale=scale, score__gte=from_here)
    said = answers.values_list("touchpoint").annotate(n=Count("pk"), good=Count("pk", filter=good))
    by_point = {pk: (n, fine) for pk, n, fine in said}
    return [_counted(p, came.get(p.pk, 0), by_point.get(p.pk, (0, 0)), many) for p in shown]


def _counted(point: Touchpoint, visits: int, said: tuple[int, int], many: bool, trouble: str | Promise = "") -> Counted:
    answers, good = said
    came = max(visits, answers)  # an answer at midnight may belong to a visit of the day before
    place = PLACES.get(point.stands_after, 0)
    return Counted(
        name=f"own-{point.pk}",
        title=f"{point.name} · {point.store.name}" if many else point.name,
        phase=BEFORE if not place else PURCHASE if place < PLACES["delivery"] else AFTER,
        place=place + 1,
        volume=came,
        asked=came,
        answered=answers,
        rated=answers,
        satisfied=good,
        left=came - answers,
        left_as=gettext_lazy("looked and did not answer"),
        url=reverse("admin:campaigns_touchpoint_change", args=[point.pk]),
        is_aside=True,
        trouble=trouble,
    )
