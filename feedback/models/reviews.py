"""What customers say of products and of the shop, who may read it, and everything that was done to it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from feedback.models.requests import Request


class Review(models.Model):
    """An answer about one order line, or about the store when ``line`` and ``title`` are empty.

    A shop may take a line off the order later: then the answer stays, under the title it was given for. One that was
    brought along from elsewhere has no request.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waits for a look")
        PUBLISHED = "published", _("published")
        REJECTED = "rejected", _("not published")
        WITHDRAWN = "withdrawn", _("withdrawn by its author")

    class Reason(models.TextChoices):
        """Why one may be kept back: what is in it, never whether it pleases (tests/feedback/test_publishing.py)."""

        ABUSE = "abuse", _("insults or threats")
        PERSONAL = "personal_data", _("contact details or other people's data")
        HATE = "discriminatory", _("contempt for a group of people")
        ADVERT = "advert", _("advertising or spam")
        OFF_TOPIC = "off_topic", _("says nothing of the product or the shop")
        CONFLICT = "conflict_of_interest", _("written by somebody of the shop or of a competitor")
        ILLEGAL = "illegal", _("against the law")
        DUPLICATE = "duplicate", _("the same text again")

    class Badge(models.TextChoices):
        BUYER = "buyer", _("verified buyer")
        NONE = "none", _("not verified")
        IMPORTED = "imported", _("brought along")

    request = models.ForeignKey(
        Request,
        models.CASCADE,
        verbose_name=_("request"),
        related_name="reviews",
        null=True,
        blank=True,
        db_index=False,
    )
    store = models.ForeignKey("orders.Store", models.CASCADE, verbose_name=_("store"), related_name="+", db_index=False)
    product = models.ForeignKey(
        "orders.Product", models.SET_NULL, verbose_name=_("product"), null=True, blank=True, related_name="reviews"
    )
    line = models.ForeignKey(
        "orders.OrderLine", models.SET_NULL, verbose_name=_("order line"), null=True, blank=True, related_name="+"
    )
    title = models.CharField(_("title"), max_length=300, blank=True)
    stars = models.PositiveSmallIntegerField(_("stars"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    headline = models.CharField(_("heading"), max_length=300, blank=True)  # some of those brought along have one
    text = models.TextField(_("text"), blank=True)
    pros = models.CharField(_("what is good"), max_length=500, blank=True)
    cons = models.CharField(_("what is bad"), max_length=500, blank=True)
    author = models.CharField(_("author"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5)
    country = models.CharField(_("country"), max_length=2, blank=True)
    helpful = models.PositiveIntegerField(_("found helpful"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    doubts = models.JSONField(_("what made it wait"), default=list, blank=True)  # of feedback.rules.doubts_about
    reason = models.CharField(_("reason"), max_length=24, choices=Reason.choices, blank=True)
    badge = models.CharField(_("badge"), max_length=10, choices=Badge.choices, default=Badge.BUYER)
    is_incentivized = models.BooleanField(_("the author got something for it"), default=False)
    source = models.CharField(_("source"), max_length=20, default="asked")  # or whose file it came in
    external_id = models.CharField(_("id there"), max_length=100, blank=True)
    reply = models.TextField(_("reply"), blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("replied by"), null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("written at"))
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "line", "title"],
                name="one_answer_per_product",
                nulls_distinct=False,
                condition=models.Q(request__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["store", "source", "external_id"],
                name="one_review_per_id_there",
                condition=~models.Q(external_id=""),
            ),
            models.CheckConstraint(condition=models.Q(stars__gte=1, stars__lte=5), name="one_to_five_stars"),
            models.CheckConstraint(
                condition=models.Q(state="rejected") ^ models.Q(reason=""), name="rejected_with_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="review_newest"),
            # what waits for a look, the oldest first
            models.Index(fields=["created_at", "id"], name="review_waiting", condition=models.Q(state="pending")),
            # the page of a product, and of a shop
            models.Index(
                fields=["product", "-published_at", "-id"],
                name="review_of_product",
                condition=models.Q(state="published"),
            ),
            models.Index(
                fields=["product", "-helpful", "-published_at", "-id"],
                name="review_most_helpful",
                condition=models.Q(state="published"),
            ),
            models.Index(
                fields=["product", "stars", "-published_at", "-id"],
                name="review_by_stars",
                condition=models.Q(state="published"),
            ),
            models.Index(
                fields=["store", "-published_at", "-id"],
                name="review_of_store",
                condition=models.Q(state="published"),
            ),
        ]

    def __str__(self):
        return f"{self.stars}★"

    @property
    def is_public(self) -> bool:
        return self.state == self.State.PUBLISHED


class ReviewPhoto(models.Model):
    """A photo of the author's, made anew by the limited child: a JPEG without the place where it was taken."""

    review = models.ForeignKey(Review, models.CASCADE, verbose_name=_("review"), related_name="photos", db_index=False)
    position = models.PositiveSmallIntegerField(_("position"))
    data = models.BinaryField(_("picture"))
    created_at = models.DateTimeField(_("brought at"))

    class Meta:
        verbose_name = _("photo of a review")
        verbose_name_plural = _("photos of reviews")
        ordering = ("review", "position")
        constraints = [models.UniqueConstraint(fields=["review", "position"], name="one_photo_per_place")]

    def __str__(self):
        return f"#{self.pk}"


class ReviewEvent(models.Model):
    """The log: what was done to a review, by whom (nobody: its author, or the rule), and how it read before.

    It only grows; the page "how we check reviews" counts it.
    """

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", _("written")
        EDITED = "edited", _("changed by its author")
        WITHDRAWN = "withdrawn", _("withdrawn by its author")
        PUBLISHED = "published", _("published")
        REJECTED = "rejected", _("kept back")
        REPLIED = "replied", _("replied to")
        IMPORTED = "imported", _("brought along")

    review = models.ForeignKey(Review, models.CASCADE, verbose_name=_("review"), related_name="log")
    kind = models.CharField(_("what"), max_length=10, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=24, choices=Review.Reason.choices, blank=True)
    before = models.JSONField(
        _("how it read before"), default=dict, blank=True
    )  # {"stars": 2, "text": "…"} of what was changed
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("by"), null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("event of a review")
        verbose_name_plural = _("events of reviews")
        ordering = ("at", "pk")
        # how many were kept back, and why
        indexes = [models.Index(fields=["kind", "reason"], name="review_log_kinds")]

    def __str__(self):
        return self.get_kind_display()
