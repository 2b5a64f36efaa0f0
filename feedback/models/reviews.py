"""Review requests and reviews."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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


SHOWN = Q(state="published", product__isnull=False)


class Review(models.Model):
    """An answer about one order line, or about the store when ``line`` and ``title`` are empty.

    A shop may take a line off the order later: then the answer stays, under the title it was given for.
    """

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("review", "waits")
        PUBLISHED = "published", pgettext_lazy("review", "published")
        REJECTED = "rejected", pgettext_lazy("review", "refused")

    class Why(models.TextChoices):
        """Why a review may be refused. None of them speaks of stars."""

        ABUSE = "abuse", _("insults or threats")
        PERSONAL_DATA = "personal_data", _("somebody's personal data")
        DISCRIMINATORY = "discriminatory", _("contempt for a group of people")
        SPAM_ADVERT = "spam_advert", _("advertising")
        OFF_TOPIC = "off_topic", _("not about the product or the order")
        NOT_A_BUYER = "not_a_buyer", _("written by somebody who did not buy")
        CONFLICT = "conflict_of_interest", _("written by somebody of the shop or of a competitor")
        ILLEGAL = "illegal", _("against the law")
        DUPLICATE = "duplicate", _("the same review twice")
        WITHDRAWN = "withdrawn_by_author", _("taken back by its author")

    class Verified(models.TextChoices):
        BUYER = "buyer", _("verified buyer")  # written behind the link of an order
        NONE = "none", _("not verified")
        IMPORTED = "imported", _("imported")

    request = models.ForeignKey(
        Request,
        models.CASCADE,
        verbose_name=_("request"),
        related_name="reviews",
        null=True,
        blank=True,
        db_index=False,
    )
    store = models.ForeignKey(
        "orders.Store", models.CASCADE, verbose_name=_("store"), null=True, related_name="+", db_index=False
    )
    product = models.ForeignKey(
        "orders.Product", models.SET_NULL, verbose_name=_("product"), null=True, blank=True, related_name="reviews"
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    reason = models.CharField(_("why it is refused"), max_length=30, choices=Why.choices, blank=True)
    verified = models.CharField(_("verification"), max_length=10, choices=Verified.choices, default=Verified.NONE)
    was_paid = models.BooleanField(_("points were given"), default=False)
    source = models.CharField(_("source"), max_length=20, blank=True)
    external_id = models.CharField(_("number in the source"), max_length=100, blank=True)
    headline = models.CharField(_("heading"), max_length=300, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    reply = models.TextField(_("public reply"), blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    written_at = models.DateTimeField(_("written at"), default=timezone.now)
    helpful = models.PositiveIntegerField(_("helpful"), default=0)
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
                fields=["request", "line", "title"],
                name="one_answer_per_product",
                nulls_distinct=False,
                condition=Q(request__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["store", "source", "external_id"], name="imported_once", condition=~Q(external_id="")
            ),
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="review_newest"),
            *(
                models.Index(fields=["product", *order, "-written_at", "-id"], name=f"review_{name}", condition=SHOWN)
                for name, order in (("shown", []), ("helpful", ["-helpful"]), ("stars", ["stars"]))
            ),
        ]

    def __str__(self):
        return f"{self.stars}★"
