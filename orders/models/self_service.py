"""What customers may do with their order alone: each store's policy, and what they asked for."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.orders import Order
from orders.models.stores import Store
from shelf.reasons import say


class Way(models.TextChoices):
    OFF = "off", _("not offered")
    REQUEST = "request", _("customers ask, an agent decides")
    AUTOMATIC = "automatic", _("at once, by itself")


class SelfServicePolicy(models.Model):
    """What a store lets its customers do. A store without a row goes by the defaults: everything is a request."""

    store = models.OneToOneField(Store, models.CASCADE, verbose_name=_("store"), related_name="self_service")
    cancel = models.CharField(_("cancel before shipment"), max_length=10, choices=Way.choices, default=Way.REQUEST)
    change = models.CharField(
        _("change the address before shipment"), max_length=10, choices=Way.choices, default=Way.REQUEST
    )
    returns = models.CharField(_("returns"), max_length=10, choices=Way.choices, default=Way.REQUEST)
    return_days = models.PositiveSmallIntegerField(
        _("days for a return"),
        null=True,
        blank=True,
        help_text=_("Counted from the delivery of the parcel that holds the item. Empty: as the law of the country."),
    )
    gives_exchange = models.BooleanField(_("exchange instead of money"), default=True)
    gives_credit = models.BooleanField(_("store credit instead of money"), default=False)
    warranty_months = models.PositiveSmallIntegerField(
        _("months of warranty"), null=True, blank=True, help_text=_("Empty: no claims by the page.")
    )
    return_address = models.TextField(
        _("where returns go"), blank=True, help_text=_("Shown when a return is approved. Empty: the store's address.")
    )

    class Meta:
        verbose_name = _("self-service of a store")
        verbose_name_plural = _("self-service")

    def __str__(self):
        return str(self.store)

    def clean(self):
        from orders.models.returns import ReturnTerms

        terms = ReturnTerms.of_country(self.store.country) if self.store_id else None
        if self.return_days is not None and terms and self.return_days < terms.days:
            message = _("The terms of %(country)s give %(days)s days: a store may give more, never fewer.")
            raise ValidationError({"return_days": message % {"country": terms.country, "days": terms.days}})


class OrderRequest(models.Model):
    """A customer asked to cancel an order or to send it elsewhere, with what an agent or the policy said."""

    class Kind(models.TextChoices):
        CANCEL = "cancel", pgettext_lazy("request", "cancel")
        CHANGE = "change", pgettext_lazy("request", "another address")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("request", "waits for a decision")
        DONE = "done", pgettext_lazy("request", "done")
        REFUSED = "refused", pgettext_lazy("request", "refused")

    class Reason(models.TextChoices):
        CHANGED_MIND = "changed_mind", _("I have changed my mind")
        BY_MISTAKE = "by_mistake", _("I ordered by mistake")
        WRONG_ITEM = "wrong_item", _("I chose the wrong item or size")
        TOO_SLOW = "too_slow", _("It takes too long")
        CHEAPER = "cheaper", _("I found it cheaper elsewhere")
        PAYMENT = "payment", _("Something is wrong with the payment")
        OTHER = "other", _("Another reason")

    class Shop(models.TextChoices):
        """What the shop's own system knows of it."""

        TO_DO = "to_do", _("to be done in the shop by hand")
        TO_ASK = "to_ask", _("the shop will be asked")
        ASKED = "asked", _("asked the shop")
        FAILED = "failed", _("the shop did not take it: to be done by hand")
        CONFIRMED = "confirmed", _("the shop confirmed it")

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), related_name="requests")
    kind = models.CharField(_("wish"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    words = models.TextField(_("in the customer's words"), blank=True)
    was = models.JSONField(_("address before"), default=dict, blank=True)
    wanted = models.JSONField(_("address wanted"), default=dict, blank=True)
    is_automatic = models.BooleanField(_("decided by the policy"), default=False)
    asked_at = models.DateTimeField(_("asked at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    refusal = models.TextField(_("why refused"), blank=True)
    shop_state = models.CharField(_("in the shop"), max_length=10, choices=Shop.choices, blank=True)
    shop_said = models.CharField(_("what the shop said"), max_length=300, blank=True)
    reason_values = models.JSONField(default=dict, blank=True)
    shop_words = models.CharField(_("in the shop's words"), max_length=200, blank=True)
    shop_tries = models.PositiveSmallIntegerField(_("times asked"), default=0)
    shop_next_at = models.DateTimeField(_("ask the shop at"), null=True, blank=True)
    shop_confirmed_at = models.DateTimeField(_("confirmed by the shop at"), null=True, blank=True)

    class Meta:
        verbose_name = _("request of a customer")
        verbose_name_plural = _("requests of customers")
        constraints = [
            models.UniqueConstraint(fields=["order", "kind"], name="one_waiting_request", condition=Q(state="waiting")),
        ]
        indexes = [
            # the agent's list: all of them, those that wait
            models.Index(fields=["-asked_at", "-id"], name="request_newest_asked"),
            models.Index(fields=["state", "-asked_at", "-id"], name="request_by_state"),
            # the clock: which shops are to be asked now
            models.Index(fields=["shop_next_at"], name="request_shop_due", condition=Q(shop_state="to_ask")),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.order}"

    @property
    def shop_said_why(self) -> str:
        return say(self.shop_said, self.reason_values)
