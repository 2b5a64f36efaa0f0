"""Codes that were mailed to prove that whoever looks at an order reads its mails."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


def new_seed() -> str:
    return secrets.token_urlsafe(24)


class PageCode(models.Model):
    """Six digits for one order. They stand nowhere: ``seed`` and the installation's key give them (verifying.py)."""

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), db_index=False, related_name="page_codes")
    seed = models.CharField(_("seed"), max_length=32, default=new_seed)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("asked for at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("code for an order's page")
        verbose_name_plural = _("codes for orders' pages")
        # the newest of an order, and how many within the hour; the clock's oldest
        indexes = [
            models.Index(fields=["order", "-created_at"], name="page_code_of_order"),
            models.Index(fields=["created_at"], name="page_code_oldest"),
        ]

    def __str__(self):
        return f"{self.order_id}: {self.created_at:%Y-%m-%d %H:%M}"
