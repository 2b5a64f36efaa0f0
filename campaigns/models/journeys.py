"""Journeys, their versions, enrolments and the steps taken."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.read_aloud import fact_in_words
from shelf.reasons import say


class Journey(models.Model):
    """A plan: what starts it, the steps, what ends it. Publishing makes a version; the newest one is live."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        PAUSED = "paused", _("paused")

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    stream = models.OneToOneField("messaging.Stream", models.PROTECT, verbose_name=_("stream"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")

    def __str__(self):
        return self.name


class JourneyVersion(models.Model):
    """One published state of a journey; it never changes, so people inside are never lost. Shape: engine.Plan."""

    journey = models.ForeignKey(Journey, models.CASCADE, verbose_name=_("journey"), related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    published_at = models.DateTimeField(_("published at"), auto_now_add=True)
    published_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("published by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("journey version")
        verbose_name_plural = _("journey versions")
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="one_journey_version_per_number")]

    def __str__(self):
        return f"{self.journey_id} v{self.number}"


class Enrolment(models.Model):
    """One person, on one subject, inside one version. It is a row with a time: ``wake_at``."""

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("enrolment", "on the way")
        DONE = "done", _("completed")
        EXITED = "exited", _("left early")
        FAILED = "failed", _("stuck")

    journey = models.ForeignKey(Journey, models.CASCADE, verbose_name=_("journey"), related_name="enrolments")
    version = models.ForeignKey(JourneyVersion, models.PROTECT, verbose_name=_("version"), related_name="enrolments")
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        verbose_name=_("customer"),
        null=True,
        related_name="enrolments",
    )
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    order = models.ForeignKey("orders.Order", models.CASCADE, verbose_name=_("order"), related_name="+")
    # The re-entry rule as a key: "order:17" enters once per order.
    entry_key = models.CharField(max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    step = models.CharField(_("step"), max_length=60, blank=True)
    seq = models.PositiveIntegerField(default=0)
    entered_at = models.DateTimeField(_("entered at"))
    wake_at = models.DateTimeField(_("wakes at"), null=True, blank=True)
    # Fact kinds that wake it before its time: exits, and facts its wait is anchored to.
    listens = ArrayField(models.CharField(max_length=60), default=list)
    reason = models.TextField(_("reason"), blank=True)
    reason_values = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [models.UniqueConstraint(fields=["journey", "entry_key"], name="one_entry_per_key")]
        indexes = [
            models.Index(
                fields=["wake_at", "id"],
                name="enrolment_due",
                condition=Q(state="active", wake_at__isnull=False),
            ),
            models.Index(fields=["order"], name="enrolment_order", condition=Q(state="active")),
            models.Index(fields=["-entered_at", "-id"], name="enrolment_newest"),
            # a journey's report: who entered in a period
            models.Index(fields=["journey", "entered_at"], name="enrolment_entered"),
        ]

    def __str__(self):
        return f"{self.journey_id} {self.entry_key}"

    @property
    def why(self) -> str:
        """In the reader's words: a fact is named as the journey's own page names it."""
        values = dict(self.reason_values)
        if "fact" in values:
            values["fact"] = fact_in_words(values["fact"])
        return say(self.reason, values)


class StepTaken(models.Model):
    """What an enrolment did, append-only."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, verbose_name=_("enrolment"), related_name="steps")
    seq = models.PositiveIntegerField()
    step = models.CharField(_("step"), max_length=60)
    outcome = models.CharField(_("outcome"), max_length=30)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step taken")
        verbose_name_plural = _("steps taken")
        constraints = [models.UniqueConstraint(fields=["enrolment", "seq"], name="one_step_per_seq")]

    def __str__(self):
        return f"{self.step}: {self.outcome}"
