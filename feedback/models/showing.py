"""What the public pages of reviews need beside the reviews: scores, votes, questions, notes, places, addresses."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

STARS = ("one", "two", "three", "four", "five")


class Score(models.Model):
    """How many published reviews of a product have how many stars; without a product, of the whole store.

    Kept by triggers in the transaction of each write (0003_scores): no page ever counts reviews, and no way of writing
    one forgets it. The mean is worked out of the five numbers.
    """

    store = models.ForeignKey("orders.Store", models.CASCADE, verbose_name=_("store"), related_name="+", db_index=False)
    product = models.ForeignKey(
        "orders.Product", models.CASCADE, verbose_name=_("product"), null=True, related_name="scores"
    )
    one = models.PositiveIntegerField(_("one star"), default=0)
    two = models.PositiveIntegerField(_("two stars"), default=0)
    three = models.PositiveIntegerField(_("three stars"), default=0)
    four = models.PositiveIntegerField(_("four stars"), default=0)
    five = models.PositiveIntegerField(_("five stars"), default=0)
    count = models.GeneratedField(
        verbose_name=_("reviews"),
        expression=F("one") + F("two") + F("three") + F("four") + F("five"),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(fields=["store", "product"], name="one_score_per_product", nulls_distinct=False)
        ]
        indexes = [
            # the list of a store's products, those with most reviews first
            models.Index(
                fields=["store", "-count", "-id"], name="score_most", condition=Q(product__isnull=False, count__gt=0)
            )
        ]

    def __str__(self):
        return f"{self.count} ★"


class Refused(models.Model):
    """How many reviews of a store were refused for which reason; kept as scores are."""

    store = models.ForeignKey("orders.Store", models.CASCADE, verbose_name=_("store"), related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=30)
    count = models.PositiveIntegerField(_("reviews"), default=0)

    class Meta:
        verbose_name = _("refused reviews")
        verbose_name_plural = _("refused reviews")
        constraints = [models.UniqueConstraint(fields=["store", "reason"], name="one_count_per_reason")]

    def __str__(self):
        return f"{self.reason}: {self.count}"


class Vote(models.Model):
    """Somebody found a review helpful. ``key`` is a digest of a random cookie: nobody is known by it."""

    review = models.ForeignKey(
        "feedback.Review", models.CASCADE, verbose_name=_("review"), related_name="votes", db_index=False
    )
    key = models.CharField(max_length=32)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("helpful vote")
        verbose_name_plural = _("helpful votes")
        constraints = [models.UniqueConstraint(fields=["review", "key"], name="one_vote_per_visitor")]

    def __str__(self):
        return f"#{self.review_id}"


class Question(models.Model):
    """A question about a product that anybody may ask. Shown when it is answered."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("question", "waits")
        ANSWERED = "answered", pgettext_lazy("question", "answered")
        REFUSED = "refused", pgettext_lazy("question", "not shown")

    product = models.ForeignKey(
        "orders.Product", models.CASCADE, verbose_name=_("product"), related_name="questions", db_index=False
    )
    text = models.CharField(_("question"), max_length=1000)
    language = models.CharField(_("language"), max_length=5)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(_("asked at"))
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("answered by"), null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("question about a product")
        verbose_name_plural = _("questions about products")
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="question_newest"),
            models.Index(fields=["product", "-answered_at"], name="question_shown", condition=Q(state="answered")),
        ]

    def __str__(self):
        return self.text[:60]


class Note(models.Model):
    """“You said, we did”: what answers changed in the shop. ``told_at``: those who said it were told, once."""

    store = models.ForeignKey("orders.Store", models.CASCADE, verbose_name=_("store"), related_name="+")
    product = models.ForeignKey(
        "orders.Product", models.CASCADE, verbose_name=_("product"), null=True, blank=True, related_name="notes",
        help_text=_("Empty: it stands on the page of all reviews."),
    )  # fmt: skip
    language = models.CharField(_("language"), max_length=5)
    said = models.CharField(_("you said"), max_length=500)
    did = models.CharField(_("we did"), max_length=500)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    told_at = models.DateTimeField(_("told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("you said, we did")
        verbose_name_plural = _("you said, we did")

    def __str__(self):
        return self.did[:60]


class NoteCause(models.Model):
    """One answer because of which a note was written: a review, or an answer to a survey."""

    note = models.ForeignKey(Note, models.CASCADE, verbose_name=_("note"), related_name="causes", db_index=False)
    review = models.ForeignKey("feedback.Review", models.CASCADE, verbose_name=_("review"), null=True, blank=True)
    survey = models.ForeignKey("feedback.Survey", models.CASCADE, verbose_name=_("survey"), null=True, blank=True)

    class Meta:
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        constraints = [
            models.UniqueConstraint(fields=["note", "review", "survey"], name="one_cause", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(review__isnull=False, survey=None) | Q(review=None, survey__isnull=False),
                name="a_review_or_a_survey",
            ),
        ]

    def __str__(self):
        return f"#{self.review_id or self.survey_id}"


class Place(models.Model):
    """Where else the shop may be reviewed: shown to all alike, whatever they said here."""

    store = models.ForeignKey("orders.Store", models.CASCADE, verbose_name=_("store"), related_name="+")
    name = models.CharField(_("name"), max_length=60, help_text=_("Google, Hotline, a map service …"))
    url = models.URLField(_("address"), max_length=500)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("review place outside")
        verbose_name_plural = _("review places outside")

    def __str__(self):
        return self.name


class Site(models.Model):
    """Where the shop's own product pages are: Google's feed must lead to them."""

    store = models.OneToOneField("orders.Store", models.CASCADE, verbose_name=_("store"), related_name="review_site")
    product_url = models.CharField(
        _("address of a product's page"), max_length=300,
        help_text=_("With {id} for the shop's id of the product, or {sku}: https://shop.example/products/{id}"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("product pages of a shop")
        verbose_name_plural = _("product pages of shops")

    def __str__(self):
        return self.product_url
