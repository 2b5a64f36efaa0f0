"""The pages of reviews and surveys: a GET shows, only a POST records."""

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.actions import language_for
from feedback import actions
from feedback.actions import Answer, ReviewRefused, surveys
from feedback.actions.surveys import SurveyRefused
from feedback.links import PURPOSE, SURVEY, review_url
from feedback.models import Place, Request, ReviewPhoto, Survey
from feedback.scales import SCALES
from messaging.machines import is_machine_click, is_prefetch
from orders.actions import speak
from orders.brand import brand_of
from orders.links import PURPOSE as ORDER_PURPOSE
from orders.links import status_url
from shelf import images, pages
from shelf.images import ImageRefused
from shelf.throttle import is_too_often

# By one link. The link is what is counted: it belongs to one buyer, and many share an address of a mobile network.
SENT_PER_HOUR = 30
TOO_OFTEN = _("This review was sent too many times within an hour. Please try again later.")
LIKE_A_MACHINE = _("This looks as if a program had sent it. Please tick below that it was you, and send it once more.")
WORDS = ("text", "pros", "cons")


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def review(request: HttpRequest, token: str) -> HttpResponse:
    asked = _find_request(token)
    store = asked.order.store
    language = pages.speak(request, speak(asked.order))
    common = {
        "store": brand_of(store),
        "language": language,
        "languages": pages.choices(request, store.languages),
        "order_url": status_url(asked.order),
    }
    errors: list[str] = []
    if request.method == "POST":
        try:
            _check_sender(request, asked)
            if request.POST.get("deed") == "withdraw":
                actions.withdraw_reviews(asked, timezone.now())
                return redirect(f"{request.path}?withdrawn=1&lang={language}")
            actions.submit_review(
                asked, _answers(request, asked), request.POST.get("author", ""), language, timezone.now()
            )
        except (ReviewRefused, ImageRefused) as refusal:
            errors = [str(refusal)]
            common["is_doubted"] = isinstance(refusal, MachineRefused)
        else:
            return redirect(f"{request.path}?thanks=1&lang={language}")
    elif request.GET.get("thanks"):
        # All see the same places, whatever they said.
        places = Place.objects.filter(store=store).order_by("position", "pk")[:12]
        told = {**common, "review": {"author": _author(asked)}, "places": places}
        return render(request, "feedback/review_thanks.html", told)
    context = {**common, "review": _form(request, asked), "errors": errors}
    return render(request, "feedback/review.html", context)


class MachineRefused(ReviewRefused):
    """An answer that looks like a machine's: a person confirms it with a tick."""


def _check_sender(request: HttpRequest, asked: Request) -> None:
    """Mail scanners follow links, and some press buttons: what looks like theirs is counted and changes nothing."""
    if is_too_often("reviews", [str(asked.pk)], SENT_PER_HOUR):
        raise ReviewRefused(TOO_OFTEN)
    agent = request.headers.get("User-Agent", "")
    is_named = is_prefetch(request.headers) or bool(agent and is_machine_click(agent))
    is_hidden_filled = bool(request.POST.get("website"))  # no person sees that field
    if is_hidden_filled or (is_named and not request.POST.get("person")):
        why = "hidden_field" if is_hidden_filled else "named"
        chosen = {name: _stars(request.POST.get(f"stars_{name}")) for name in _names(asked)}
        actions.suspect(asked, {name: stars for name, stars in chosen.items() if stars}, why, timezone.now())
        raise MachineRefused(LIKE_A_MACHINE)


def _names(asked: Request) -> dict[str, int | None]:
    """What the form calls the order's lines, and the store."""
    return {str(line.pk): line.pk for line in asked.order.lines.all()} | {"store": None}


@require_safe
@pages.private
def from_order(request: HttpRequest, token: str) -> HttpResponse:
    """From the order's page to its review; the order's own token proves who asks."""
    asked = pages.behind(token, ORDER_PURPOSE, Request.objects.all(), "order", "order__link_version")
    stars = _stars(request.GET.get("stars"))
    return redirect(review_url(asked) + (f"?stars={stars}" if stars else ""))


@require_safe
@pages.private
def photo(request: HttpRequest, token: str, photo_id: int) -> HttpResponse:
    """A photo of the author's own review."""
    asked = pages.behind(token, PURPOSE, Request.objects.all())
    found = ReviewPhoto.objects.filter(pk=photo_id, review__request=asked).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.data), content_type="image/jpeg")


def _find_request(token: str) -> Request:
    rows = Request.objects.select_related("order__store", "order__customer").prefetch_related(
        Prefetch("reviews__photos", ReviewPhoto.objects.defer("data")), "order__lines"
    )
    return pages.behind(token, PURPOSE, rows)


def _stars(value: str | None) -> int | None:
    return int(value) if value in ("1", "2", "3", "4", "5") else None


