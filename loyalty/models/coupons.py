"""Pools of coupons, and each code in them."""

from datetime import date

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

CURRENCY = RegexValidator(r"^[A-Z]{3}$", _("A currency is written like UAH."))


class Pool(models.Model):
    """Codes of one worth, made in the shop and brought here by a file. Each is given to one person."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("a sum of money off")
        PERCENT = "percent", _("per cent off")
        SHIPPING = "shipping", _("free delivery")

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    store = models.ForeignKey(
        "orders.Store",
        models.PROTECT,
        verbose_name=_("store"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Where the codes are good. Empty: in all stores."),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.AMOUNT)
    worth = models.DecimalField(_("worth"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, validators=[CURRENCY])
    ends_on = models.DateField(
        _("good until"), null=True, blank=True, help_text=_("The last day on which the shop takes the codes.")
    )
    price = models.PositiveIntegerField(
        _("price in points"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Customers may take one for so many points. Empty: it is only given."),
    )
    warns_at = models.PositiveIntegerField(
        _("warn when so few are left"), default=20, help_text=_("On the home page, before the pool is empty.")
    )
    is_active = models.BooleanField(_("gives coupons"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("pool of coupons")
        verbose_name_plural = _("pools of coupons")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="shipping", worth=None)
                | Q(kind="amount", worth__isnull=False, worth__gt=0) & ~Q(currency="")
                | Q(kind="percent", worth__isnull=False, worth__gt=0, worth__lte=100),
                name="a_pool_says_what_it_is_worth",
                violation_error_message=_(
                    "A sum of money needs a currency, per cent lie between 0 and 100, and free delivery has no worth."
                ),
            )
        ]

    def __str__(self):
        return self.name

    def is_over(self, on: date) -> bool:
        return self.ends_on is not None and self.ends_on < on


class Coupon(models.Model):
    """One code. It is given once, and never to somebody else: PostgreSQL keeps that too (migrations/0002)."""

    class State(models.TextChoices):
        FREE = "free", _("in the pool")
        ISSUED = "issued", _("given")
        USED = "used", _("used")

    class Cause(models.TextChoices):
        JOURNEY = "journey", _("a journey")
        AGENT = "agent", _("an agent")
        CANCELLATION = "cancellation", _("a cancelled order")
        POINTS = "points", _("points")
        RETURN = "return", _("a return")

    pool = models.ForeignKey(Pool, models.PROTECT, verbose_name=_("pool"), related_name="coupons")
    code = models.CharField(_("code"), max_length=60)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.FREE)
    customer = models.ForeignKey(
        "customers.Customer", models.SET_NULL, verbose_name=_("customer"), null=True, blank=True, related_name="coupons"
    )
    # from the business event: "order:7:cancelled"; one event gives one coupon
    key = models.CharField(max_length=200, unique=True, null=True, blank=True)
    cause = models.CharField(_("given for"), max_length=12, choices=Cause.choices, blank=True)
    subject_type = models.CharField(max_length=30, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    by = models.ForeignKey("staff.User", models.SET_NULL, verbose_name=_("by"), null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    issued_at = models.DateTimeField(_("given at"), null=True, blank=True)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    # the order that carried it
    order = models.ForeignKey(
        "orders.Order", models.SET_NULL, verbose_name=_("used with"), null=True, blank=True, related_name="coupons"
    )

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            # shops take codes in capitals and in small letters alike
            models.UniqueConstraint(Upper("code"), name="one_coupon_per_code"),
            models.CheckConstraint(
                condition=Q(state="free", issued_at=None, key=None, used_at=None)
                | Q(state="issued", issued_at__isnull=False, key__isnull=False, used_at=None)
                | Q(state="used", used_at__isnull=False),
                name="a_coupon_says_where_it_is",
            ),
        ]
        indexes = [
            # the next one of a pool, and how many are left
            models.Index(fields=["pool", "id"], name="coupon_free", condition=Q(state="free")),
            # what a person has, newest first
            models.Index(
                fields=["customer", "-issued_at"], name="coupon_customer", condition=Q(customer__isnull=False)
            ),
        ]

    def __str__(self):
        return self.code
