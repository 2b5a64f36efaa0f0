"""What every page behind a customer's link has in common: its row, its language, headers that keep it private."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from shelf import links

Row = TypeVar("Row", bound=Model)

OURS = {"en": "English", "uk": "Українська", "ru": "Русский"}


def address_of(request: HttpRequest) -> str:
    """Who asks, for rate limits. Behind PROXIES proxies of ours the last entries of X-Forwarded-For are true."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if settings.PROXIES and len(forwarded) >= settings.PROXIES:
        return forwarded[-settings.PROXIES].strip()
    return request.META.get("REMOTE_ADDR", "")


def behind(token: str, purpose: str, rows: QuerySet[Row], pk: str = "pk", version: str = "link_version") -> Row:
    """The row that a signed link leads to, one of ``rows``. Raises Http404: absent, forged and revoked look alike.

    ``pk`` and ``version`` say where the row keeps what the link holds, if the link is another's: ``order_id`` and
    ``order__link_version``.
    """
    try:
        link = links.read(purpose, token)
    except links.BadLink:
        raise Http404 from None
    found = rows.filter(**{pk: link.object_id, version: link.version}).first()
    if found is None:
        raise Http404
    return found


def private(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Nothing of this page is stored, indexed, or told to other sites by the Referer."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        # Not "no-referrer": then a browser posts forms with "Origin: null", which the CSRF check refuses.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


def speak(request: HttpRequest, language: str) -> str:
    """Open the page in ``?lang=`` if it is one of ours, else in the given language; returns the one chosen.

    Django resets the language after the request, so nothing leaks into the next one.
    """
    asked = request.GET.get("lang", "")
    chosen = asked if asked in OURS else language if language in OURS else "en"
    translation.activate(chosen)
    request.LANGUAGE_CODE = chosen
    return chosen


def choices(request: HttpRequest, allowed: Sequence[str] = ()) -> list[dict[str, str]]:
    """The language switch: plain links to this same page."""
    kept = request.GET.copy()
    kept.pop("lang", None)
    rest = f"&{kept.urlencode()}" if kept else ""
    return [
        {"code": code, "name": name, "url": f"?lang={code}{rest}"}
        for code, name in OURS.items()
        if not allowed or code in allowed
    ]
