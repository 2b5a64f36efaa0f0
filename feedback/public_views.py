"""The public pages of reviews, for everybody and for search engines. A GET shows; a vote and a question are POSTs."""

import secrets
from typing import Any

from csp.decorators import csp_replace
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_POST, require_safe

from feedback import feed, markup, public_actions, showing
from feedback.feed_lines import lines_of
from feedback.models import Place, Review, ReviewPhoto, Score
from feedback.public_actions import QuestionRefused
from feedback.showing import ORDERS, Wanted, told
from orders.brand import brand_of
from orders.models import Product, Store
from shelf import keyset, pages
from shelf.pages import address_of
from shelf.throttle import is_too_often

VISITOR = "visitor"
YEAR = 365 * 24 * 60 * 60
POSTS_PER_HOUR = 30  # from one address: votes and questions together
FRESH = 300  # seconds for which the frame and the feed may be kept
TOO_OFTEN = gettext_noop("So much came from your address within an hour that we take no more for now.")
STYLES = ("aftercare/tokens.css", "aftercare/base.css", "aftercare/components.css", "aftercare/reviews.css")


@require_safe
def product(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _product_page(request, _product(slug, pk))


def _product_page(request: HttpRequest, found: Product, errors: list[str] | None = None) -> HttpResponse:
    store, wanted = found.store, _wanted(request)
    language = _speak(request, store)
    tally = showing.tallies([found.pk])[found.pk]
    page = showing.page_of(found.pk, wanted)
    address = request.build_absolute_uri(reverse("product-reviews", args=[store.slug, found.pk]))
    score = told(tally, language, {n: _link(request, stars=n) for n in range(1, 6)}, wanted.stars)
    context = _common(request, store, language) | {
        "product": found,
        "address": address,
        "score": score,
        "reviews": page.rows,
        "older": _link(request, page=page.next_cursor) if page.next_cursor else "",
        "newer": _link(request, page=page.previous_cursor) if page.previous_cursor else "",
        "filters": _filters(request, wanted),
        "is_narrowed": wanted.is_narrowed,
        "markup": markup.script(_marked_up(found, address, score, page.rows)),
        "notes": showing.notes_of(store.pk, found.pk),
        "questions": showing.questions_of(found.pk),
        "voted": public_actions.voted([one["id"] for one in page.rows], _visitor(request)) if page.rows else (),
        "thanks": _thanks(request),
        "question": request.POST.get("text", ""),
        "errors": errors or [],
    }
    response = render(request, "feedback/public/product.html", context, status=422 if errors else 200)
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _marked_up(found: Product, address: str, score: dict, rows: list[dict]) -> dict | None:
    """What the page shows, as data. A review whose stars were imported is no less one of the product's."""
    nobody = _("A customer")
    reviews = [{**one, "nobody": nobody, "photos": one["photos"]} for one in rows]
    return markup.product(found.title, address, found.image_url, found.sku, score, reviews)


def _wanted(request: HttpRequest) -> Wanted:
    asked = request.GET
    stars = asked.get("stars", "")
    return Wanted(
        stars=int(stars) if stars in ("1", "2", "3", "4", "5") else None,
        verified=asked.get("verified") == "1",
        order=asked["order"] if asked.get("order") in ORDERS else "",
        cursor=asked.get("page", ""),
    )


def _filters(request: HttpRequest, wanted: Wanted) -> list[dict[str, Any]]:
    all_of_them = {"label": _("All"), "url": _link(request, stars=None, verified=None),
                   "is_chosen": not (wanted.stars or wanted.verified)}  # fmt: skip
    buyers = {"label": _("Verified buyers"), "url": _link(request, verified=None if wanted.verified else 1),
              "is_chosen": wanted.verified}  # fmt: skip
    orders = [
        {"label": label, "url": _link(request, order=word or None), "is_chosen": wanted.order == word}
        for word, (label, _order) in ORDERS.items()
    ]
    return [all_of_them, buyers, *orders]


def _link(request: HttpRequest, **changed: Any) -> str:
    """This page with something changed; another list begins at its first page."""
    query = request.GET.copy()
    for name in ("page", "thanks"):
        query.pop(name, None)
    for name, value in changed.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The address of a single review: the page of its product, with those of its stars."""
    review = Review.objects.filter(pk=pk, state=Review.State.PUBLISHED).select_related("store").first()
    if review is None or review.store is None:
        raise Http404
    if review.product_id is None:
        return redirect("reviews", review.store.slug)
    return redirect(
        f"{reverse('product-reviews', args=[review.store.slug, review.product_id])}?stars={review.stars}#review-{pk}"
    )


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """The products of a store by how many reviews they have, and where else the shop may be reviewed."""
    store = _store(slug)
    language = _speak(request, store)
    asked = request.GET.get("q", "").replace("\0", "").strip()[:100]
    rows = Score.objects.filter(store=store, product__isnull=False, count__gt=0).select_related("product")
    if asked:
        rows = rows.filter(product__title__icontains=asked)
    page = keyset.page_after(rows, ("-count", "-id"), request.GET.get("page", ""), 50)
    context = _common(request, store, language) | {
        "address": request.build_absolute_uri(request.path),
        "score": told(showing.store_tally(store.pk), language),
        "asked": asked,
        "is_narrowed": bool(asked),
        "products": [_of_list(row, language) for row in page.rows],
        "older": _link(request, page=page.next_cursor) if page.next_cursor else "",
        "newer": _link(request, page=page.previous_cursor) if page.previous_cursor else "",
        "places": Place.objects.filter(store=store).order_by("position", "pk")[:12],
    }
    return render(request, "feedback/public/index.html", context)


def _of_list(row: Score, language: str) -> dict[str, Any]:
    tally = showing.tally_of(row)
    assert row.product is not None
    return {"pk": row.product_id, "title": row.product.title, "count": tally.count, "rounded": tally.rounded,
            "mean_text": showing.mean_text(tally, language)}  # fmt: skip


@require_safe
def how_we_check(request: HttpRequest, slug: str) -> HttpResponse:
    """How reviews are checked, in words, and in numbers that nobody types: by star, and by reason of refusal."""
    store = _store(slug)
    language = _speak(request, store)
    context = _common(request, store, language) | {
        "address": request.build_absolute_uri(request.path),
        "score": told(showing.store_tally(store.pk), language),
        "refused": showing.refused(store.pk),
    }
    return render(request, "feedback/public/how.html", context)


# --- For other pages ----------------------------------------------------------------------------------------------


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
def widget(request: HttpRequest, slug: str) -> HttpResponse:
    """A product's summary and its newest reviews, to stand in a frame on the shop's page. It sets no cookie."""
    store = _store(slug)
    language = _speak(request, store)
    found = _product_named(store, request)
    tally = showing.tallies([found.pk])[found.pk] if found else showing.NOTHING
    context = _common(request, store, language) | {
        "styles": STYLES,
        "score": told(tally, language),
        "reviews": showing.page_of(found.pk, Wanted(), showing.IN_FRAME).rows if found else [],
        "page_url": _absolute(request, "product-reviews", store.slug, found.pk) if found else "",
        "how_url": _absolute(request, "reviews-how", store.slug),
        "is_frame": True,
    }
    response = render(request, "feedback/public/widget.html", context)
    response["Cache-Control"] = f"public, max-age={FRESH}"
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _product_named(store: Store, request: HttpRequest) -> Product | None:
    """By the shop's own id, else by SKU."""
    for field, name in (("external_id", "product"), ("sku", "sku")):
        value = request.GET.get(name, "").replace("\0", "")[:100]
        if value:
            found = Product.objects.filter(store=store, **{field: value}).order_by("pk").first()
            if found:
                return found
    return None


@require_safe
def google_feed(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """All reviews of a store as Google's file, read and written row by row."""
    store = _store(slug)
    response = StreamingHttpResponse(
        feed.written(store.name, lines_of(store)), content_type="application/xml; charset=utf-8"
    )
    response["Cache-Control"] = f"public, max-age={FRESH}"
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo of a review that everybody may read; it was made anew by us and never changes."""
    found = ReviewPhoto.objects.filter(pk=pk, review__state=Review.State.PUBLISHED).first()
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.data), content_type="image/jpeg")
    response["Cache-Control"] = f"public, max-age={FRESH}"  # not longer: its author may take it back
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- What readers do ----------------------------------------------------------------------------------------------


@require_POST
def helpful(request: HttpRequest, pk: int) -> HttpResponse:
    """One vote for each visitor; a program that votes is counted no more than a person is."""
    review = Review.objects.filter(pk=pk, state=Review.State.PUBLISHED, product__isnull=False).first()
    if review is None or review.product_id is None:
        raise Http404
    visitor = _visitor(request) or secrets.token_urlsafe(12)
    if not is_too_often("review-posts", [address_of(request)], POSTS_PER_HOUR):
        public_actions.vote(pk, visitor)
    response = _back(request, review.product_id, "", f"#review-{pk}")
    response.set_signed_cookie(
        VISITOR, visitor, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
    )
    return response


@require_POST
def question(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _product(slug, pk)
    language = _speak(request, found.store)
    if request.POST.get("website"):  # a field that only programs fill in
        return _back(request, found.pk, "question", "")
    try:
        if is_too_often("review-posts", [address_of(request)], POSTS_PER_HOUR):
            raise QuestionRefused(TOO_OFTEN)
        public_actions.ask(found, request.POST.get("text", ""), language, timezone.now())
    except QuestionRefused as refusal:
        return _product_page(request, found, [str(refusal)])
    return _back(request, found.pk, "question", "")


def _back(request: HttpRequest, product_id: int, thanks: str, anchor: str) -> HttpResponseRedirect:
    found = Product.objects.select_related("store").get(pk=product_id)
    query = f"?lang={request.POST['lang']}" if request.POST.get("lang") in pages.OURS else "?lang="
    thanked = f"&thanks={thanks}" if thanks else ""
    return HttpResponseRedirect(
        f"{reverse('product-reviews', args=[found.store.slug, found.pk])}{query}{thanked}{anchor}"
    )


def _thanks(request: HttpRequest) -> str:
    return _("Thank you. Your question stands here as soon as it is answered.") if request.GET.get("thanks") else ""


def _visitor(request: HttpRequest) -> str:
    try:
        return request.get_signed_cookie(VISITOR, "") or ""
    except BadSignature:
        return ""


# --- What they have in common -------------------------------------------------------------------------------------


def _store(slug: str) -> Store:
    found = Store.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _product(slug: str, pk: int) -> Product:
    found = Product.objects.filter(pk=pk, store__slug=slug).select_related("store").first()
    if found is None:
        raise Http404
    return found


def _speak(request: HttpRequest, store: Store) -> str:
    """As the address asks, else as the browser does, in a language of the store."""
    asked = request.POST.get("lang", "") if request.method == "POST" else ""
    wanted = asked if asked in pages.OURS else translation.get_language_from_request(request)
    allowed = store.languages or list(pages.OURS)
    return pages.speak(request, wanted if wanted in allowed else store.language)


def _common(request: HttpRequest, store: Store, language: str) -> dict[str, Any]:
    return {
        "store": brand_of(store),
        "language": language,
        "languages": pages.choices(request, store.languages),
    }


def _absolute(request: HttpRequest, name: str, *args: Any) -> str:
    return f"{request.build_absolute_uri(reverse(name, args=args))}?lang={translation.get_language()}"


def embed_code(request: HttpRequest, slug: str, product: str) -> str:
    """What a shop pastes into its page: one tag, and a plain link for those without scripts."""
    script = request.build_absolute_uri(static("aftercare/reviews-widget.js"))
    frame = request.build_absolute_uri(reverse("reviews-widget", args=[slug]))
    return (
        f'<script async src="{script}" data-store="{slug}" data-product="{product}"></script>\n'
        f'<noscript><iframe src="{frame}?product={product}" title="{_("Reviews")}" width="100%" height="600">'
        "</iframe></noscript>"
    )
