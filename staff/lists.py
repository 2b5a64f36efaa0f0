"""The one list view of the agent's room, on the stock ModelAdmin.

A list is walked by keyset (shelf/keyset.py): the thousandth page costs what the first does. Nothing counts a whole
table: counts stop at a thousand ("1,000+"). Search looks at declared columns only, exactly or by their beginning, each
through its own index. Filters are links.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shelf import keyset
from shelf.tables import write_csv, write_xlsx
from staff import display

CAP = 1000
PAGE = 50
FOUND = 1000  # a search stops looking after so many matches of one column
EXPORT_CSV, EXPORT_XLSX = 200_000, 50_000
OWN_PARAMETERS = ("page", "export")


@dataclass(frozen=True, slots=True)
class Find:
    """One column that search looks at. ``clean`` turns what was typed into the values to look for; none: no match."""

    column: str
    clean: Callable[[str], Iterable[str]] = lambda typed: [typed]
    prefix: bool = False

    def condition(self, typed: str) -> Q | None:
        values = [value for value in self.clean(typed) if value]
        if not values:
            return None
        found = Q(**{f"{self.column}__in": values})
        if self.prefix and len(typed) >= 3:
            for value in values:
                found |= Q(**{f"{self.column}__startswith": value})
        return found


def search(rows: QuerySet, finds: Sequence[Find], typed: str) -> QuerySet:
    """Rows whose declared columns hold what was typed. Each column is asked by itself, so that each uses its index."""
    model, wanted = rows.model, []
    for find in finds:
        condition = find.condition(typed)
        if condition is not None:
            wanted.append(model._base_manager.filter(condition).order_by().values("pk")[:FOUND])
    if not wanted:
        return rows.none()
    return rows.filter(pk__in=wanted[0].union(*wanted[1:], all=True) if len(wanted) > 1 else wanted[0])


class KeysetList(ChangeList):
    """The stock ChangeList without its paginator: no count(*), pages by keyset."""

    def get_filters(self, request):
        """The first thing that reads the parameters: ours are none of its business."""
        self.own = {name: self.params.pop(name, "") for name in OWN_PARAMETERS}
        for name in OWN_PARAMETERS:
            self.filter_params.pop(name, None)
        return super().get_filters(request)

    def get_ordering(self, request, queryset):
        return self.model_admin.keyset

    def get_results(self, request):
        """One page; and, unless it is the whole list, one capped count."""
        size, cursor = self.model_admin.list_per_page, self.own["page"]
        found = keyset.page_after(self.queryset, self.model_admin.keyset, cursor, size)
        self.older = self.get_query_string({"page": found.next_cursor}) if found.next_cursor else ""
        self.newer = self.get_query_string({"page": found.previous_cursor}) if found.previous_cursor else ""
        if not cursor and not found.next_cursor:
            count, more = len(found.rows), False
        else:
            count, more = keyset.capped_count(self.queryset, CAP)
        self.count_text = display.capped(count + more, CAP)
        self.result_list = self.model_admin.decorate(request, found.rows)
        self.result_count = self.full_result_count = len(found.rows)
        self.show_full_result_count = self.multi_page = self.can_show_all = False
        self.show_admin_actions = bool(found.rows)
        self.paginator = None

    @property
    def export_csv(self) -> str:
        return self.get_query_string({"export": "csv"})

    @property
    def export_xlsx(self) -> str:
        return self.get_query_string({"export": "xlsx"})

    @property
    def kept_parameters(self) -> list[tuple[str, str]]:
        """What the search form sends along, so that searching keeps the filters."""
        return [(name, value) for name, value in self.params.items() if name != "q"]

    @property
    def older_word(self) -> str:
        return _("Older") if self.model_admin.keyset[0].startswith("-") else _("Next")

    @property
    def newer_word(self) -> str:
        return _("Newer") if self.model_admin.keyset[0].startswith("-") else _("Previous")

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query or self.has_active_filters)


class Room(admin.ModelAdmin):
    """What every page of the agent's room has. Small tables use it as it is; long ones name their ``keyset``.

    ``place``: where it stands in the menu, (group, number), see staff/menu.py. ``symbol``: its icon.
    ``subject``: what facts and messages call it. ``finds``: what search looks at. ``export``: (column, heading) pairs;
    a column is an attribute path of the row.
    """

    place: ClassVar[tuple[str, int] | None] = None
    symbol: ClassVar[str] = "dot"
    subject: ClassVar[str] = ""
    keyset: ClassVar[tuple[str, ...]] = ("-pk",)
    finds: ClassVar[Sequence[Find]] = ()
    search_hint: ClassVar[str] = ""
    export: ClassVar[Sequence[tuple[str, str]]] = ()
    empty_text: ClassVar[str] = ""
    list_per_page = PAGE
    show_full_result_count = False
    actions_on_top = True
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    empty_value_display = ""
    # The stock widget repeats the address above the field, in the words "Currently" and "Change".
    # Its calendar for days has links without words; the browser's own needs no script.
    formfield_overrides = {
        models.URLField: {"widget": AdminTextInputWidget(attrs={"type": "url"})},
        models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
        models.DateTimeField: {
            "form_class": forms.DateTimeField,
            "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        },
    }

    def get_changelist(self, request, **kwargs):
        return KeysetList

    def get_search_results(self, request, queryset, search_term):
        typed = search_term.strip()[:200].replace("\x00", "")
        return (search(queryset, self.finds, typed) if typed and self.finds else queryset), False

    def decorate(self, request: HttpRequest, page: list) -> list:
        """A page's rows with what their columns need from other tables, fetched for all of them at once."""
        return page

    def changelist_view(self, request, extra_context=None):
        if request.GET.get("export") in ("csv", "xlsx") and self.export:
            return self.exported(request, request.GET["export"])
        return super().changelist_view(request, {"room": self, **(extra_context or {})})

    def exported(self, request: HttpRequest, form: str) -> HttpResponse | StreamingHttpResponse:
        """The filtered list as a spreadsheet opens it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).queryset
        headings = [capfirst(str(heading)) for _column, heading in self.export]
        language, zone, name = get_language() or "en", display.zone(), self.opts.model_name
        if form == "xlsx":
            body = write_xlsx(
                headings, self.cells(rows[:EXPORT_XLSX]), language, zone, str(self.opts.verbose_name_plural)
            )
            answer = HttpResponse(
                body, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            )
        else:
            pieces = write_csv(headings, self.cells(rows[:EXPORT_CSV]), language, zone)
            answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{name}s.{form}"'
        return answer

    def cells(self, rows: QuerySet) -> Iterator[list]:
        columns = [column.split("__") for column, _heading in self.export]
        for row in rows.iterator(chunk_size=2000):
            yield [_value(row, column) for column in columns]

    def delete_model(self, request, obj):
        raise PermissionDenied

    def has_delete_permission(self, request, obj=None):
        """Nothing here is thrown away by a click: things are paused, retired or closed."""
        return False


def _value(row: Any, path: Sequence[str]) -> Any:
    for name in path:
        row = getattr(row, name, None)
        if row is None:
            return ""
    return row if isinstance(row, str | int | bool | Decimal | date) else str(row)


class ReadingRoom(Room):
    """A thing that people read and nobody edits. Its page is ``templates/admin/<app>/<model>/page.html``.

    ``deeds``: names of methods ``(request, thing)`` that a button on the page calls by POST; the method's
    ``permission`` (``"app.codename"``) says who may. The sentence it returns is shown; or it returns a page of its own,
    a form with its mistakes, say.
    """

    deeds: ClassVar[Sequence[str]] = ()

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def page(self, request: HttpRequest, thing: Any) -> dict:
        """What the page's template needs beside the thing itself."""
        return {}

    def allowed(self, request: HttpRequest, deed: str) -> bool:
        return request.user.has_perm(getattr(self, deed).permission)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        thing = self.get_object(request, object_id)
        if thing is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, thing):
            raise PermissionDenied
        return self.act(request, thing) if request.method == "POST" else self.drawn(request, thing)

    def drawn(self, request: HttpRequest, thing: Any, status: int = 200, **extra: Any) -> HttpResponse:
        """The thing's page; ``extra`` is what a deed that was refused wants to say on it."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": thing,
            "thing": thing,
            "title": str(thing),
            "room": self,
            "deeds": [deed for deed in self.deeds if self.allowed(request, deed)],
            **self.page(request, thing),
            **extra,
        }
        template = f"admin/{self.opts.app_label}/{self.opts.model_name}/page.html"
        return TemplateResponse(request, template, context, status=status)

    def act(self, request: HttpRequest, thing: Any) -> HttpResponse:
        deed = request.POST.get("deed", "")
        if deed not in self.deeds or not self.allowed(request, deed):
            raise PermissionDenied
        said = getattr(self, deed)(request, thing)
        if isinstance(said, HttpResponse):
            return said
        if said:
            self.message_user(request, said)
        return HttpResponseRedirect(request.get_full_path())


def deed(permission: str) -> Callable:
    """Marks a method as a button of its page, for those who have the permission."""

    def mark(method):
        method.permission = permission
        return method

    return mark
