"""Pages of the post office: unsubscribe, preferences, confirmation, and the local mailbox for staff."""

import email
import email.policy
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.core.cache import cache
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from customers.channels import Channel
from customers.consent import ConsentRefused, is_confirmed, waiting_for
from customers.law import second_consent
from customers.models import Consent, ConsentText, Purpose
from messaging.actions.preferences import (
    ORDERS,
    Reader,
    choices_of,
    choose,
    come_back,
    leave,
    left_by,
    masked,
    message_behind,
    reader_of,
    speak_to,
    stop_all,
)
from messaging.actions.signing_up import SignUp, confirm_sign_up, mail_of, sign_up
from messaging.links import CONFIRM, PREFERENCES, UNSUBSCRIBE
from messaging.models import LocalMail, Message
from messaging.telegram import start_link
from shelf import formats, links, pages
from shelf.emails import normalise_email

SHOWN = 100
SIGN_UP = ("marketing", "personal_data")
SIGN_UPS_A_DAY = 5  # other addresses, from one reader's page


@csrf_exempt  # RFC 8058: a mail provider posts here for the reader; the signed token is the proof
@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A GET shows what would end (scanners follow links); only a POST ends it, for this purpose and channel alone.

    A provider's one click gets an empty 200, without cookies and without a redirect.
    """
    try:
        link = links.read(UNSUBSCRIBE, token)
    except links.BadLink:
        raise Http404 from None
    message = get_object_or_404(
        Message.objects.select_related("customer", "purpose"), pk=link.object_id, purpose__in=Purpose.CHOICES
    )
    form, now = _form(request), timezone.now()
    reader = reader_of(message, now)
    one_click = form.get("List-Unsubscribe") == "One-Click"
    language = pages.speak(request, reader.language)
    state = "asks"
    if request.method == "POST" and form.get("undo"):
        state = "undone" if come_back(message, _evidence(request, reader, by="undo"), now) else "asks"
    elif request.method == "POST":
        leave(message, _evidence(request, reader, by="one-click" if one_click else "page"), now)
        state = "done"
    if one_click:
        return HttpResponse()
    context = {
        **_page(request, reader, language),
        "purpose": message.purpose_id,
        "kind": message.purpose,
        "state": state,
        "may_undo": state == "done" and left_by(message) is not None,
        "preferences_url": f"/p/{links.make(PREFERENCES, message.pk)}/",
    }
    return render(request, "messaging/unsubscribe.html", context)


@csrf_exempt  # no cookie takes part: whoever has the token has the proof, and nobody else can build the form
@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """What I get from this shop, and how; or, with the token of a sign-up, the button that confirms it."""
    try:
        message = message_behind(token)
    except links.BadLink:
        return confirmation(request, token)
    now = timezone.now()
    reader = reader_of(message, now)
    language = pages.speak(request, reader.language)
    error = ""
    if request.method == "POST":
        try:
            said, language = _decide(request, reader, language, now)
        except ConsentRefused as refusal:
            error = str(refusal)
        else:
            return redirect(f"{request.path}?{urlencode({'said': said, 'lang': language})}")
    kinds = _kinds(reader, language, _form(request) if error else None)
    context = {
        **_page(request, reader, language),
        "kinds": kinds,
        "any_on": any(kind["is_on"] for kind in kinds if kind["code"] in Purpose.CHOICES),
        "orders_have_a_choice": any(kind["code"] == ORDERS for kind in kinds),
        "said": request.GET.get("said", ""),
        "error": error,
        "address": masked(message.address),
        "channel": Channel(message.channel).label,
        "spoken": [{"code": code, "name": name} for code, name in pages.OURS.items()] if reader.customer else [],
        "chosen_language": reader.language,
        "bot_url": start_link(reader.customer.pk) if reader.customer else "",
        "sign_up": _sign_up_boxes(reader, kinds),
        "sign_up_open": bool(error) and _form(request).get("deed") == "sign_up",
        "typed": _form(request).get("email", "") if error else "",
    }
    return render(request, "messaging/preferences.html", context, status=422 if error else 200)


def confirmation(request: HttpRequest, token: str) -> HttpResponse:
    """Double opt-in: a GET shows what was asked for, a POST confirms it. Pressing twice is pressing once."""
    try:
        link = links.read(CONFIRM, token)
    except links.BadLink:
        raise Http404 from None
    line = get_object_or_404(Consent.objects.select_related("wording"), pk=link.object_id)
    mail, now = mail_of(line), timezone.now()
    if mail is None:
        raise Http404
    reader = reader_of(mail, now)
    language = pages.speak(request, mail.language)
    waiting = waiting_for(line, now)
    if request.method == "POST" and waiting:
        confirm_sign_up(line, _evidence(request, reader, by="page"), now)
        return redirect(f"{request.path}?lang={language}")
    context = {
        **_page(request, reader, language),
        "texts": [_text(one.wording, reader) or str(one.purpose) for one in waiting],
        "state": "asks" if waiting else "done" if is_confirmed(line) else "over",
        "address": masked(line.address),
        "preferences_url": f"/p/{links.make(PREFERENCES, mail.pk)}/",
    }
    return render(request, "messaging/confirm.html", context)


def _decide(request: HttpRequest, reader: Reader, language: str, now: datetime) -> tuple[str, str]:
    """Do what the form asks for; a word for the page that follows, and its language."""
    form, evidence = _form(request), _evidence(request, reader, by="page")
    deed = form.get("deed", "")
    if deed == "stop":
        stop_all(reader, language, evidence, now)
        return "stopped", language
    if deed == "sign_up":
        _sign_up(request, reader, language, now)
        return "asked", language
    with transaction.atomic():
        choose(reader, form.getlist("on"), language, evidence, now)
        spoken = form.get("language", "")
        if spoken in pages.OURS:
            speak_to(reader, spoken)
            language = spoken
    return "saved", language


def _sign_up(request: HttpRequest, reader: Reader, language: str, now: datetime) -> None:
    """Another address of the reader's: it gets one mail with a button, and nothing before the button is pressed."""
    form = _form(request)
    address = normalise_email(form.get("email"))
    if address is None:
        raise ConsentRefused(_("This is not an e-mail address."))
    purposes = [code for code in SIGN_UP if code in form.getlist("yes")]
    if "marketing" not in purposes:
        raise ConsentRefused(_("Tick the box first: without it we may not write to you."))
    key = f"sign-up:{reader.message.pk}"
    cache.add(key, 0, timeout=int(timedelta(days=1).total_seconds()))
    if cache.incr(key) > SIGN_UPS_A_DAY:
        raise ConsentRefused(_("That was enough for today. Please try again tomorrow."))
    where = _evidence(request, reader, by="page", form="preferences", message=reader.message.pk)
    wanted = SignUp(
        address,
        purposes,
        reader.country,
        language,
        "preferences",
        evidence=where | {"store": reader.store.get("slug", "")},
        sender_id=reader.message.sender_id,
    )
    sign_up(wanted, now)


