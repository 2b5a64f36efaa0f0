"""The answers of the search box, and the style guide."""

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from staff.search import search


@staff_member_required(login_url="account_login")
def find(request: HttpRequest) -> HttpResponse:
    """GET /admin/find/?q=… A single hit is opened at once."""
    typed = request.GET.get("q", "").strip()
    groups = search(typed, request.user)
    hits = [hit for _kind, group in groups for hit in group]
    if len(hits) == 1:
        return redirect(hits[0].url)
    context = {**admin.site.each_context(request), "title": _("Search"), "typed": typed, "groups": groups}
    return TemplateResponse(request, "admin/search.html", context)


@staff_member_required(login_url="account_login")
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every token and component of the customer's pages, in all states."""
    return render(request, "styleguide.html", {"language": "en"})
