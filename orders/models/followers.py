"""Others who get the news of an order's parcels: the friend whose present it is, the colleague at the gate."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class Follower(models.Model):
    """An address that the customer named. It is asked first, gets news of parcels with the stub's link, may leave."""

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), db_index=False, related_name="followers")
    email = models.CharField(_("e-mail"), max_length=254)
    language = models.CharField(_("language"), max_length=5, blank=True)
    link_version = models.PositiveSmallIntegerField(default=1)
    invited_at = models.DateTimeField(_("asked at"))
    confirmed_at = models.DateTimeField(_("said yes at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("follower of an order")
        verbose_name_plural = _("followers of orders")
        # The constraint's index answers: who follows these orders?
        constraints = [models.UniqueConstraint(fields=["order", "email"], name="one_follower_per_address")]

    def __str__(self):
        return self.email

    @property
    def follows(self) -> bool:
        return bool(self.confirmed_at and not self.ended_at)