def _form(request: HttpRequest) -> QueryDict:
    """What was posted; a body that nobody can read says nothing, and the token alone speaks."""
    try:
        return request.POST
    except (BadRequest, MultiPartParserError, SuspiciousOperation):
        return QueryDict()


def _evidence(request: HttpRequest, reader: Reader, **where: Any) -> dict[str, Any]:
    """Who pressed stays unknown, unless the store keeps it."""
    if reader.store.get("keeps_ip_of_consent"):
        where |= {"ip": pages.address_of(request), "agent_string": request.headers.get("User-Agent", "")[:300]}
    return where


def _page(request: HttpRequest, reader: Reader, language: str) -> dict[str, Any]:
    store = reader.store if reader.store.get("name") else None
    languages = pages.choices(request)
    return {"store": store, "language": language, "languages": languages, "zone": reader.zone}


def _kinds(reader: Reader, language: str, form: QueryDict | None) -> list[dict[str, Any]]:
    """The switches of the page, gathered by purpose; ``form`` holds what was ticked when it could not be saved."""
    choices = choices_of(reader, language)
    agreed = ConsentText.objects.in_bulk({c.standing.line.wording_id for c in choices if c.is_on and c.standing.line})
    kinds: dict[str, dict[str, Any]] = {}
    for choice in choices:
        kind = kinds.setdefault(
            choice.purpose.pk,
            {
                "code": choice.purpose.pk,
                "switches": [],
                "is_on": False,
                "text": _text(choice.wording, reader),
                "agreed": "",
            },
        )
        line = choice.standing.line
        kind["is_on"] |= choice.is_on
        kind["agreed"] = kind["agreed"] or _text(agreed.get(line.wording_id) if line else None, reader)
        kind["switches"].append(
            {
                "name": choice.name,
                "on": choice.is_on if form is None else choice.name in form.getlist("on"),
                "channel": choice.channel_name,
                "address": choice.shown_address,
                "since": _day(line, reader, language),
                "was_on": choice.is_on,
                "waiting": choice.standing.waiting is not None and not choice.is_on,
            }
        )
    return list(kinds.values())


