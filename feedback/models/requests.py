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
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    why_closed = models.CharField(_("why it was closed"), max_length=300, blank=True)  # an English sentence
    # Whom and what the answer is about, as it was when we asked: parcels are joined, managers change.
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    shipment = models.ForeignKey(
        "tracking.Shipment", models.SET_NULL, verbose_name=_("parcel"), null=True, blank=True, related_name="+"
    )
    agent = models.ForeignKey(
        "vcards.Card", models.SET_NULL, verbose_name=_("manager"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("review request")
        verbose_name_plural = _("review requests")
        indexes = [models.Index(fields=["-created_at", "-id"], name="request_newest")]

    def __str__(self):
        return f"#{self.pk}"


class Suspected(models.Model):
    """Answers that look like a machine's: counted per request, never taken for a person's. One row, however many."""

    request = models.OneToOneField(Request, models.CASCADE, verbose_name=_("request"), related_name="suspected")
    why = models.CharField(_("why"), max_length=20)
    stars = models.JSONField(_("stars"), default=dict)  # of the last one: {"<order line>" or "store": 1 to 5}
    count = models.PositiveIntegerField(_("times"), default=1)
    last_at = models.DateTimeField(_("last at"))

    class Meta:
        verbose_name = _("suspected answer")
        verbose_name_plural = _("suspected answers")

    def __str__(self):
        return f"#{self.request_id} × {self.count}"
