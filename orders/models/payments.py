"""Money that moved about an order, or should have."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from shelf.reasons import say
from shelf.rows import SwiftModel


class Payment(SwiftModel):
    """One sum, as it was last spoken of. ``amount`` is positive whatever the direction; refunds go back.

    The sums of the order (``paid``, ``due``, ``refunded``, ``cash_state``) follow from its payments and the shop's own
    word, each time anew: ``orders.actions.settling``.
    """

    class Kind(models.TextChoices):
        CHARGE = "charge", _("payment")
        ON_DELIVERY = "on_delivery", _("cash on delivery")
        REFUND = "refund", _("refund")

    class State(models.TextChoices):
        PENDING = "pending", _("awaited")
        PAID = "paid", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("called off")

    class Source(models.TextChoices):
        SHOP = "shop", _("the shop")
        CARRIER = "carrier", _("the carrier")
        AGENT = "agent", _("an agent")

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), related_name="payments", db_index=False)
    source = models.CharField(_("who says so"), max_length=10, choices=Source.choices, default=Source.SHOP)
    external_id = models.CharField(max_length=100)  # the source's own id: a repeated word is the same row
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, blank=True)  # empty: the order's
    method = models.CharField(_("method"), max_length=200, blank=True)
    # Why it failed or went back, in the shop's words; of a parcel that was not taken: unclaimed, returned.
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    at = models.DateTimeField()  # of the newest word
    # The source's own date cannot be believed; then ``at`` is when we heard, and any believable date is newer.
    dated_wrongly = models.CharField(_("wrong date"), max_length=10, blank=True)
    sums = models.JSONField(_("all sums told"), default=list)  # text, smallest first; more than one is a doubt
    lines = models.JSONField(_("lines"), default=list)  # of a refund: [line's external id, quantity]
    # What a person should look at; derived with the order's sums.
    doubt = models.CharField(_("to look at"), max_length=300, blank=True)
    reason_values = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("first heard of at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            # also: all payments of an order
            models.UniqueConstraint(fields=["order", "source", "external_id"], name="one_payment_per_id"),
        ]
        indexes = [
            # the agent's list, and those to look at
            models.Index(fields=["-at", "-id"], name="payment_newest"),
            models.Index(fields=["-at", "-id"], name="payment_in_doubt", condition=~Q(doubt="")),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.amount} {self.currency or self.order.currency}"

    @property
    def doubt_said(self) -> str:
        return say(self.doubt, self.reason_values)
