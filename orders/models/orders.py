"""Orders, their lines, the order page."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.models.stores import Product, Store
from shelf.rows import SwiftModel


def new_public_id() -> str:
    return secrets.token_urlsafe(16)  # 128 bits: the address of the stub page


class Order(SwiftModel):
    """An order as the shop last showed it. A *placeholder* was heard of (by its parcel) before it was seen."""

    class Stage(models.TextChoices):
        PLACED = "placed", _("placed")
        PAID = "paid", _("paid")
        PACKING = "packing", _("being packed")
        SHIPPED = "shipped", _("shipped")
        ON_THE_WAY = "on_the_way", _("on the way")
        OUT_FOR_DELIVERY = "out_for_delivery", _("with the courier")
        READY_FOR_PICKUP = "ready_for_pickup", _("ready to collect")
        DELIVERED = "delivered", _("delivered")
        CANCELLED = "cancelled", _("cancelled")
        REFUNDED = "refunded", _("refunded")

    class Financial(models.TextChoices):
        PENDING = "pending", _("awaiting payment")
        AUTHORIZED = "authorized", _("authorised")
        PARTLY_PAID = "partly_paid", _("partly paid")
        PAID = "paid", _("paid")
        PARTLY_REFUNDED = "partly_refunded", _("partly refunded")
        REFUNDED = "refunded", _("refunded")
        VOIDED = "voided", _("voided")

    class Cash(models.TextChoices):
        """Money on delivery, over all parcels of the order; empty where there is none."""

        DUE = "due", _("to be paid on delivery")
        PAID = "paid", _("paid on delivery")
        UNCLAIMED = "unclaimed", _("not collected")
        RETURNED = "returned", _("not collected, came back")

    class Channel(models.TextChoices):
        WEB = "web", _("online")
        POS = "pos", _("at the counter")
        MARKETPLACE = "marketplace", _("on a marketplace")

    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), related_name="orders", db_index=False)
    external_id = models.CharField(_("shop's id"), max_length=100)
    number = models.CharField(_("number"), max_length=60)
    public_id = models.CharField(max_length=32, unique=True, default=new_public_id)
    link_version = models.PositiveSmallIntegerField(default=1)
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        verbose_name=_("customer"),
        null=True,
        related_name="orders",
        db_index=False,
    )
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    placeholder = models.BooleanField(_("only heard of"), default=False)
    test = models.BooleanField(_("test order"), default=False)
    channel = models.CharField(_("sold"), max_length=20, choices=Channel.choices, default=Channel.WEB)
    # A marketplace's buyer: nobody of ours, and written to about this order only (docs/decisions/0042).
    relayed = models.BooleanField(_("passed on by a marketplace"), default=False)
    is_discreet = models.BooleanField(_("discreet"), default=False)  # subjects and previews of mails name no products

    stage = models.CharField(_("stage"), max_length=20, choices=Stage.choices, default=Stage.PLACED)
    financial = models.CharField(_("payment"), max_length=20, choices=Financial.choices, blank=True)
    placed_at = models.DateTimeField(_("placed at"))
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=100, blank=True)
    # Set downward by tracking under the order's lock; cancel looks at dispatched_at.
    dispatched_at = models.DateTimeField(_("left the shop at"), null=True, blank=True)
    # The whole order: the last parcel arrived, every service is done (docs/decisions/0048). Review clocks start here.
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    parcels_delivered_at = models.DateTimeField(_("all parcels arrived at"), null=True, blank=True)
    # What was changed here and the shop has not confirmed: {"cancelled_at": ISO, "address": {…}, "was": {…}}. Until it
    # does, its silence takes nothing back (orders.actions.own_words).
    own_words = models.JSONField(_("not yet known to the shop"), default=dict, blank=True)

    currency = models.CharField(_("currency"), max_length=3)
    subtotal = models.DecimalField(_("subtotal"), max_digits=14, decimal_places=2, default=0)
    shipping = models.DecimalField(_("delivery"), max_digits=14, decimal_places=2, default=0)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2, default=0)
    tax = models.DecimalField(_("tax"), max_digits=14, decimal_places=2, default=0)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, default=0)
    refunded = models.DecimalField(_("refunded"), max_digits=14, decimal_places=2, default=0)
    # Derived from the payments and the shop's word (orders.actions.settling), never negative.
    paid = models.DecimalField(_("paid so far"), max_digits=14, decimal_places=2, default=0)
    due = models.DecimalField(_("still to pay"), max_digits=14, decimal_places=2, default=0)
    cash_state = models.CharField(_("cash on delivery"), max_length=10, choices=Cash.choices, blank=True)
    pay_url = models.URLField(_("where the rest is paid"), max_length=500, blank=True)
    fiscal_url = models.URLField(_("fiscal receipt"), max_length=500, blank=True)
    discount_codes = ArrayField(models.CharField(max_length=60), verbose_name=_("discount codes"), default=list)
    address = models.JSONField(_("delivery address"), default=dict, blank=True)
    shipping_method = models.CharField(_("delivery method"), max_length=200, blank=True)
    payment_method = models.CharField(_("payment method"), max_length=200, blank=True)
    source_updated_at = models.DateTimeField(_("shop's version"), null=True, blank=True)
    created_at = models.DateTimeField(_("first seen at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [models.UniqueConstraint(fields=["store", "external_id"], name="one_order_per_store_id")]
        indexes = [
            models.Index(fields=["-placed_at", "-id"], name="order_newest"),
            models.Index(fields=["stage", "-placed_at", "-id"], name="order_by_stage"),
            models.Index(fields=["customer", "-placed_at"], name="order_customer"),
            models.Index(fields=["number"], name="order_number"),
            models.Index(fields=["email"], name="order_email", condition=~Q(email="")),
        ]

    def __str__(self):
        return self.number

    @property
    def is_paid_up(self) -> bool:
        """Nothing more is asked, by the shop's word or because the payments reached what was asked; ``PAID_UP``."""
        if self.financial in (self.Financial.PAID, self.Financial.PARTLY_REFUNDED):
            return True
        return self.financial in ASKS_STILL and not self.due and self.paid > self.refunded


