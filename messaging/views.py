"""Pages of the post office: unsubscribe, and the local mailbox for staff."""

import email
import email.policy

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from customers.actions import withdraw
from messaging.models import LocalMail, Message
from shelf import links, pages

SHOWN = 100


@csrf_exempt  # RFC 8058: a mail provider posts here for the reader; the signed token is the proof
@require_http_methods(["GET", "HEAD", "POST"])
@pages.private
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A GET shows what would end (scanners follow links); only a POST ends it, for this purpose alone."""
    try:
        link = links.read("unsubscribe", token)
    except links.BadLink:
        raise Http404 from None
    message = get_object_or_404(Message.objects.select_related("customer"), pk=link.object_id)
    language = pages.speak(request, message.language)
    done = request.method == "POST"
    if done:
        withdraw(message.address, message.purpose_id, "unsubscribe", timezone.now(), message.customer)
    context = {"language": language, "languages": pages.choices(request), "purpose": message.purpose_id, "done": done}
    return render(request, "messaging/unsubscribe.html", context)


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
