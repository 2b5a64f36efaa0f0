"""The order's page as a row, and as it was drawn."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order


class OrderPage(models.Model):
    """What the order-status page shows, one row: blocks as plain data, written down by the apps that know.

    ``blocks``: {"order": orders', "parcels": tracking's, "review": feedback's, …}. ``version`` rises with every change:
    who keeps a copy knows when it is old. A trigger raises it where a statement forgets to (0003_drawn_pages).
    """

    order = models.OneToOneField(Order, models.CASCADE, primary_key=True, related_name="page")
    version = models.PositiveIntegerField(default=1)
    blocks = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("order page")
        verbose_name_plural = _("order pages")

    def __str__(self):
        return f"{self.order_id} v{self.version}"


class DrawnPage(models.Model):
    """A page as it was last drawn, good for as long as its stamp is that of today's data (orders.drawn_pages).

    Never what a verified visitor sees. The table is not logged: what a crash takes from it is drawn again.
    """

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), related_name="+", db_index=False)
    tier = models.CharField(max_length=4)
    asked = models.CharField(max_length=2)  # ``?lang=``; empty: as the order speaks
    stamp = models.CharField(max_length=100)
    language = models.CharField(_("language"), max_length=2)
    html = models.TextField()
    drawn_at = models.DateTimeField()

    class Meta:
        verbose_name = _("drawn page")
        verbose_name_plural = _("drawn pages")
        constraints = [models.UniqueConstraint(fields=["order", "tier", "asked"], name="one_drawn_page")]

    def __str__(self):
        return f"{self.order_id} {self.tier} {self.asked}"