ASKS_STILL = ("", Order.Financial.PENDING, Order.Financial.PARTLY_PAID)
PAID_UP = Q(financial__in=[Order.Financial.PAID, Order.Financial.PARTLY_REFUNDED]) | Q(
    financial__in=ASKS_STILL, due=0, paid__gt=F("refunded")
)


class OrderLine(models.Model):
    """One position of an order. What is not goods travels in no parcel and is completed by a word of its own."""

    class Kind(models.TextChoices):
        GOODS = "goods", _("goods")
        SERVICE = "service", _("service or visit")
        DIGITAL = "digital", _("digital")
        SUBSCRIPTION = "subscription", _("subscription")

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), related_name="lines", db_index=False)
    external_id = models.CharField(max_length=100)
    product = models.ForeignKey(Product, models.SET_NULL, verbose_name=_("product"), null=True, blank=True)
    variant_key = models.CharField(_("shop's id of the variant"), max_length=100, blank=True)
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    title = models.CharField(_("title"), max_length=300)
    quantity = models.PositiveIntegerField(_("quantity"))
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    image_url = models.URLField(max_length=500, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.GOODS)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    renews_on = models.DateField(_("renews on"), null=True, blank=True)  # of a subscription
    renewal_failed_at = models.DateTimeField(_("renewal failed at"), null=True, blank=True)
    renewal_told_on = models.DateField(_("renewal announced for"), null=True, blank=True)
    pause_asked_at = models.DateTimeField(_("pause asked for at"), null=True, blank=True)
    # Set downward by tracking: when the last parcel that holds pieces of it arrived. Empty: as the order's own.
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [models.UniqueConstraint(fields=["order", "external_id"], name="one_line_per_order_id")]
        indexes = [
            # which subscriptions renew soon
            models.Index(fields=["renews_on"], name="line_renewal", condition=Q(renews_on__isnull=False)),
        ]

    def __str__(self):
        return self.title
