"""The ledger as agents read it, and the forms by which they give points and coupons to a customer."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, IntegerField, OuterRef, Subquery, Sum, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from customers.desk import identifier_spellings
from customers.models import Customer
from loyalty.actions import Issue, LoyaltyRefused, give_goodwill, issue_coupon
from loyalty.models import Bucket, Coupon, Entry, Pool, Transaction
from loyalty.words import points_said
from staff.display import link, number, page_of, pill, when
from staff.lists import Find, ReadingRoom

TONES = {"earn": "good", "release": "good", "goodwill": "good", "award": "good", "redeem": "now", "clawback": "bad"}
GONE = (Bucket.REDEEMED, Bucket.EXPIRED, Bucket.CANCELLED, Bucket.CLAWED_BACK)


def with_change(transactions):
    """``change``: what the transaction gave to the customer, or took; 0 where points only became usable."""
    worth = Case(When(debit=Bucket.ISSUANCE, then=F("points")), When(credit__in=GONE, then=-F("points")), default=0)
    sums = Entry.objects.filter(transaction=OuterRef("pk")).order_by().values("transaction").annotate(n=Sum(worth))
    return transactions.annotate(change=Subquery(sums.values("n"), output_field=IntegerField()))


@admin.register(Transaction)
class Ledger(ReadingRoom):
    place = ("day", 6)
    symbol = "star"
    subject = "points"
    menu_title = _("Points")
    keyset = ("-pk",)
    list_display = ("kind_pill", "change", "person", "why", "by", "moment")
    list_filter = ("kind",)
    list_select_related = ("account__customer", "by")
    finds = (Find("account__customer__identifiers__value", identifier_spellings),)
    search_hint = _("E-mail or phone")
    empty_text = _("Points appear here as orders are delivered and paid, once there is a loyalty programme.")
    export = (
        ("kind", _("what happened")),
        ("change", _("points")),
        ("account__customer", _("customer")),
        ("key", _("key")),
        ("reason", _("reason")),
        ("by", _("by")),
        ("at", _("at")),
    )

    def get_queryset(self, request):
        return with_change(super().get_queryset(request))

    @admin.display(description=_("what happened"))
    def kind_pill(self, made):
        return pill(made.get_kind_display(), TONES.get(made.kind, "plain"))

    @admin.display(description=_("points"))
    def change(self, made):
        return f"{'+' if made.change > 0 else ''}{number(made.change)}".replace("-", "−") if made.change else "–"

    @admin.display(description=_("customer"))
    def person(self, made):
        customer = made.account.customer
        return link(page_of("customer", customer.pk), str(customer)) if customer else "–"

    @admin.display(description=_("reason"))
    def why(self, made):
        return made.reason or "–"

    @admin.display(description=_("at"))
    def moment(self, made):
        return when(made.at)

    def page(self, request, made):
        return {
            "title": made.get_kind_display(),
            "pill": self.kind_pill(made),
            "entries": made.entries.select_related("lot__order").order_by("pk"),
            "customer_url": page_of("customer", made.account.customer_id),
            "order_url": page_of("order", made.subject_id) if made.subject_type == "order" else "",
        }

    # --- Giving ---------------------------------------------------------------------------------------------------

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("give/<int:pk>/points/", view(require_POST(self.give_points)), name="loyalty-goodwill"),
            path("give/<int:pk>/coupon/", view(require_POST(self.give_coupon)), name="loyalty-coupon"),
            *super().get_urls(),
        ]

    def give_points(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("loyalty.add_transaction"):
            raise PermissionDenied
        typed = request.POST.get("points", "")
        points = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
        key, reason = f"goodwill:{request.user.pk}:{_form_key(request)}", request.POST.get("reason", "")

        def give(customer: Customer) -> str:
            give_goodwill(customer.pk, points, reason, request.user, key, timezone.now())
            return gettext("Given: %(points)s.") % {"points": points_said(points)}

        return self._give(request, pk, give)

    def give_coupon(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm("loyalty.change_coupon"):
            raise PermissionDenied
        typed = request.POST.get("pool", "")
        pool = Pool.objects.filter(pk=int(typed) if typed.isascii() and typed.isdigit() else 0).first()
        key, reason = f"agent:{request.user.pk}:{_form_key(request)}", request.POST.get("reason", "")

        def give(customer: Customer) -> str:
            if pool is None or not reason.strip():
                return gettext("Nothing was given: choose a coupon and say why.")
            about = ("customer", customer.pk)
            issue = Issue(pool.pk, customer.pk, key, Coupon.Cause.AGENT, about, request.user, reason)
            return gettext("Given: the coupon %(code)s.") % {"code": issue_coupon(issue, timezone.now()).code}

        return self._give(request, pk, give)

    def _give(self, request: HttpRequest, pk: int, give) -> HttpResponse:
        customer = Customer.objects.filter(pk=pk).first()
        if customer is None:
            raise Http404
        try:
            self.message_user(request, give(customer))
        except LoyaltyRefused as refused:
            self.message_user(request, str(refused), level="error")
        return HttpResponseRedirect(f"{page_of('customer', pk)}#panel-points")


def _form_key(request: HttpRequest) -> str:
    """Made with the form, so that a button pressed twice gives once."""
    return request.POST.get("key", "")[:60].replace("\0", "") or timezone.now().isoformat()
