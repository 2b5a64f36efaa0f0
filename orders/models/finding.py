"""What people typed into "find my order" and "my account", until a worker looks it up."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LinkWish(models.Model):
    """Somebody wants a link by mail. Written for all alike, looked up by the clock, and gone with its answer."""

    number = models.CharField(_("number"), max_length=64, blank=True)  # empty: the account of the address
    email = models.CharField(_("e-mail"), max_length=254)
    asked_at = models.DateTimeField(_("asked at"))

    class Meta:
        verbose_name = _("wish for a link")
        verbose_name_plural = _("wishes for links")

    def __str__(self):
        return f"#{self.pk}"
