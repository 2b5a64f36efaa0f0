"""How what was bought is used and looks: the merchant's words, a video, articles of the help centre, its shape.

The help centre is on a floor above and lends its articles (config/wiring.py).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from orders.models import OrderLine, Product, ProductGuide, ProductShape
from shelf import formats


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as the help centre knows it: all its names in small letters, and the article it was given by hand."""

    product_id: int
    names: frozenset[str]
    article: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    title: str
    url: str


Lend = Callable[[Sequence[Goods], str, datetime], Mapping[int, list[Article]]]
_lent: list[Lend] = []


def lend_with(functions: Iterable[Lend]) -> None:
    _lent[:] = functions


def goods_of(order_id: int, language: str, fallback: str, agent: str, now: datetime) -> list[dict[str, Any]]:
    """The order's products of which there is something to tell, as plain data. Three queries, and what is lent.

    Told in the reader's language, else in the store's. ``agent``: the browser's name of itself.
    """
    lines = OrderLine.objects.filter(order=order_id).select_related("product").order_by("pk")
    products = {line.product.pk: line.product for line in lines if line.product}
    guides = _guides(list(products), language, fallback)
    shapes = {shape.product_id: shape for shape in _shapes(list(products))}
    articles = _articles([_goods(product, guides.get(product.pk)) for product in products.values()], language, now)
    told = set(guides) | set(shapes) | set(articles)
    return [
        {
            "title": product.title,
            "image_url": _web(product.image_url),
            "text": guides[pk].text if pk in guides else "",
            "video_url": _web(guides[pk].video_url) if pk in guides else "",
            "articles": articles.get(pk, []),
            "shape": shape_of(shapes[pk], product, agent, language) if pk in shapes else None,
        }
        for pk, product in products.items()
        if pk in told
    ]


def _articles(goods: list[Goods], language: str, now: datetime) -> dict[int, list[Article]]:
    """What is lent; an article about several of the products stands under the first."""
    found: dict[int, list[Article]] = {}
    seen: set[Article] = set()
    for lent in [lend(goods, language, now) for lend in _lent] if goods else ():
        for one in goods:
            fresh = [article for article in lent.get(one.product_id, ()) if article not in seen]
            seen.update(fresh)
            found.setdefault(one.product_id, []).extend(fresh)
    return {pk: articles for pk, articles in found.items() if articles}


def _guides(products: list[int], language: str, fallback: str) -> dict[int, ProductGuide]:
    best: dict[int, ProductGuide] = {}
    for guide in ProductGuide.objects.filter(product__in=products, language__in=[language, fallback]):
        if guide.product_id not in best or guide.language == language:
            best[guide.product_id] = guide
    return best


def _shapes(products: list[int]) -> Iterable[ProductShape]:
    rows = ProductShape.objects.filter(product__in=products).select_related("glb", "usdz")
    return rows.defer("glb__data", "usdz__data")


def _goods(product: Product, guide: ProductGuide | None) -> Goods:
    names = frozenset(name.strip().lower() for name in (product.sku, product.category, *product.tags) if name.strip())
    return Goods(product.pk, names, guide.article if guide else "")


# --- Three dimensions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shape:
    """``glb``: what a browser draws; ``scene``: how Android shows it in the room; ``usdz``: how an iPhone does."""

    glb: str = ""
    scene: str = ""
    usdz: str = ""
    megabytes: str = ""
    is_iphone: bool = False  # an iPad calls itself a Mac: there shape.js asks the browser what it can


def shape_of(shape: ProductShape, product: Product, agent: str, language: str) -> Shape | None:
    """None where a browser of this kind can show nothing."""
    ours = f"/shapes/{shape.glb.digest}.glb" if shape.glb else ""
    glb, glb_abroad = ours or _secure(shape.glb_url), f"{settings.PUBLIC_URL}{ours}" if ours else _secure(shape.glb_url)
    usdz = f"/shapes/{shape.usdz.digest}.usdz" if shape.usdz else _secure(shape.usdz_url)
    is_android = "Android" in agent
    if not (glb or (usdz and not is_android)):
        return None
    return Shape(
        glb,
        _scene(glb_abroad, product.title) if glb and is_android else "",
        "" if is_android else usdz,
        formats.number(max(round(shape.glb.size / 2**20, 1), 0.1), language) if shape.glb else "",
        "iPhone" in agent or "iPad" in agent,
    )


def _scene(glb: str, title: str) -> str:
    """Android's own viewer, without a script; a browser that has none is sent to the file."""
    said = f"file={quote(glb, safe='')}&mode=ar_preferred&title={quote(title[:60], safe='')}"
    return (
        f"intent://arvr.google.com/scene-viewer/1.0?{said}#Intent;scheme=https;"
        "package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;"
        f"S.browser_fallback_url={quote(glb, safe='')};end;"
    )


def _web(address: str) -> str:
    return address if urlsplit(address).scheme in ("http", "https") else ""


def _secure(address: str) -> str:
    return address if urlsplit(address).scheme == "https" else ""


# What model-viewer says to those who hear the picture: its keys, our words.
SIDES = {
    "front": _("Seen from the front"),
    "back": _("Seen from behind"),
    "left": _("Seen from the left"),
    "right": _("Seen from the right"),
    "upper-front": _("Seen from above, in front"),
    "upper-back": _("Seen from above, behind"),
    "upper-left": _("Seen from above, on the left"),
    "upper-right": _("Seen from above, on the right"),
    "lower-front": _("Seen from below, in front"),
    "lower-back": _("Seen from below, behind"),
    "lower-left": _("Seen from below, on the left"),
    "lower-right": _("Seen from below, on the right"),
    "interaction-prompt": _("The arrow keys turn it."),
}


def sides() -> str:
    return json.dumps({key: str(words) for key, words in SIDES.items()}, ensure_ascii=False)