def _answers(request: HttpRequest, asked: Request) -> list[Answer]:
    answers = []
    for name, line_id in _names(asked).items():
        stars = _stars(request.POST.get(f"stars_{name}"))
        if stars:
            words = {field: request.POST.get(f"{field}_{name}", "") for field in WORDS}
            answers.append(Answer(line_id, stars, **words, photos=_photos(request, name)))
    return answers


def _photos(request: HttpRequest, name: str) -> list[bytes] | None:
    """Made anew by the limited child, one after the other; None when none were brought. The action counts them."""
    brought = [file for file in request.FILES.getlist(f"photos_{name}") if file.size]
    if not brought:
        return [] if request.POST.get(f"no_photos_{name}") else None
    if len(brought) > actions.MOST_PHOTOS:
        return [b""] * len(brought)
    return [images.evidence(file.read(images.MOST_BYTES + 1)).data for file in brought]


def _form(request: HttpRequest, asked: Request) -> dict[str, Any]:
    """The form as it was sent, else as it was answered before, else with the stars chosen in the mail."""
    before = actions.answers_of(asked)
    chosen, chosen_line = _stars(request.GET.get("stars")), request.GET.get("line")
    lines = list(asked.order.lines.all())

    def field(name: str, line_id: int | None) -> dict[str, Any]:
        review_ = before.get(line_id)
        # Stars without a line come from the order's page: they are about the only product, else about the store.
        about = chosen_line or (str(lines[0].pk) if len(lines) == 1 else "store")
        from_mail = chosen if about == name else None
        return {
            "stars": _stars(request.POST.get(f"stars_{name}")) or from_mail or (review_.stars if review_ else None),
            **{
                word: request.POST.get(f"{word}_{name}") or (getattr(review_, word) if review_ else "")
                for word in WORDS
            },
            "photos": [photo.pk for photo in review_.photos.all()] if review_ else [],
            "review": review_,
        }

    return {
        "order_number": asked.order.number,
        "store_name": asked.order.store.name,
        "products": [
            {"line_id": line.pk, "title": line.title, "image_url": line.image_url, **field(str(line.pk), line.pk)}
            for line in lines
        ],
        "store": field("store", None),
        "author": request.POST.get("author") or _author(asked) or asked.order.first_name,
        "is_answered": bool(before),
        "is_withdrawn": bool(request.GET.get("withdrawn")) and not before,
        "most_photos": actions.MOST_PHOTOS,
        "longest": actions.LONGEST,
    }


def _author(asked: Request) -> str:
    return next((r.author for r in asked.reviews.all() if r.author), "")


# --- Surveys ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def survey(request: HttpRequest, token: str) -> HttpResponse:
    asked = _find_survey(token)
    language = pages.speak(request, _language_of(asked))
    errors: list[str] = []
    if request.method == "POST":
        score, text = SCALES[asked.kind].read(request.POST.get("score", "")), request.POST.get("text", "")
        try:
            surveys.answer_survey(asked, score, text, language, timezone.now())
        except SurveyRefused as refusal:
            errors = [str(refusal)]
            asked.refresh_from_db(fields=["state"])
        else:
            return redirect(f"{request.path}?thanks=1&lang={language}")
    return _survey_page(request, asked, language, errors)


def _survey_page(request: HttpRequest, asked: Survey, language: str, errors: list[str]) -> HttpResponse:
    scale = SCALES[asked.kind]
    is_over, is_answered = asked.state == Survey.State.CLOSED, asked.score is not None
    page = "survey_closed" if is_over else "survey_thanks" if request.GET.get("thanks") and is_answered else "survey"
    if errors:
        page = "survey_closed" if is_over else "survey"
    typed = request.POST.get("score", request.GET.get("score", ""))
    chosen = scale.read(typed)
    question = scale.of_order if asked.order else scale.of_shop
    context = {
        "store": brand_of(asked.store),
        "language": language,
        "languages": pages.choices(request, asked.store.languages),
        "order_number": asked.order.number if asked.order else "",
        "order_url": status_url(asked.order) if asked.order else "",
        "kind": asked.kind,
        "question": question % {"store": asked.store.name, "number": asked.order.number if asked.order else ""},
        "scores": scale.scores,
        "worst": scale.worst,
        "best": scale.best,
        "chosen": asked.score if chosen is None else chosen,
        "is_answered": is_answered,
        "is_bad": asked.score is not None and scale.band(asked.score) == "low",
        "text": request.POST.get("text", asked.text),
        "longest": surveys.LONGEST,
        "errors": errors,
    }
    status = 422 if errors else 410 if is_over else 200
    return render(request, f"feedback/{page}.html", context, status=status)


def _language_of(asked: Survey) -> str:
    if asked.order:
        return speak(asked.order)
    store = asked.store
    return language_for(asked.customer.language if asked.customer else "", "", store.language, store.languages)


def _find_survey(token: str) -> Survey:
    return pages.behind(
        token, SURVEY, Survey.objects.select_related("store", "customer", "order__store", "order__customer")
    )
