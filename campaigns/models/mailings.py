"""Campaigns: one mail to many, once."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shelf.reasons import say


class Campaign(models.Model):
    """One mail to many, once. What it is: state below; what may happen to it: campaigns/mailing/running.py.

    The audience is a segment, or a simple filter over orders; of its people those who bought at the store.
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

    class Goes(models.TextChoices):
        NOW = "now", _("as soon as it is sent")
        AT = "at", _("at a time, by the store's clock")
        LOCAL = "local", _("at an hour of each customer's own clock")

    name = models.CharField(_("name"), max_length=120)
    template = models.ForeignKey("messaging.Template", models.PROTECT, verbose_name=_("template"), related_name="+")
    store = models.ForeignKey("orders.Store", models.PROTECT, verbose_name=_("store"), related_name="+")
    stream = models.OneToOneField("messaging.Stream", models.PROTECT, verbose_name=_("stream"))
    # In its place the days and the number of orders below, where there is none.
    segment = models.ForeignKey(
        "campaigns.SegmentVersion", models.PROTECT, verbose_name=_("segment"), null=True, blank=True, related_name="+"
    )
    language = models.CharField(_("only those we write to in"), max_length=5, blank=True)
    since_on = models.DateField(_("ordered since"), null=True, blank=True)
    until_on = models.DateField(_("ordered until"), null=True, blank=True)
    min_orders = models.PositiveSmallIntegerField(_("at least so many orders"), default=1)
    goes = models.CharField(_("when it leaves"), max_length=5, choices=Goes.choices, default=Goes.NOW)
    goes_on = models.DateField(_("day"), null=True, blank=True)
    goes_at = models.TimeField(_("hour"), null=True, blank=True)
    # Drawn by a hash of customer and campaign: who is in it stays in it.
    holdout_percent = models.PositiveSmallIntegerField(
        _("percent who get nothing"), default=0, help_text=_("So that the effect can be measured; 5 to 10 will do.")
    )
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
    # The dry run of sending to those whom it missed.
    retry = models.ForeignKey(
        "staff.Job", models.SET_NULL, verbose_name=_("second try"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [
            ("send_campaign", "Can send a campaign"),
            ("approve_campaign", "Can approve a campaign of somebody else"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="campaign_newest"),
            # the calendar
            models.Index(fields=["starts_at"], name="campaign_starts", condition=models.Q(starts_at__isnull=False)),
        ]

    def __str__(self):
        return self.name

    @property
    def why(self) -> str:
        return say(self.reason, self.reason_values)


class Variant(models.Model):
    """Another subject or content, for some of the people; who is left gets the campaign's own template."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, verbose_name=_("campaign"), related_name="variants", db_index=False
    )
    name = models.CharField(_("name"), max_length=20)
    percent = models.PositiveSmallIntegerField(_("percent of the people"))
    template = models.ForeignKey("messaging.Template", models.PROTECT, verbose_name=_("template"), related_name="+")

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="one_variant_per_name")]

    def __str__(self):
        return self.name
