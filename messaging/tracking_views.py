"""The doors of mails: a link that was clicked, a picture that was loaded."""

from base64 import b64decode
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from messaging.actions import clicks
from messaging.models import News
from shelf import links

GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@require_safe
def click(request: HttpRequest, code: str) -> HttpResponse:
    """To where the row says. A HEAD asks the same way and is no click."""
    try:
        message_id, link_id, url = clicks.read_click(code)
    except links.BadLink:
        raise Http404 from None
    response = _private(HttpResponseRedirect(url))
    if request.method == "GET":
        now = timezone.now()
        _afterwards(response, lambda: clicks.note(News.Kind.CLICKED, message_id, request.headers, now, link_id))
    return response


@require_safe
def opened(request: HttpRequest, code: str) -> HttpResponse:
    """One transparent point; the same for a code that is not ours, so that a mail never shows a broken picture."""
    response = _private(HttpResponse(GIF, content_type="image/gif"))
    try:
        message_id = clicks.read_open(code)
    except links.BadLink:
        return response
    if request.method == "GET":
        now = timezone.now()
        _afterwards(response, lambda: clicks.note(News.Kind.OPENED, message_id, request.headers, now))
    return response


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _afterwards(response: HttpResponse, work: Callable[[], None]) -> None:
    """Do it when the answer has left: the server closes a response once its last byte is written."""
    close = response.close

    def closing() -> None:
        work()
        close()

    response.close = closing
