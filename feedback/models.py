"""Review requests and reviews; surveys with their answers."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from feedback.scales import CES, CSAT, NPS, SCALES


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

    request = models.ForeignKey(
        Request, models.CASCADE, verbose_name=_("request"), related_name="reviews", db_index=False
    )
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


def _in_scale() -> models.Q:
    fits = models.Q(score=None)
    for kind, scale in SCALES.items():
        fits |= models.Q(kind=kind, score__gte=scale.lowest, score__lte=scale.highest)
    return fits


class Survey(models.Model):
    """One question to one customer, and its answer. NPS is about the shop, whichever order it follows; the others are
    about the order, or without one about the shop.
    """

    class Kind(models.TextChoices):
        NPS = NPS, _("Would you recommend us (NPS)")
        CSAT = CSAT, _("Are you satisfied (CSAT)")
        CES = CES, _("Was it easy (CES)")

    class State(models.TextChoices):
        OPEN = "open", _("asked")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("closed")  # a newer one took its place

    kind = models.CharField(_("question"), max_length=4, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        verbose_name=_("customer"),
        null=True,
        related_name="surveys",
        db_index=False,
    )
    store = models.ForeignKey("orders.Store", models.CASCADE, verbose_name=_("store"), related_name="+")
    order = models.ForeignKey(
        "orders.Order", models.CASCADE, verbose_name=_("order"), null=True, blank=True, related_name="surveys"
    )
    link_version = models.PositiveSmallIntegerField(default=1)
    asked_at = models.DateTimeField(_("asked at"))
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind"], name="one_survey_per_order", condition=models.Q(order__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["customer", "kind"],
                name="one_open_survey_per_person",
                condition=models.Q(state="open") & (models.Q(order=None) | models.Q(kind=NPS)),
            ),
            models.CheckConstraint(condition=_in_scale(), name="score_in_its_scale"),
        ]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="survey_newest"),
            models.Index(fields=["customer", "kind", "-asked_at"], name="survey_of_person"),
            # figures: the answers of the last months
            models.Index(
                fields=["kind", "answered_at"],
                include=["score"],
                name="survey_answers",
                condition=models.Q(answered_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} #{self.pk}"
