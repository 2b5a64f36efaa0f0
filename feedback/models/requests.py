"""The asks for reviews."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Request(models.Model):
    """One ask about one order. There is one per order, so a second journey cannot ask again."""

    class State(models.TextChoices):
        OPEN = "open", _("asked")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")

    order = models.OneToOneField("orders.Order", models.CASCADE, verbose_name=_("order"), related_name="review_request")
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        verbose_name=_("customer"),
        null=True,
        related_name="review_requests",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    link_version = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("review request")
        verbose_name_plural = _("review requests")
        indexes = [models.Index(fields=["-created_at", "-id"], name="request_newest")]

    def __str__(self):
        return f"#{self.pk}"
