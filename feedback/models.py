"""Review requests and reviews."""

from django.core.validators import MaxValueValidator, MinValueValidator
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


class Review(models.Model):
    """An answer about one order line, or about the store when ``line`` and ``title`` are empty.

    A shop may take a line off the order later: then the answer stays, under the title it was given for.
    """

    request = models.ForeignKey(Request, models.CASCADE, verbose_name=_("request"), related_name="reviews")
    line = models.ForeignKey(
        "orders.OrderLine", models.SET_NULL, verbose_name=_("product"), null=True, blank=True, related_name="+"
    )
    title = models.CharField(_("title"), max_length=300, blank=True)
    stars = models.PositiveSmallIntegerField(_("stars"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.TextField(_("text"), blank=True)
    author = models.CharField(_("author"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5)
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "line", "title"], name="one_answer_per_product", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="review_newest")]

    def __str__(self):
        return f"{self.stars}★"