def _day(line: Consent | None, reader: Reader, language: str) -> str:
    return formats.day(line.at.astimezone(ZoneInfo(reader.zone)).date(), language) if line else ""


def _text(wording: ConsentText | None, reader: Reader) -> str:
    return wording.body.replace("{store}", reader.store.get("name") or gettext("the shop")) if wording else ""


def _sign_up_boxes(reader: Reader, kinds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The boxes of the sign-up form: one, or where the law wants a second consent, two."""
    codes = ("marketing", second_consent(reader.country, "marketing"))
    return [kind for kind in kinds if kind["code"] in codes and kind["text"]]


@staff_member_required(login_url="account_login")
@require_GET
def mailbox(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    if settings.EMAIL_URL:
        raise Http404
    q = request.GET.get("q", "").replace("\0", "").strip()
    found = LocalMail.objects.defer("raw").order_by("-at", "-pk")
    if q:
        found = found.filter(Q(to__icontains=q) | Q(subject__icontains=q))
    opened = get_object_or_404(LocalMail, pk=pk) if pk else None
    context = {
        "language": pages.speak(request, request.LANGUAGE_CODE),
        "q": q,
        "mails": [_in_list(mail, opened) for mail in found[:SHOWN]],
        "mail": _opened(opened) if opened else None,
        "view": request.GET.get("view", "html"),
    }
    return render(request, "messaging/mailbox.html", context)


@staff_member_required(login_url="account_login")
@xframe_options_sameorigin
@require_GET
def mailbox_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML part alone, for the sandboxed frame: it may style itself and show pictures, nothing else."""
    if settings.EMAIL_URL:
        raise Http404
    html = _part(get_object_or_404(LocalMail, pk=pk), "html")
    response = HttpResponse(html)
    response._csp_replace = {
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["'self'", "https:", "data:"],
        "frame-ancestors": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return response


def _parsed(mail: LocalMail):
    return email.message_from_bytes(bytes(mail.raw), policy=email.policy.default)


def _part(mail: LocalMail, kind: str) -> str:
    body = _parsed(mail).get_body(preferencelist=(kind,))
    return body.get_content() if body else ""


def _in_list(mail: LocalMail, opened: LocalMail | None) -> dict:
    return {
        "id": mail.pk,
        "to": mail.to,
        "subject": mail.subject,
        "at": mail.at.isoformat(),
        "from": mail.sender,
        "preview": mail.preview,
        "active": bool(opened and opened.pk == mail.pk),
    }


def _opened(mail: LocalMail) -> dict:
    return {
        "id": mail.pk,
        "subject": mail.subject,
        "from": str(_parsed(mail)["From"]),  # decoded: the column holds the header as it was sent
        "to": mail.to,
        "at": mail.at.isoformat(),
        "html_url": f"/mailbox/{mail.pk}/html/",
        "text": _part(mail, "plain"),
        "headers": [(name, str(value)) for name, value in _parsed(mail).items()],
    }
