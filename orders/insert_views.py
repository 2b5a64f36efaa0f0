"""The page behind the code that lies in the parcel: thanks, how to use it, how it looks, a way to people.

The code is on paper, so it gives no rights: no name, number, address or sum is shown, and a discreet order does not
even name its products. The review goes by a signed link that is mailed to the order's own address.
"""

from collections.abc import Iterable
from urllib.parse import quote, urlsplit, urlunsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from customers.actions import language_for
from messaging.machines import is_machine_click, is_prefetch
from orders import finding
from orders.actions import count_opening
from orders.brand import brand_of
from orders.models import Insert, InsertText, ShapeFile
from orders.papers.words import word
from orders.using import goods_of, sides
from shelf import pages, shapes

# The digest of the one <style> in static/vendor/model-viewer; tests/orders/test_shapes.py counts it.
VIEWER_STYLE = "'sha256-PXtZZkJMMyc18o/DN1ZEFOJ2qEGq95IQbVaJFMOXOb0='"
MEDIA_TYPES = {"glb": shapes.GLB, "usdz": shapes.USDZ}


@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def insert(request: HttpRequest, code: str) -> HttpResponse:
    rows = Insert.objects.select_related("order__store", "order__page")
    found = rows.filter(code=code.replace("\0", "")).first()
    if found is None:
        raise Http404
    order, store = found.order, found.order.store
    language = pages.speak(request, language_for("", order.language, store.language, store.languages))
    if request.method == "POST":
        finding.mail_link(order.number, order.email, timezone.now())
        return redirect(f"/i/{code}/?lang={language}&sent=1")
    if request.method == "GET" and "sent" not in request.GET and not _is_machine(request):
        count_opening(found.pk, timezone.now())
    said = InsertText.objects.filter(store=store, language=language).first()
    agent = request.headers.get("User-Agent", "")[:400]
    is_discreet = order.is_discreet or store.is_discreet
    goods = [] if is_discreet else goods_of(order.pk, language, store.language, agent, timezone.now())
    context = {
        "store": brand_of(store),
        "language": language,
        "languages": pages.choices(request, store.languages),
        "thanks": said.thanks if said else word(language, "thanks_text"),
        "signed": (said.signed if said else "") or store.name,
        "goods": goods,
        "has_shapes": any(one["shape"] for one in goods),
        "sides": sides(),
        "manager": order.page.blocks.get("manager") if hasattr(order, "page") else None,
        "sent": "sent" in request.GET,
        "help": {"form": "/contact/", "email": store.support_email, "phone": store.support_phone},
    }
    answer = render(request, "orders/insert.html", context)
    drawn = [one["shape"].glb for one in goods if one["shape"] and one["shape"].glb]
    if drawn:
        answer._csp_update = viewer_policy(drawn)  # type: ignore[attr-defined]
    return answer


def viewer_policy(addresses: Iterable[str]) -> dict[str, list[str]]:
    """What model-viewer needs beyond our policy: its one stylesheet by digest, pictures that it unpacks from a shape,
    and of the shop's server those very files."""
    abroad = [_as_source(address) for address in addresses if not address.startswith("/")]
    return {
        "style-src": ["'self'", VIEWER_STYLE],
        "img-src": ["blob:"],
        "connect-src": ["'self'", "blob:", *sorted(set(abroad))],
    }


def _as_source(address: str) -> str:
    """As a policy writes it: no question, and nothing that ends a source or a directive."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, quote(parts.netloc, safe=":[]"), quote(parts.path, safe="/%"), "", ""))


@require_safe
def shape_file(request: HttpRequest, digest: str) -> HttpResponse:
    """A product in three dimensions; its address is its digest, so that it is kept for ever."""
    found = ShapeFile.objects.filter(digest=digest, media_type=MEDIA_TYPES[request.path.rpartition(".")[2]]).first()
    if found is None:
        raise Http404
    answer = HttpResponse(bytes(found.data), content_type=found.media_type)
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    answer["Content-Security-Policy"] = "default-src 'none'"
    return answer


def _is_machine(request: HttpRequest) -> bool:
    return is_machine_click(request.headers.get("User-Agent", "")[:400], None, "GET") or is_prefetch(request.headers)
