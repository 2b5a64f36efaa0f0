"""The card's page drawn: from the database for its readers, from a form for whoever writes it."""

from collections.abc import Mapping
from typing import Any

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from orders.brand import colours_css
from shelf import qr
from shelf.pages import OURS
from shelf.reasons import Refusal
from vcards import pages
from vcards.contacts import clean
from vcards.faces import SAID, Face
from vcards.links import short_url
from vcards.models import Card, CardText, CompanyDesign, Contact
from vcards.pages import Found

ROWS = 60  # of contacts in a form that is looked at


def draw(found: Found, asked: str) -> tuple[str, str]:
    """(language, html): what vcards/pages.py keeps."""
    design = found.design
    speaks = design.languages or [design.language]
    language = asked if asked in speaks else design.language
    with translation.override(language):
        template = "vcards/card.html" if found.face else "vcards/gone.html"
        return language, render_to_string(template, shown(found, language, speaks))


def shown(found: Found, language: str, speaks: list[str]) -> dict[str, Any]:
    face, design = found.face, found.design
    context: dict[str, Any] = {
        "language": language,
        "languages": [{"code": one, "name": OURS[one]} for one in OURS if one in speaks],
        "code": found.code,
        "reader": pages.READER.decode(),
        "design": design,
        "brand_css": colours_css(design.accent, design.accent_ink),
        "is_inherited": found.is_inherited,
        "is_revoked": found.is_revoked,
    }
    if face is None:
        return context
    said = face.said(language)
    context |= {
        "said": said,
        "name": face.name(language),
        "initials": face.initials(language),
        "photo": face.card.photo.digest[:12] if face.card.photo else "",
        "ways": face.ways(),
        "speaks": [str(_named(one)) for one in face.card.languages],
        "qr": qr.svg(short_url(found.code), _("QR code of this card")),
        "short_url": short_url(found.code).partition("://")[2],
    }
    return context


def _named(code: str) -> str:
    try:
        return Locale.parse(translation.get_language() or "en").languages.get(code, code)
    except UnknownLocaleError:
        return code


# --- Before it is stored --------------------------------------------------------------------------------------------


def sample(known: Card | None, typed: Mapping[str, str], language: str) -> str:
    """The page as it would be with what was typed. What cannot be kept is not shown."""
    design = _design(known, typed)
    if design is None:
        return ""
    card = Card(pk=0, design=design, photo=known.photo if known and "drop_photo" not in typed else None)
    for name in SAID:
        setattr(card, name, typed.get(name, "")[: Card._meta.get_field(name).max_length])
    card.languages = typed.getlist("languages") if hasattr(typed, "getlist") else []
    share = known.shares.filter(revoked_at=None).first() if known else None
    face = Face(card, {code: _text(code, typed) for code, _name in settings.LANGUAGES}, _contacts(typed))
    return draw(Found(0, share.code if share else "2222222222", design, face, False, False), language)[1]


def _design(known: Card | None, typed: Mapping[str, str]) -> CompanyDesign | None:
    pk = typed.get("design", "")
    chosen = CompanyDesign.objects.filter(pk=int(pk)).first() if pk.isascii() and pk.isdigit() else None
    return chosen or (known.design if known else None)


def _text(code: str, typed: Mapping[str, str]) -> CardText:
    return CardText(language=code, **{name: typed.get(f"{name}_{code}", "")[:300] for name in SAID})


def _contacts(typed: Mapping[str, str]) -> list[Contact]:
    found = []
    for row in range(ROWS):
        kind, value = typed.get(f"contacts-{row}-kind", ""), typed.get(f"contacts-{row}-value", "")
        if not kind or not value or f"contacts-{row}-DELETE" in typed:
            continue
        try:
            cleaned = clean(kind, value)
        except (Refusal, ValueError):
            continue
        position = typed.get(f"contacts-{row}-position", "")
        order = int(position) if position.isascii() and position.isdigit() else 0
        found.append(Contact(pk=row + 1, kind=kind, value=cleaned, label=typed.get(f"contacts-{row}-label", "")[:60],
                             position=order))  # fmt: skip
    return sorted(found, key=lambda contact: contact.position)
