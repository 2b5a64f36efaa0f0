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


class Campaign(models.Model):
    """One mail to many, once. What it is: state below; what may happen to it: campaigns/mailing/running.py.

    The audience is a simple filter over the customers of one store, until segments come.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        APPROVAL = "approval", _("waits for approval")
        ARMED = "armed", _("about to start")
        CANARY = "canary", _("the first few")
        SENDING = "sending", pgettext_lazy("campaign", "being sent")
        DONE = "done", pgettext_lazy("campaign", "sent")
        CANCELLED = "cancelled", pgettext_lazy("campaign", "cancelled")
        STOPPED = "stopped", _("stopped")

    name = models.CharField(_("name"), max_length=120)
    template = models.ForeignKey("messaging.Template", models.PROTECT, verbose_name=_("template"), related_name="+")
    store = models.ForeignKey("orders.Store", models.PROTECT, verbose_name=_("store"), related_name="+")
    stream = models.OneToOneField("messaging.Stream", models.PROTECT, verbose_name=_("stream"))
    language = models.CharField(_("only those we write to in"), max_length=5, blank=True)
    since_on = models.DateField(_("ordered since"), null=True, blank=True)
    until_on = models.DateField(_("ordered until"), null=True, blank=True)
    min_orders = models.PositiveSmallIntegerField(_("at least so many orders"), default=1)
    # hosts that mails may lead to besides the shop's own
    confirmed_hosts = ArrayField(
        models.CharField(max_length=253), verbose_name=_("other hosts"), default=list, blank=True
    )

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.TextField(_("reason"), blank=True)
    reason_values = models.JSONField(default=dict, blank=True)

    # The check: figures while it counts, its words when it is done, and what it was about (mailing/checking.py).
    figures = models.JSONField(default=dict, blank=True)
    guards = models.JSONField(default=list, blank=True)
    checked_hash = models.CharField(max_length=64, blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    matched = models.PositiveIntegerField(_("people the filter finds"), default=0)
    recipients = models.PositiveIntegerField(_("people who get it"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)  # somebody visits its links

    # Writing the messages down: everybody up to this customer has one.
    written_up_to = models.BigIntegerField(default=0)
    written_all = models.BooleanField(default=False)

    created_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("written by"), null=True, blank=True, related_name="+"
    )
    edited_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("changed by"), null=True, blank=True, related_name="+"
    )
    asked_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("sent by"), null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("approved by"), null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    judged_at = models.DateTimeField(_("the first few are looked at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [
            ("send_campaign", "Can send a campaign"),
            ("approve_campaign", "Can approve a campaign of somebody else"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="campaign_newest")]

    def __str__(self):
        return self.name

    @property
    def why(self) -> str:
        return say(self.reason, self.reason_values)
