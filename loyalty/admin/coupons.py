"""Pools with what is left in them, a file with codes, and each coupon with whom it went to."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext

from customers.desk import identifier_spellings
from loyalty.actions import import_codes
from loyalty.models import Coupon, Pool
from loyalty.stock import runs_out, with_stock
from loyalty.worth import worth_said
from shelf.reasons import Reason, Refusal
from staff.display import language, link, number, page_of, pill, when
from staff.lists import Find, ReadingRoom, Room

NO_FILE = gettext_noop("Choose a file with codes.")
ROWS = 50
TONES = {"free": "plain", "issued": "now", "used": "good"}


class PoolForm(forms.ModelForm):
    """Without the stock buttons beside the store: whoever makes a pool does not make a store."""

    class Meta:
        model = Pool
        fields = ("name", "slug", "store", "kind", "worth", "currency", "ends_on", "price", "warns_at", "is_active")
        widgets = {"ends_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


@admin.register(Pool)
class Pools(Room):
    place = ("shop", 4)
    symbol = "tag"
    subject = "pool"
    keyset = ("name", "pk")
    list_display = ("name", "worth_in_words", "left", "given_count", "used_count", "price", "ends_on", "state")
    list_filter = ("is_active",)
    empty_text = _("Make a pool, then bring in the codes that you made in your shop.")
    prepopulated_fields = {"slug": ("name",)}
    change_form_template = "admin/loyalty/pool/change_form.html"
    fieldsets = (
        (None, {"fields": (("name", "slug"), "store")}),
        (_("What a code is worth"), {"fields": (("kind", "worth", "currency"), "ends_on")}),
        (_("Giving"), {"fields": (("price", "warns_at"), "is_active")}),
    )

    def get_form(self, request, obj=None, change=False, **kwargs):
        return PoolForm

    def get_queryset(self, request):
        return with_stock(super().get_queryset(request))

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else self.prepopulated_fields

    @admin.display(description=_("worth"))
    def worth_in_words(self, pool):
        return worth_said(pool, language())

    @admin.display(description=_("left"))
    def left(self, pool):
        return number(pool.free)

    @admin.display(description=_("given"))
    def given_count(self, pool):
        return number(pool.given)

    @admin.display(description=_("used"))
    def used_count(self, pool):
        return number(pool.used)

    @admin.display(description=_("state"))
    def state(self, pool):
        if not pool.is_active:
            return pill(_("gives none"))
        if pool.is_over(timezone.localdate()):
            return pill(_("no longer good"), "bad")
        if not pool.free:
            return pill(_("empty"), "bad")
        return pill(_("runs out"), "wait") if runs_out(pool, timezone.now()) else pill(_("gives coupons"), "good")

    # --- Codes ------------------------------------------------------------------------------------------------------

    def get_urls(self):
        return [
            path("<int:pk>/codes/", self.admin_site.admin_view(self.codes), name="loyalty_pool_codes"),
            *super().get_urls(),
        ]

    def codes(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A file in; first what would happen, then it happens. Nothing of the file is kept but its codes."""
        pool = self.get_queryset(request).filter(pk=pk).first()
        if pool is None:
            raise Http404
        if not self.has_change_permission(request, pool):
            raise PermissionDenied
        job, problem, dry_run = None, "", request.POST.get("deed") != "import"
        if request.method == "POST":
            file = request.FILES.get("file")
            try:
                if file is None:
                    problem = str(Reason(NO_FILE))
                else:
                    job = import_codes(pool, file.read(), dry_run=dry_run, by=request.user)
            except Refusal as refusal:
                problem = str(refusal)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "pool": self.get_queryset(request).get(pk=pk),
            "title": pool.name,
            "job": job,
            "said": in_words(job) if job else "",
            "refused_rows": job.refused_rows.order_by("line")[:ROWS] if job else [],
            "rows_shown": ROWS,
            "job_url": page_of("job", job.pk) if job else "",
            "problem": problem,
        }
        return TemplateResponse(request, "admin/loyalty/pool/codes.html", context)


def in_words(job) -> str:
    if job.dry_run:
        said = ngettext("%(n)s code would come in.", "%(n)s codes would come in.", job.done)
    else:
        said = ngettext("%(n)s code came in.", "%(n)s codes came in.", job.done)
    return said % {"n": number(job.done)}


@admin.register(Coupon)
class Coupons(ReadingRoom):
    place = ("shop", 5)
    symbol = "tag"
    subject = "coupon"
    keyset = ("-pk",)
    list_display = ("code", "pool", "state_pill", "person", "cause", "issued", "used")
    list_filter = ("state", "cause", "pool")
    list_select_related = ("pool", "customer", "order")
    finds = (Find("code"), Find("customer__identifiers__value", identifier_spellings))
    search_hint = _("Code, e-mail or phone")
    empty_text = _("Codes appear here when a pool gets a file.")
    export = (
        ("code", _("code")),
        ("pool", _("pool")),
        ("state", _("state")),
        ("customer", _("customer")),
        ("cause", _("given for")),
        ("reason", _("reason")),
        ("issued_at", _("given at")),
        ("used_at", _("used at")),
        ("order__number", _("used with")),
    )

    @admin.display(description=_("state"))
    def state_pill(self, coupon):
        return pill(coupon.get_state_display(), TONES[coupon.state])

    @admin.display(description=_("customer"))
    def person(self, coupon):
        return link(page_of("customer", coupon.customer_id), str(coupon.customer)) if coupon.customer else "–"

    @admin.display(description=_("given at"))
    def issued(self, coupon):
        return when(coupon.issued_at)

    @admin.display(description=_("used at"))
    def used(self, coupon):
        return when(coupon.used_at)

    def page(self, request, coupon):
        return {
            "title": coupon.code,
            "pill": self.state_pill(coupon),
            "worth": worth_said(coupon.pool, language()),
            "customer_url": page_of("customer", coupon.customer_id),
            "order_url": page_of("order", coupon.order_id),
        }
