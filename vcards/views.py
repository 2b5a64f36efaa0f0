"""The doors of cards: the page, the contact file, QR codes, pictures, counted links. None of them needs a script."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shelf import qr
from shelf.pages import OURS, address_of
from vcards import actions, pages, tally, vcf
from vcards.actions.seen import Seen
from vcards.contacts import Kind, is_counted, target
from vcards.links import reader_of, reader_token, short_url
from vcards.models import Activity
from vcards.pages import Found
from vcards.showing import draw
from vcards.visitors import is_machine, reader_id

TELLING = {name: "HTTP_" + name.upper().replace("-", "_")
           for name in ("User-Agent", "Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")}  # fmt: skip


class ToAnApp(HttpResponseRedirect):
    """Where it leads stands in our database, cleaned when it was typed (vcards/contacts.py)."""

    allowed_schemes = ["https", "viber", "tel", "mailto"]


@require_safe
def card(request: HttpRequest, code: str) -> HttpResponse:
    """The same page for everybody; only the token in its links is the reader's own."""
    kept = pages.page(code, _language_asked(request), draw)
    if kept is None:
        raise Http404
    customer_id = reader_of(request.GET.get("for", ""))
    response = _page(request, kept, customer_id)
    if request.method == "GET":
        kind = Activity.Kind.VIEW if request.path.endswith("/") else Activity.Kind.SCAN
        seen = _seen(request, kept.share_id, kind, customer_id)
        _afterwards(response, seen)
    return response


def _page(request: HttpRequest, kept: pages.Kept, customer_id: int | None) -> HttpResponse:
    if request.META.get("HTTP_IF_NONE_MATCH") == kept.etag:
        response = HttpResponse(status=304)
    else:
        token = f"for={reader_token(customer_id)}".encode() if customer_id else b""
        status = 410 if kept.is_gone else 200
        response = HttpResponse(token.join(kept.parts), content_type="text/html; charset=utf-8", status=status)
    response["ETag"] = kept.etag
    response["Content-Language"] = kept.language
    return _private(response)


@require_safe
def contact_file(request: HttpRequest, code: str) -> HttpResponse:
    """The vCard; taking it is what counts as saving, for nobody can see into an address book."""
    found = _standing(code)
    speaks = found.design.languages or [found.design.language]
    asked = _language_asked(request)
    language = asked if asked in speaks else found.design.language
    body = vcf.write(found.face.to_vcard(language))
    response = HttpResponse(body, content_type="text/vcard; charset=utf-8")
    name = f"{found.face.name(language)}.vcf".replace("/", "-").replace("\\", "-")
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name)
    if request.method == "GET":
        customer_id = reader_of(request.GET.get("for", ""))
        actions.count([_seen(request, found.share_id, Activity.Kind.SAVE, customer_id)], timezone.now())
    return _private(response)


@require_safe
def go(request: HttpRequest, code: str, contact_id: int) -> HttpResponse:
    """To where the card's own row says, and nowhere else."""
    found = _standing(code)
    contact = next((c for c in found.face.contacts if c.pk == contact_id and is_counted(c.kind)), None)
    if contact is None:
        raise Http404
    response = _private(ToAnApp(target(contact.kind, contact.value)))
    if request.method == "GET":
        customer_id = reader_of(request.GET.get("for", ""))
        seen = _seen(request, found.share_id, Activity.Kind.CLICK, customer_id, Kind(contact.kind))
        actions.count([seen], timezone.now())
    return response


@require_safe
def qr_svg(request: HttpRequest, code: str) -> HttpResponse:
    found = _known(code)
    drawn = qr.svg(short_url(found.code), _("QR code of this card"))
    return _named_file(request, HttpResponse(drawn, content_type="image/svg+xml"), f"{code}.svg")


@require_safe
def qr_png(request: HttpRequest, code: str) -> HttpResponse:
    found = _known(code)
    typed = request.GET.get("px", "")
    pixels = min(2400, max(120, int(typed))) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1200
    drawn = qr.png(short_url(found.code), pixels)
    return _named_file(request, HttpResponse(drawn, content_type="image/png"), f"{code}.png")


@require_safe
def photo(request: HttpRequest, code: str) -> HttpResponse:
    found = _standing(code)
    return _picture(found.face.card.photo)


@require_safe
def logo(request: HttpRequest, code: str) -> HttpResponse:
    return _picture(_known(code).design.logo)


def _picture(kept: Any) -> HttpResponse:
    """What the address's version names never changes; without one it is asked for again."""
    if kept is None:
        raise Http404
    response = HttpResponse(bytes(kept.data), content_type=kept.media_type)
    response["ETag"] = f'"{kept.digest}"'
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _known(code: str) -> Found:
    found = pages.find(code)
    if found is None:
        raise Http404
    return found


def _standing(code: str) -> Any:
    """A code behind which a card stands; what a person who left had here is gone for everybody."""
    found = _known(code)
    if found.face is None:
        raise Http404
    return found


def _named_file(request: HttpRequest, response: HttpResponse, name: str) -> HttpResponse:
    if "download" in request.GET:
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _language_asked(request: HttpRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in OURS else getattr(request, "LANGUAGE_CODE", "")[:2]


def _seen(request: HttpRequest, share_id: int, kind: str, customer_id: int | None, what: str = "") -> Seen:
    day = timezone.now().date()
    # request.headers would copy them all: a tenth of this page's time
    headers = {name: request.META.get(key, "") for name, key in TELLING.items()}
    visitor = reader_id(day, address_of(request), headers["User-Agent"], customer_id)
    return Seen(share_id, kind, day, visitor, is_machine(headers, request.method or ""), customer_id, what)


def _private(response: HttpResponse) -> HttpResponse:
    """Kept by the reader's browser, asked for again each time: who left must be gone there too."""
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _afterwards(response: HttpResponse, seen: Seen) -> None:
    close = response.close

    def closing() -> None:
        tally.note(seen)
        close()

    response.close = closing  # type: ignore[method-assign]
