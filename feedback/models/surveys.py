"""Surveys with their answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from feedback.scales import CES, CSAT, NPS, SCALES


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
