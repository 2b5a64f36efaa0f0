"""Segments: people described by conditions. Nobody is listed, but for segments that start or end journeys."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Segment(models.Model):
    """A description of people. Publishing makes a version; the newest is live. See campaigns/segments/."""

    name = models.CharField(_("name"), max_length=120)
    about = models.TextField(_("what it is for"), blank=True)
    owner = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("owner"), null=True, blank=True, related_name="+"
    )
    # On: the people inside are written down, so that entering and leaving are facts that journeys wait for.
    is_followed = models.BooleanField(_("journeys may start with it"), default=False)
    # Writing the people inside down: for this version, everybody up to the one customer, and whoever came after the
    # other, the last one when it began.
    filled_version = models.PositiveIntegerField(_("version written down"), default=0)
    filled_up_to = models.BigIntegerField(_("written down up to"), default=0)
    filled_until = models.BigIntegerField(_("to be written down until"), default=0)
    filled_at = models.DateTimeField(_("written down at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="segment_newest"),
            # asked by every batch of facts: is there anything to follow at all?
            models.Index(fields=["id"], name="segment_followed", condition=Q(is_followed=True)),
        ]

    def __str__(self):
        return self.name


class SegmentVersion(models.Model):
    """One published state of a segment; it never changes. A campaign names the version that it went to."""

    segment = models.ForeignKey(Segment, models.CASCADE, verbose_name=_("segment"), related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    # A tree of conditions: shelf/conditions, over campaigns.fields of the customer
    definition = models.JSONField(_("definition"))
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("published by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("segment version")
        verbose_name_plural = _("segment versions")
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="one_segment_version_per_number")]

    def __str__(self):
        return f"{self.segment} v{self.number}"


class SegmentMember(models.Model):
    """Somebody who is inside a followed segment now."""

    segment = models.ForeignKey(Segment, models.CASCADE, verbose_name=_("segment"), related_name="members")
    customer = models.ForeignKey("customers.Customer", models.CASCADE, verbose_name=_("customer"), related_name="+")
    entered_at = models.DateTimeField(_("entered at"))

    class Meta:
        verbose_name = _("segment member")
        verbose_name_plural = _("segment members")
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="one_membership")]

    def __str__(self):
        return f"{self.segment_id}: {self.customer_id}"


class Crossing(models.Model):
    """The next moment at which the mere passing of time may move somebody into a followed segment or out of it."""

    segment = models.ForeignKey(Segment, models.CASCADE, verbose_name=_("segment"), related_name="crossings")
    customer = models.ForeignKey("customers.Customer", models.CASCADE, verbose_name=_("customer"), related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("crossing")
        verbose_name_plural = _("crossings")
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="one_crossing")]
        indexes = [models.Index(fields=["at"], name="crossing_due")]  # the clock's question

    def __str__(self):
        return f"{self.segment_id}: {self.customer_id} {self.at:%Y-%m-%d %H:%M}"
