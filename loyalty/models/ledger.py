"""The ledger: accounts, lots, transactions, entries. What it must never do, PostgreSQL refuses: migrations/0002."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Bucket(models.TextChoices):
    """Where points are. An entry takes them out of one bucket and puts them into another, so that all sums are 0."""

    ISSUANCE = "issuance", _("the programme")
    PENDING = "pending", _("not yet usable")
    AVAILABLE = "available", _("usable")
    REDEEMED = "redeemed", _("redeemed")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("cancelled before they were usable")
    CLAWED_BACK = "clawed_back", _("taken back")
    DEBT = "debt", _("owed by the customer")


# (from, to). What was taken back beyond what is there is owed, and the next points repay it.
PAIRS = (
    (Bucket.ISSUANCE, Bucket.PENDING),
    (Bucket.ISSUANCE, Bucket.AVAILABLE),
    (Bucket.PENDING, Bucket.AVAILABLE),
    (Bucket.PENDING, Bucket.CANCELLED),
    (Bucket.AVAILABLE, Bucket.REDEEMED),
    (Bucket.AVAILABLE, Bucket.EXPIRED),
    (Bucket.AVAILABLE, Bucket.CLAWED_BACK),
    (Bucket.AVAILABLE, Bucket.DEBT),
    (Bucket.DEBT, Bucket.CLAWED_BACK),
)


def _allowed() -> Q:
    allowed = Q()
    for debit, credit in PAIRS:
        allowed |= Q(debit=debit.value, credit=credit.value)
    return allowed


class Account(models.Model):
    """One customer's points. The sums are moved by the database, from entries alone."""

    # gone with the erasure of a person; the sums of the programme stay
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        verbose_name=_("customer"),
        null=True,
        related_name="points_accounts",
        db_index=False,
    )
    programme = models.ForeignKey("loyalty.Programme", models.PROTECT, verbose_name=_("programme"), related_name="+")
    pending = models.IntegerField(_("not yet usable"), default=0)
    available = models.IntegerField(_("usable"), default=0)
    debt = models.IntegerField(_("owed"), default=0)  # 0 or below

    class Meta:
        verbose_name = _("points account")
        verbose_name_plural = _("points accounts")
        constraints = [
            models.UniqueConstraint(fields=["customer", "programme"], name="one_account_per_person"),
            models.CheckConstraint(
                condition=Q(pending__gte=0, available__gte=0, debt__lte=0), name="nobody_goes_below_zero"
            ),
        ]

    def __str__(self):
        return f"#{self.pk}"


class Lot(models.Model):
    """Points earned at one time, with the rule by which they were. What is left of them is moved by the database."""

    class Source(models.TextChoices):
        ORDER = "order", _("an order")
        GOODWILL = "goodwill", _("goodwill")
        JOURNEY = "journey", _("a journey")

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("account"), related_name="lots")
    source = models.CharField(_("from"), max_length=10, choices=Source.choices)
    order = models.ForeignKey(
        "orders.Order", models.SET_NULL, verbose_name=_("order"), null=True, blank=True, related_name="points_lots"
    )
    points = models.PositiveIntegerField(_("points"))
    # {"points": 1, "amount": "10.00", "currency": "UAH", "rounding": "down", "of": "1250.00"}; empty: a plain number
    rule = models.JSONField(_("rule"), default=dict, blank=True)
    available_at = models.DateTimeField(_("usable from"))
    expires_at = models.DateTimeField(_("usable until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    # What became of the points; the rest was redeemed or repaid a debt.
    pending = models.IntegerField(_("not yet usable"), default=0)
    available = models.IntegerField(_("usable"), default=0)
    clawed_back = models.IntegerField(_("taken back"), default=0)
    expired = models.IntegerField(_("expired"), default=0)

    class Meta:
        verbose_name = _("lot of points")
        verbose_name_plural = _("lots of points")
        constraints = [
            models.UniqueConstraint(fields=["order"], name="one_lot_per_order", condition=Q(order__isnull=False)),
            models.CheckConstraint(
                condition=Q(points__gt=0, pending__gte=0, available__gte=0, clawed_back__gte=0, expired__gte=0)
                & Q(points__gte=F("pending") + F("available") + F("clawed_back") + F("expired")),
                name="a_lot_gives_what_it_has",
            ),
        ]
        indexes = [
            # whose points can be spent, and which go first
            models.Index(
                fields=["account", "expires_at"], name="lot_left", condition=Q(pending__gt=0) | Q(available__gt=0)
            ),
            # the clock: what can be used from now on; what is over
            models.Index(fields=["available_at"], name="lot_pending", condition=Q(pending__gt=0)),
            models.Index(fields=["expires_at"], name="lot_expiring", condition=Q(available__gt=0)),
        ]

    def __str__(self):
        return f"{self.points}"


class Transaction(models.Model):
    """One business event that moved points, once: ``key`` is made from that event (``order:7:earn``)."""

    class Kind(models.TextChoices):
        EARN = "earn", _("earned")
        RELEASE = "release", _("became usable")
        GOODWILL = "goodwill", _("goodwill")
        AWARD = "award", _("given by a journey")
        REDEEM = "redeem", _("redeemed")
        EXPIRE = "expire", _("expired")
        CLAWBACK = "clawback", _("taken back")

    account = models.ForeignKey(
        Account, models.PROTECT, verbose_name=_("account"), related_name="transactions", db_index=False
    )
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=200, unique=True)
    subject_type = models.CharField(max_length=30)  # order, customer, coupon
    subject_id = models.BigIntegerField()
    by = models.ForeignKey("staff.User", models.SET_NULL, verbose_name=_("by"), null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("points transaction")
        verbose_name_plural = _("points ledger")
        indexes = [
            # "why": the lines of one account, newest first
            models.Index(fields=["account", "-id"], name="transaction_account"),
            # what this agent gave today
            models.Index(fields=["by", "at"], name="transaction_by", condition=Q(by__isnull=False)),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} #{self.pk}"


class Entry(models.Model):
    """Points of one lot go from one bucket to another."""

    transaction = models.ForeignKey(Transaction, models.PROTECT, verbose_name=_("transaction"), related_name="entries")
    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name=_("lot"), related_name="entries")
    debit = models.CharField(_("out of"), max_length=11, choices=Bucket.choices)
    credit = models.CharField(_("into"), max_length=11, choices=Bucket.choices)
    points = models.PositiveIntegerField(_("points"))

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="an_entry_moves_points"),
            models.CheckConstraint(condition=_allowed(), name="points_go_an_allowed_way"),
        ]

    def __str__(self):
        return f"{self.debit} → {self.credit}: {self.points}"
