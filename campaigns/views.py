"""The page behind a touchpoint's code: a GET shows, and is noted as a visit; only a POST answers."""

import logging
from datetime import timedelta

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from campaigns.models import Touchpoint
from campaigns.touchpoints import own
from campaigns.touchpoints.own import AnswerRefused, Browser
from campaigns.touchpoints.questions import choices_of, question_of
from messaging import machines
from orders.brand import brand_of
from shelf import links, pages

log = logging.getLogger(__name__)

COOKIE = "touch"
COOKIE_LIVES = timedelta(days=30)
ANSWERS_PER_HOUR = 60  # at one touchpoint from one address: a shop's whole queue shares its Wi-Fi


@csrf_exempt  # nobody is signed in here, and whoever takes no cookies may answer too
@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def touchpoint(request: HttpRequest, code: str) -> HttpResponse:
    try:
        point = own.find(code)
    except links.BadLink:
        raise Http404 from None
    language = pages.speak(request, _language(request, point))
    errors: list[str] = []
    status = 200
    if request.method == "POST":
        if _answers_too_often(request, point):
            errors, status = [gettext("Very many answers came from this network. Please try again in an hour.")], 429
        else:
            try:
                said, comment = request.POST.get("score", ""), request.POST.get("comment", "")
                own.answer(point, browser_of(request), said, comment, language, timezone.now())
            except AnswerRefused as refusal:
                errors, status = [str(refusal)], 422
            else:
                return HttpResponseRedirect(f"{request.path}?thanks=1&lang={language}")
    return _shown(request, point, language, errors, status)


def _shown(request: HttpRequest, point: Touchpoint, language: str, errors: list[str], status: int) -> HttpResponse:
    is_over = point.closed_at is not None
    page = "touchpoint_thanks" if request.GET.get("thanks") else "touchpoint_closed" if is_over else "touchpoint"
    chosen = request.POST.get("score", request.GET.get("score", ""))
    context = {
        "store": brand_of(point.store),
        "language": language,
        "languages": pages.choices(request, point.store.languages),
        "question": question_of(point, language),
        "scale": point.scale,
        "choices": choices_of(point, chosen),
        "comment": request.POST.get("comment", ""),
        "longest": own.LONGEST_COMMENT,
        "errors": errors,
    }
    response = render(request, f"campaigns/{page}.html", context, status=status)
    if request.method == "GET" and page == "touchpoint":
        _note(request, response, point)
    return response


def _note(request: HttpRequest, response: HttpResponse, point: Touchpoint) -> None:
    """A visit by a person, once the page has left; the cookie makes the answer theirs."""
    if machines.is_prefetch(request.headers) or machines.is_machine_click(request.headers.get("User-Agent", "")):
        return
    known = browser_of(request)
    if not known.cookie:
        known = Browser(own.new_cookie(), known.address, known.agent)
        response.set_cookie(
            COOKIE, known.cookie, max_age=COOKIE_LIVES, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    now, close = timezone.now(), response.close

    def closing() -> None:
        own.note_visit(point, known, now)
        close()

    response.close = closing


def browser_of(request: HttpRequest) -> Browser:
    cookie = request.COOKIES.get(COOKIE, "")
    agent = request.headers.get("User-Agent", "")
    return Browser(cookie if 10 <= len(cookie) <= 40 else "", pages.address_of(request), agent[:300])


def _language(request: HttpRequest, point: Touchpoint) -> str:
    """The browser's, when the shop speaks it."""
    asked = translation.get_language_from_request(request)
    spoken = point.store.languages or list(pages.OURS)
    return asked if asked in spoken else point.store.language


def _answers_too_often(request: HttpRequest, point: Touchpoint) -> bool:
    key = f"touch:{point.pk}:{pages.address_of(request)}"
    try:
        cache.add(key, 0, timeout=int(timedelta(hours=1).total_seconds()))
        return cache.incr(key) > ANSWERS_PER_HOUR
    except Exception as error:  # without Redis nobody is counted, and everybody still answers
        log.warning("answers at touchpoints are not counted: %s", error)
        return False
