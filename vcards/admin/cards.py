"""Cards: the editor with its preview, codes with their QR, and what came of them."""

from datetime import date
from typing import Any

from csp.decorators import csp_replace
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from orders.models import Order
from shelf import charts, formats
from staff.display import language, page_of, pill, when
from staff.lists import Room
from vcards import actions, figures
from vcards.actions import CardRefused
from vcards.faces import with_parts
from vcards.forms import CardForm, ContactForm
from vcards.links import short_url
from vcards.models import Card, CardText, Contact, ShareCode
from vcards.showing import sample

TONES = {"draft": "wait", "active": "good", "left": "plain"}
OWN = ("first_name", "last_name", "role", "department", "about", "languages")  # what people may change of their own


def in_our_frame(view: Any) -> Any:
    """The preview may stand in a frame of the editor's page, and nowhere else."""
    return xframe_options_sameorigin(csp_replace({"frame-ancestors": ["'self'"]})(view))


class Contacts(admin.TabularInline):
    model = Contact
    form = ContactForm
    extra = 2
    template = "admin/vcards/card/contacts.html"

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return True  # who opens the form may change the card

    has_change_permission = has_delete_permission = has_view_permission


@admin.register(Card)
class Cards(Room):
    place = ("shop", 6)
    symbol = "card"
    subject = "card"
    keyset = ("first_name", "last_name", "pk")
    form = CardForm
    inlines = (Contacts,)
    list_display = ("__str__", "role", "design", "state_pill", "saved", "changed")
    list_filter = ("state", "design")
    list_select_related = ("design",)
    empty_text = _("Nobody has a card yet. Make a design first, then a card for whoever looks after customers.")
    change_form_template = "admin/vcards/card/change_form.html"

    @admin.display(description=_("state"))
    def state_pill(self, card):
        return pill(card.get_state_display(), TONES[card.state])

    @admin.display(description=_("saved"))
    def saved(self, card):
        return card.saved_count

    @admin.display(description=_("changed at"))
    def changed(self, card):
        return when(card.updated_at)

    def get_queryset(self, request):
        return figures.with_saves(super().get_queryset(request))

    # --- Who may ----------------------------------------------------------------------------------------------------

    def may_all(self, request: HttpRequest) -> bool:
        return request.user.has_perm("vcards.change_card")

    def has_change_permission(self, request, obj=None):
        own = obj is not None and obj.user_id == request.user.pk and obj.state != Card.State.LEFT
        return self.may_all(request) or (own and request.user.has_perm("vcards.change_own_card"))

    def get_fieldsets(self, request, obj=None):
        all_of_it = self.may_all(request)
        head = ("design", "state", "user") if all_of_it else ()
        languages = [(code, [f"{name}_{code}" for name in OWN[:5]]) for code in ("en", "uk", "ru")]
        names = {"en": _("In English"), "uk": _("In Ukrainian"), "ru": _("In Russian")}
        otherwise = _("Only what is said otherwise in this language.")
        return (
            (
                None,
                {"fields": (*([head] if head else []), ("first_name", "last_name"), ("role", "department"), "about")},
            ),
            (_("Photo"), {"fields": (("new_photo", "drop_photo"),)}),
            *(
                (names[code], {"fields": ((f[0], f[1]), (f[2], f[3]), f[4]), "description": otherwise})
                for code, f in languages
            ),
            (_("Speaks"), {"fields": ("languages",)}),
            *([(_("When this person leaves"), {"fields": ("successor",)})] if all_of_it else []),
        )

    def get_form(self, request, obj=None, change=False, **kwargs):
        """The texts are made by the form itself, so the factory must not look for them in the model."""
        fields = CardForm.Meta.fields if self.may_all(request) else OWN
        return super().get_form(request, obj, change, **{**kwargs, "fields": fields})

    # --- Keeping ----------------------------------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        if form.made_photo:
            obj.photo = actions.keep_picture(form.made_photo)
        elif form.cleaned_data.get("drop_photo"):
            obj.photo = None
        actions.save_card(obj, timezone.now(), request.user.pk)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        for code, said in form.texts().items():
            if said:
                blank = dict.fromkeys(OWN[:5], "")
                CardText.objects.update_or_create(card=form.instance, language=code, defaults={**blank, **said})
            else:
                CardText.objects.filter(card=form.instance, language=code).delete()
        actions.redraw([form.instance.pk])

    # --- Its page ---------------------------------------------------------------------------------------------------

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("preview/", view(in_our_frame(require_POST(self.preview))), name="vcards_card_preview"),
            path("<int:pk>/shares/", view(require_POST(self.shares)), name="vcards_card_shares"),
            path("manager/<int:pk>/", view(require_POST(self.manager)), name="vcards-manager"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        today = timezone.localdate()
        context["preview_url"] = reverse("admin:vcards_card_preview")
        if obj is not None:
            context |= _came_of_it(obj, today)
            context["placements"] = ShareCode.Placement.choices
            context["may_share"] = self.has_change_permission(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def preview(self, request: HttpRequest) -> HttpResponse:
        """The page as it would be with what was typed; nothing is stored."""
        if not (self.may_all(request) or request.user.has_perm("vcards.change_own_card")):
            raise PermissionDenied
        pk = request.POST.get("preview_of", "")
        known = Card.objects.filter(pk=int(pk)).first() if pk.isascii() and pk.isdigit() else None
        if known is not None and not self.has_change_permission(request, known):
            raise PermissionDenied
        return HttpResponse(sample(known, request.POST, language()[:2]))

    def shares(self, request: HttpRequest, pk: int) -> HttpResponse:
        card = Card.objects.filter(pk=pk).first()
        if card is None:
            raise Http404
        if not self.has_change_permission(request, card):
            raise PermissionDenied
        now, revoked = timezone.now(), request.POST.get("revoke", "")
        try:
            if revoked.isascii() and revoked.isdigit():
                actions.revoke(card.shares.get(pk=int(revoked)), now)
                self.message_user(request, gettext("The code was revoked."))
            else:
                typed = request.POST.get("label", "")
                made = actions.open_share(card, request.POST.get("placement", ""), typed, now)
                self.message_user(request, gettext("The code %(code)s is ready.") % {"code": made.code})
        except ShareCode.DoesNotExist:
            raise Http404 from None
        except CardRefused as refused:
            self.message_user(request, str(refused), level="error")
        return HttpResponseRedirect(f"{page_of('card', pk)}#codes")

    @transaction.atomic
    def manager(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From the order's page: whose card it carries."""
        if not request.user.has_perm("vcards.change_assignment"):
            raise PermissionDenied
        order = Order.objects.filter(pk=pk).first()
        typed = request.POST.get("card", "")
        card = Card.objects.filter(pk=int(typed)).first() if typed.isascii() and typed.isdigit() else None
        if order is None or card is None:
            raise Http404
        try:
            actions.choose_manager(order, card, timezone.now(), request.user.pk)
        except CardRefused as refused:
            self.message_user(request, str(refused), level="error")
        return HttpResponseRedirect(f"{page_of('order', pk)}#panel-manager")


def _came_of_it(card: Card, today: date) -> dict[str, Any]:
    days = figures.by_day(card, today)
    names = [formats.day(day, language(), "no_year") for day, _n in days]
    rows = figures.by_share(card, today)
    face = with_parts([card.pk]).get(card.pk)
    return {
        "rows": [(row, short_url(row.share.code)) for row in rows],
        "totals": {name: sum(getattr(row, name) for row in rows) for name in ("readers", "scans", "saves", "clicks")},
        "machines": sum(row.machines for row in rows),
        "chart": charts.bars([n for _day, n in days], gettext("Readers per day in the last thirty days"), names),
        "clicked": figures.clicked(card, today),
        "photo": face.card.photo if face else None,
        "card_page": next((f"/c/{row.share.code}/" for row in rows if row.share.revoked_at is None), ""),
    }
