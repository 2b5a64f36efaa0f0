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
        permissions = [("export_segment", "Can take the people of a segment out as a file")]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="segment_newest"),
            # asked by every batch of facts: is there anything to follow at all?
            models.Index(fields=["id"], name="segment_followed", condition=Q(is_followed=True)),
        ]

    def __str__(self):
        return self.name


class SegmentVersion(models.Model):
    """One published state of a segment; it never changes. A campaign names the version that it went to."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, verbose_name=_("segment"), related_name="versions", db_index=False
    )
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

    segment = models.ForeignKey(
        Segment, models.CASCADE, verbose_name=_("segment"), related_name="members", db_index=False
    )
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

    segment = models.ForeignKey(
        Segment, models.CASCADE, verbose_name=_("segment"), related_name="crossings", db_index=False
    )
    customer = models.ForeignKey("customers.Customer", models.CASCADE, verbose_name=_("customer"), related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("crossing")
        verbose_name_plural = _("crossings")
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="one_crossing")]
        indexes = [models.Index(fields=["at"], name="crossing_due")]  # the clock's question

    def __str__(self):
        return f"{self.segment_id}: {self.customer_id} {self.at:%Y-%m-%d %H:%M}"


class SegmentExport(models.Model):
    """A file of a segment's people, written by the batch; its text lies in parts and is thrown away after a while."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, verbose_name=_("segment"), related_name="exports", db_index=False
    )
    # kept as data, so that an export holds no version back
    definition = models.JSONField(_("definition"))
    form = models.CharField(_("form"), max_length=20)
    language = models.CharField(_("language"), max_length=5)
    job = models.OneToOneField("staff.Job", models.CASCADE, verbose_name=_("job"), related_name="+")
    up_to = models.BigIntegerField(_("written up to"), default=0)
    # {reason: people}: whom the file does not hold, and why
    left_out = models.JSONField(_("left out"), default=dict)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("export of a segment")
        verbose_name_plural = _("exports of segments")
        indexes = [models.Index(fields=["segment", "-id"], name="export_newest")]

    def __str__(self):
        return f"{self.segment} {self.form}"


class ExportPart(models.Model):
    """A piece of an export's text, in its order."""

    export = models.ForeignKey(
        SegmentExport, models.CASCADE, verbose_name=_("export"), related_name="parts", db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    body = models.BinaryField(_("text"))

    class Meta:
        verbose_name = _("part of an export")
        verbose_name_plural = _("parts of exports")
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="one_part_per_number")]

    def __str__(self):
        return f"{self.export_id} {self.number}"
