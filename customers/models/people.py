"""Customers, identifiers, counted facts, what is open between them and us, erasures."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _

from shelf.rows import SwiftModel


class Customer(SwiftModel):
    """A person. Everything known about how to reach them is an Identifier; what they did is counted in Stats."""

    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    # Chosen by the person; empty: the order's, then the store's (see customers.actions.language_for)
    language = models.CharField(_("language"), max_length=5, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    born_on = models.DateField(_("birthday"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
            # whose birthday is on a day of the year
            models.Index(
                ExtractMonth("born_on"),
                ExtractDay("born_on"),
                "id",
                name="customer_birthday",
                condition=Q(born_on__isnull=False),
            ),
        ]

    def __str__(self):
        return self.name or f"#{self.pk}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Identifier(models.Model):
    """A value that leads to one customer. ``scope`` is the store's slug for a shop's own ids, empty otherwise."""

    class Kind(models.TextChoices):
        EXTERNAL = "external", _("shop's customer id")
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        TELEGRAM = "telegram", _("Telegram")

    customer = models.ForeignKey(Customer, models.CASCADE, verbose_name=_("customer"), related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    scope = models.CharField(_("scope"), max_length=60, blank=True)
    value = models.CharField(_("value"), max_length=254)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    # Links to the preference page and to the account that were made before this moment open nothing.
    links_revoked_at = models.DateTimeField(_("links revoked at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [models.UniqueConstraint(fields=["kind", "scope", "value"], name="one_person_per_identifier")]
        indexes = [models.Index(fields=["value"], name="identifier_search")]

    def __str__(self):
        return self.value


class Erasure(models.Model):
    """Somebody's data were erased: when, by whom, and how many rows of which table. Nothing more is kept of it."""

    customer = models.OneToOneField(
        Customer, models.CASCADE, verbose_name=_("customer"), related_name="erasure", primary_key=True
    )
    by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("erased by"), null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("erased at"))
    counts = models.JSONField(_("rows"), default=dict)  # {"orders.Order": 3}

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")

    def __str__(self):
        return f"#{self.customer_id}"


_SUMS = ["orders", "spent", "only_currency", "only_spent"]
HOT_BUT_PREVIOUS = [*_SUMS, "last_order_at"]
HOT_BUT_LAST = [*_SUMS, "previous_order_at", "first_order_at", "last_rating", "country", "language", "marketing"]


class Stats(models.Model):
    """Counted facts of a customer, kept in the transaction of the change: segments and pages read one row.

    Country and language are copies (customers.actions keeps them), so that a count needs no second table.
    """

    class Said(models.TextChoices):
        YES = "yes", _("said yes")
        NO = "no", _("said no")
        NOTHING = "nothing", _("said nothing")

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="stats")
    orders = models.PositiveIntegerField(_("orders"), default=0)
    # {"UAH": "1200.00", …}: sums are per currency and never added across. For the many who spent in one currency it
    # stands again in two plain columns, which an index can order; "many" and NULL where there are several.
    spent = models.JSONField(_("spent"), default=dict)
    only_currency = models.CharField(_("currency"), max_length=4, blank=True)
    only_spent = models.DecimalField(
        _("spent in the only currency"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    # spent, plus a year more at the usual pace; customers/lifecycle.py
    expected = models.JSONField(_("expected lifetime value"), default=dict)
    first_order_at = models.DateTimeField(_("first order"), null=True, blank=True)
    last_order_at = models.DateTimeField(_("last order"), null=True, blank=True)
    previous_order_at = models.DateTimeField(_("order before the last"), null=True, blank=True)
    usual_gap_days = models.PositiveIntegerField(_("usual days between orders"), null=True, blank=True)
    last_rating = models.PositiveSmallIntegerField(_("last rating"), null=True, blank=True)
    last_nps = models.PositiveSmallIntegerField(_("last NPS score"), null=True, blank=True)
    last_csat = models.PositiveSmallIntegerField(_("last CSAT score"), null=True, blank=True)
    last_ces = models.PositiveSmallIntegerField(_("last CES score"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    # words that people and journeys put on the customer
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list, blank=True)
    # What was said last about marketing, at any of their addresses: a yes at one of them is enough to be asked.
    marketing = models.CharField(_("marketing by e-mail"), max_length=7, choices=Said.choices, default=Said.NOTHING)
    marketing_texts = models.CharField(
        _("marketing by text message"), max_length=7, choices=Said.choices, default=Said.NOTHING
    )
    # points that can be spent, and when the first of them expire (loyalty keeps both)
    points = models.PositiveIntegerField(_("points"), default=0)
    points_expire_at = models.DateTimeField(_("points expire"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer's figures")
        verbose_name_plural = _("customers' figures")
        # What most segments ask is answered from an index alone.
        indexes = [
            # "ordered again within 90 days, and may be written to": a range of the order before the last. Three values
            # stand before it, so PostgreSQL 18 skips through them where nothing is asked about marketing.
            models.Index(fields=["marketing", "previous_order_at"], include=HOT_BUT_PREVIOUS, name="stats_previous",
                         condition=Q(previous_order_at__isnull=False)),
            # "has not ordered for 60 days", lifecycle, and every count that has no better range
            models.Index(fields=["last_order_at"], include=HOT_BUT_LAST, name="stats_last"),
            # "spent more than 10,000 UAH", the best customers
            models.Index(fields=["only_currency", "only_spent"], include=["orders"], name="stats_spent"),
            # "first order in the last 7 days": the new ones
            models.Index(fields=["first_order_at"], include=["orders"], name="stats_first"),
            # "has the tag": GIN, and only over those who have one
            GinIndex(fields=["tags"], name="stats_tags", condition=~Q(tags=[])),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.customer_id}: {self.orders}"


class OpenMatter(models.Model):
    """Something is not settled between us and the customer; until it closes we ask for nothing."""

    NAMES = {
        "return": _("a return"),
        "late": _("a late parcel"),
        "ticket": _("a ticket"),
        "review": _("a bad review"),
    }

    customer = models.ForeignKey(Customer, models.CASCADE, verbose_name=_("customer"), related_name="matters")
    kind = models.CharField(_("kind"), max_length=30)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("open matter")
        verbose_name_plural = _("open matters")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"],
                name="one_open_matter",
                condition=Q(closed_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(fields=["customer"], name="matter_open", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self):
        return f"{self.kind} {self.subject_type} {self.subject_id}"
