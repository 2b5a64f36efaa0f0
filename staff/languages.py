"""The admin speaks the user's own language; without one, the language switch's or the browser's."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.i18n import set_language

PLACES = ("/admin/", "/accounts/")


class UserLanguage:
    """After LocaleMiddleware and AuthenticationMiddleware. Looks at the user only where staff works."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PLACES) and request.user.is_authenticated and request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


def switch(request: HttpRequest) -> HttpResponse:
    """POST /i18n/setlang/: Django's own view, and the user's choice is kept with the user."""
    chosen = request.POST.get("language", "")
    if request.method == "POST" and request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        request.user.language = chosen
        request.user.save(update_fields=["language"])
    return set_language(request)
