"""The programme: what is earned by which rule, when it may be spent, how long it lives."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.models.coupons import CURRENCY, Pool


class Programme(models.Model):
    """There is one; without it nothing is earned. What it says now counts for what is earned from now on: every lot
    keeps the rule that it was earned by.
    """

    class Rounding(models.TextChoices):
        DOWN = "down", _("down: 9.9 points are 9")
        NEAREST = "nearest", _("to the nearest: 9.5 points are 10")

    name = models.CharField(_("name"), max_length=120)
    rounding = models.CharField(_("rounding"), max_length=7, choices=Rounding.choices, default=Rounding.DOWN)
    pending_days = models.PositiveSmallIntegerField(
        _("days until points can be used"),
        default=14,
        help_text=_("After the delivery. As long as an order may be sent back: what comes back earns nothing."),
    )
    expires_after_days = models.PositiveSmallIntegerField(
        _("points expire after so many days"),
        null=True,
        blank=True,
        default=365,
        validators=[MinValueValidator(1)],
        help_text=_("Counted from the day on which they can be used. Empty: never."),
    )
    goodwill_a_day = models.PositiveIntegerField(
        _("goodwill points of one agent a day"), default=500, help_text=_("0: no agent gives points.")
    )
    cancel_pool = models.ForeignKey(
        Pool,
        models.SET_NULL,
        verbose_name=_("coupon for a cancelled order"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Goes to those who had paid. Who still has one of these coupons gets no second one."),
    )
    credit_pool = models.ForeignKey(
        Pool,
        models.SET_NULL,
        verbose_name=_("coupon for a return"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Goes to those who chose store credit, when their return is settled. Empty: an agent gives one."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("loyalty programme")
        verbose_name_plural = _("loyalty programme")
        constraints = [
            models.UniqueConstraint(models.Value(1), name="one_programme"),
        ]

    def __str__(self):
        return self.name

    def usable_from(self, since: datetime) -> datetime:
        return since + timedelta(days=self.pending_days)

    def ends_at(self, usable_at: datetime, zone: str) -> datetime | None:
        """The end of the last day, where the shop is: points are good while now < ends_at."""
        if self.expires_after_days is None:
            return None
        last = usable_at.astimezone(ZoneInfo(zone)) + timedelta(days=self.expires_after_days)
        return (last + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


class EarnRule(models.Model):
    """So many points for so much money of one currency."""

    programme = models.ForeignKey(
        Programme, models.CASCADE, verbose_name=_("programme"), related_name="rules", db_index=False
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[CURRENCY])
    points = models.PositiveIntegerField(_("points"), default=1, validators=[MinValueValidator(1)])
    amount = models.DecimalField(
        _("for every"), max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints = [
            models.UniqueConstraint(fields=["programme", "currency"], name="one_rule_per_currency"),
            models.CheckConstraint(
                condition=models.Q(points__gte=1, amount__gt=0), name="a_rule_gives_points_for_money"
            ),
        ]

    def __str__(self):
        return f"{self.points} / {self.amount} {self.currency}"

    def as_kept(self) -> dict[str, Any]:
        """The rule as the lot keeps it; ``loyalty.rules.points_for`` reads it."""
        return {
            "points": self.points,
            "amount": str(self.amount),
            "currency": self.currency,
            "rounding": str(self.programme.rounding),
        }
