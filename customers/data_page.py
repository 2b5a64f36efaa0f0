"""Everything that is held of one person: shown, handed out as a file, erased. The rule: customers/holdings.py."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext

from customers.erasing import ErasureRefused, Held, erase, hand_out, look
from customers.models import Customer
from shelf.reasons import say
from staff.lists import Room

MAY_ERASE, MAY_HAND_OUT = "customers.add_erasure", "customers.view_erasure"


def urls_of(room: Room) -> list[Any]:
    view = room.admin_site.admin_view
    return [
        path("<int:pk>/data/", view(lambda request, pk: data(request, room, pk)), name="customers_customer_data"),
        path("<int:pk>/data.zip", view(handed_out), name="customers_customer_zip"),
    ]


def data(request: HttpRequest, room: Room, pk: int) -> HttpResponse:
    """What there is, table by table, and what an erasure would do with it; by POST it is done."""
    customer = _customer(request, pk)
    if request.method == "POST":
        return _erased(request, customer)
    held = look([pk])
    context = {
        **room.admin_site.each_context(request),
        "opts": room.opts,
        "title": gettext("What is held of this person"),
        "customer": customer,
        "gone": getattr(customer, "erasure", None),
        "rows": [_row(one) for one in held],
        "total": sum(one.rows for one in held),
        "may_erase": request.user.has_perm(MAY_ERASE),
    }
    return TemplateResponse(request, "admin/customers/customer/data.html", context)


def handed_out(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _customer(request, pk)
    answer = HttpResponse(hand_out(customer.pk), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="customer-{customer.pk}.zip"'
    answer["Cache-Control"] = "no-store"
    return answer


def _customer(request: HttpRequest, pk: int) -> Customer:
    if not request.user.has_perm(MAY_HAND_OUT):
        raise PermissionDenied
    customer = Customer.objects.select_related("erasure").filter(pk=pk).first()
    if customer is None:
        raise Http404
    return customer


def _erased(request: HttpRequest, customer: Customer) -> HttpResponse:
    if not request.user.has_perm(MAY_ERASE):
        raise PermissionDenied
    if request.POST.get("sure") != "yes":
        messages.error(request, gettext("Nothing was erased: say that you know who asked."))
        return HttpResponseRedirect(request.path)
    try:
        erase([customer.pk], timezone.now(), request.user.pk)
    except ErasureRefused as refusal:
        messages.error(request, str(refusal.reason))
        return HttpResponseRedirect(request.path)
    messages.success(request, gettext("The person's data were erased."))
    return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[customer.pk]))


def _row(held: Held) -> dict[str, Any]:
    holding, columns = held.holding, held.holding.table._meta
    return {
        "name": capfirst(str(columns.verbose_name_plural)),
        "rows": held.rows,
        "goes": holding.goes,
        "emptied": ", ".join(str(columns.get_field(name).verbose_name) for name in holding.words_emptied),
        "why": say(holding.why),
    }
