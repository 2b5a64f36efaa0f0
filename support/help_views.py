"""The help centre as everybody sees it: search and categories, an article, and what is suggested as one types."""

import hashlib
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from orders.brand import brand_of
from orders.models import Store
from shelf import pages
from support.answers import PUBLIC, answers, shown_in
from support.markup import html_of, words_of
from support.models import Article, Revision

SUGGESTED, SHOWN = 3, 20
FRESH = 300  # seconds for which browsers and proxies keep a page


@require_safe
def help_centre(request: HttpRequest) -> HttpResponse:
    """What was asked and its answers; without a question all articles by category."""
    context = _common(request)
    asked, category = _typed(request, "q"), _typed(request, "category")
    if asked:
        context |= {"asked": asked, "found": answers(asked, context["language"], PUBLIC, timezone.now(), SHOWN)}
    else:
        shown = shown_in(context["language"], PUBLIC, timezone.now())
        rows = [one for one in shown if not category or one.category == category]
        labels = dict(Article.Category.choices)
        order = list(labels)
        rows.sort(key=lambda one: order.index(one.category))
        groups = groupby(rows, key=lambda one: one.category)
        context["categories"] = [{"key": key, "label": labels[key], "articles": list(of)} for key, of in groups]
        context["category"] = category if category in labels else ""
    return _kept(request, render(request, "support/help.html", context))


@require_safe
def help_article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article. Its text stays when its time is over, and says so; it is suggested to nobody then."""
    article = Article.objects.filter(slug=slug, state=Article.State.PUBLISHED).first()
    if article is None or (article.audience == Article.Audience.AGENTS and not _is_agent(request)):
        raise Http404
    texts = {row.language: row for row in Revision.objects.filter(article=article, is_answer=True).defer("words")}
    if not texts:
        raise Http404
    context = _common(request)
    text = texts.get(context["language"]) or texts.get("en") or next(iter(texts.values()))
    context |= {
        "article": article,
        "text": text,
        "html": html_of(text.body),
        "about": words_of(text.body)[:160],
        "is_expired": text.verified_until is None or text.verified_until <= timezone.now(),
        "is_other_language": text.language != context["language"],
        "written_in": [{"code": code, "name": pages.OURS.get(code, code)} for code in sorted(texts)],
        "address": request.build_absolute_uri(request.path),
    }
    return _kept(request, render(request, "support/help_article.html", context), article.audience)


@require_http_methods(["GET", "HEAD", "POST"])
def suggest(request: HttpRequest) -> HttpResponse:
    """A piece of a page: the best answers to what is being typed.

    What somebody types into a letter comes by POST, for addresses are written into logs; a POST changes nothing either.
    """
    language = pages.speak(request, translation.get_language_from_request(request))
    asked = (request.POST if request.method == "POST" else request.GET).get("q", "")
    found = answers(asked, language, PUBLIC, timezone.now(), SUGGESTED) if len(asked.strip()) > 2 else []
    response = render(request, "support/_suggestions.html", {"suggested": found, "language": language})
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def _common(request: HttpRequest) -> dict[str, Any]:
    slug = _typed(request, "store")
    store = (Store.objects.filter(slug=slug).first() if slug else None) or Store.objects.order_by("pk").first()
    language = pages.speak(request, translation.get_language_from_request(request))
    return {
        "store": brand_of(store) if store else None,
        "store_slug": slug,
        "language": language,
        "languages": pages.choices(request),
    }


def _typed(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:200]


def _is_agent(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.has_perm("support.view_article")


def _kept(request: HttpRequest, response: HttpResponse, audience: str = Article.Audience.PUBLIC) -> HttpResponse:
    """304 for who has it already; what agents alone may read is kept by nobody."""
    if audience != Article.Audience.PUBLIC:
        response["Cache-Control"] = "private, no-store"
        return response
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={FRESH}"
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return get_conditional_response(request, etag=etag, response=response) or response
