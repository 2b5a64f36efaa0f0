"""Journeys, their versions, enrolments and the steps taken."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
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
    # What lets people in, by the newest version: "order.placed", "segment.entered:vip", "date:customer.birthday".
    starts_by = models.CharField(max_length=120, blank=True)
    # A pause after which people chose to drop what had come due meanwhile: those are let go when they wake.
    drop_from_at = models.DateTimeField(null=True, blank=True)
    drop_to_at = models.DateTimeField(null=True, blank=True)
    # A journey that starts with a date: everybody whose date is on this day or before it has been let in.
    let_in_up_to_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("journey")
        verbose_name_plural = _("journeys")

    def __str__(self):
        return self.name


class JourneyVersion(models.Model):
    """One published state of a journey; it never changes, so people inside are never lost. Shape: engine.Plan."""

    journey = models.ForeignKey(
        Journey, models.CASCADE, verbose_name=_("journey"), related_name="versions", db_index=False
    )
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


class JourneyDraft(models.Model):
    """What somebody is writing: a definition that need not be right yet. A journey has at most one."""

    journey = models.OneToOneField(Journey, models.CASCADE, verbose_name=_("journey"), related_name="draft")
    definition = models.JSONField(_("definition"))
    # As it was before the last change: one step back, and forth again.
    former = models.JSONField(_("definition before the last change"), null=True, blank=True)
    # Counts up: whoever saves says which state they began with, so that nobody's change is lost.
    saves = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("changed by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("draft of a journey")
        verbose_name_plural = _("drafts of journeys")

    def __str__(self):
        return f"{self.journey_id} draft"


class Enrolment(models.Model):
    """One person, on one subject, inside one version. It is a row with a time: ``wake_at``."""

    class State(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("enrolment", "on the way")
        DONE = "done", _("completed")
        EXITED = "exited", _("left early")
        FAILED = "failed", _("stuck")

    journey = models.ForeignKey(
        Journey, models.CASCADE, verbose_name=_("journey"), db_index=False, related_name="enrolments"
    )
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
    # The order that all this is about, where it is about one: its facts and its parcels' wake it.
    order = models.ForeignKey(
        "orders.Order", models.CASCADE, verbose_name=_("order"), null=True, blank=True, db_index=False, related_name="+"
    )
    # The fact that let it in: that one does not end it again.
    event_id = models.BigIntegerField(null=True, blank=True)
    # The re-entry rule as a key: "order:17" enters once per order.
    entry_key = models.CharField(max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    step = models.CharField(_("step"), max_length=60, blank=True)
    seq = models.PositiveIntegerField(default=0)
    entered_at = models.DateTimeField(_("entered at"))
    # When the start happened (we may have learned of it later): what the customer did before does not count.
    since_at = models.DateTimeField(default=timezone.now)
    # When it came to its step, by the plan's reckoning.
    step_at = models.DateTimeField(null=True, blank=True)
    # A pause that people chose to add to every timer: times up to ``shifted_at`` count as ``shift`` later.
    shift = models.DurationField(default=timedelta)
    shifted_at = models.DateTimeField(null=True, blank=True)
    rounds = models.JSONField(default=dict, blank=True)  # {step: how often}, of steps in a circle
    variant = models.CharField(_("variant"), max_length=60, blank=True)
    is_holdout = models.BooleanField(_("held out"), default=False)
    # The fact that counts as success until ``goal_ends_at``, and when it came; counted after the last step, too.
    goal = models.CharField(max_length=80, blank=True)
    goal_ends_at = models.DateTimeField(null=True, blank=True)
    goal_at = models.DateTimeField(_("goal reached at"), null=True, blank=True)
    wake_at = models.DateTimeField(_("wakes at"), null=True, blank=True)
    # Fact kinds that wake it before its time: exits, facts it waits for, and facts its wait is anchored to.
    listens = ArrayField(models.CharField(max_length=80), default=list)
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
            # what a fact wakes: by its order, by another subject; by its customer: the relation's own
            models.Index(fields=["order"], name="enrolment_order", condition=Q(state="active", order__isnull=False)),
            models.Index(
                fields=["subject_id", "subject_type"],
                name="enrolment_subject",
                condition=Q(state="active", order__isnull=True),
            ),
            # how many stand at each step
            models.Index(fields=["journey", "version", "step"], name="enrolment_step", condition=Q(state="active")),
            models.Index(fields=["-entered_at", "-id"], name="enrolment_newest"),
            # who came lately into one journey; it stands in for the relation's own
            models.Index(fields=["journey", "-entered_at"], name="enrolment_journey"),
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

    enrolment = models.ForeignKey(
        Enrolment, models.CASCADE, verbose_name=_("enrolment"), related_name="steps", db_index=False
    )
    seq = models.PositiveIntegerField()
    step = models.CharField(_("step"), max_length=60)
    # engine.Taken.outcome; "refused" when what it asked for was not to be had, "unwritten" without its template
    outcome = models.CharField(_("outcome"), max_length=60)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step taken")
        verbose_name_plural = _("steps taken")
        constraints = [models.UniqueConstraint(fields=["enrolment", "seq"], name="one_step_per_seq")]

    def __str__(self):
        return f"{self.step}: {self.outcome}"
