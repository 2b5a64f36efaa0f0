"""Shipments, what is in them, and checkpoints."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Shipments(models.QuerySet["Shipment"]):
    def outward(self) -> "Shipments":
        """Those on their way to customers: all that is told, counted and promised of parcels speaks of these."""
        return self.filter(returned=None)

    def late(self, today: date) -> "Shipments":
        """Past their day and still on the way; one that waits to be collected was on time. By shipment_expected."""
        there = ("delivered", "returned", "cancelled", "ready_for_pickup")
        return self.outward().filter(estimated_on__lt=today, delivered_at=None).exclude(milestone__in=there)


class Shipment(models.Model):
    """One parcel of an order. Its status columns are derived from its checkpoints by tracking.actions.refresh()."""

    order = models.ForeignKey("orders.Order", models.CASCADE, verbose_name=_("order"), related_name="shipments")
    # Of a parcel that brings goods back to the shop: the return that it belongs to.
    returned = models.ForeignKey(
        "orders.Return", models.CASCADE, verbose_name=_("brings back"), null=True, blank=True, related_name="shipments",
        db_index=False,
    )  # fmt: skip
    # The shop's own fulfilment; one with several numbers is several shipments.
    external_id = models.CharField(_("shop's id"), max_length=100, blank=True)
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    number = models.CharField(_("tracking number"), max_length=100, blank=True)
    url = models.URLField(_("tracking page"), max_length=500, blank=True)
    # The shop says that it left, before any carrier does: then this is the time it said so.
    fulfilled_at = models.DateTimeField(_("sent, says the shop"), null=True, blank=True)
    reported_at = models.DateTimeField(_("shop's version"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    milestone = models.CharField(_("status"), max_length=20, default="pending")
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    since = models.DateTimeField(_("status since"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("first scan"), null=True, blank=True)
    # The last scan that is believed; without any, when we learned of the parcel. Silence counts from here.
    scanned_at = models.DateTimeField(_("last scan"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    estimated_on = models.DateField(_("expected on"), null=True, blank=True)
    disputed = models.BooleanField(_("disputed delivery"), default=False)
    first_attempt_at = models.DateTimeField(_("first attempt"), null=True, blank=True)
    # The first promise, kept for ever beside the present one; one of tracking.actions.promises.SOURCES gave it.
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    promise_source = models.CharField(_("promised by"), max_length=10, blank=True)
    promise_told_at = models.DateTimeField(_("first promised at"), null=True, blank=True)
    moved_by_recipient = models.BooleanField(_("the customer moved the day"), default=False)
    # The carrier's present word. ``told_at`` is how old its last message is, ``told`` how old each field of it:
    # {name: ISO time}; a message that is older fills gaps and overwrites nothing.
    told_at = models.DateTimeField(_("carrier's version"), null=True, blank=True)
    told = models.JSONField(_("how new each word is"), default=dict, blank=True)
    service = models.CharField(_("service"), max_length=100, blank=True)
    origin = models.CharField(_("from"), max_length=120, blank=True)
    destination = models.CharField(_("to"), max_length=120, blank=True)
    pickup_point = models.JSONField(_("pick-up point"), default=dict, blank=True)  # the fields of seen.PickupPoint
    stored_until_on = models.DateField(_("kept until"), null=True, blank=True)
    storage_paid_from_on = models.DateField(_("storage costs from"), null=True, blank=True)
    dues_amount = models.DecimalField(_("due on delivery"), max_digits=14, decimal_places=2, null=True, blank=True)
    dues_currency = models.CharField(_("currency of the dues"), max_length=3, blank=True)
    dues_paid = models.BooleanField(_("due amount paid"), null=True, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=120, blank=True)
    proof_url = models.URLField(_("picture of the hand-over"), max_length=500, blank=True)
    proof_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    return_number = models.CharField(_("number of the way back"), max_length=100, blank=True)
    possible = models.JSONField(_("the recipient may change"), default=list, blank=True)
    # When its carrier is asked about it next, for carriers that tell nothing by themselves (tracking/asking.py).
    ask_at = models.DateTimeField(_("carrier asked next at"), null=True, blank=True)
    asked_at = models.DateTimeField(_("carrier last asked at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    objects = Shipments.as_manager()

    class Meta:
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "number"], name="one_shipment_per_number", condition=~Q(number="") & Q(returned=None)
            ),
            models.UniqueConstraint(
                fields=["order", "external_id"],
                name="one_shipment_without_number",
                condition=Q(number="", returned=None),
            ),
            models.UniqueConstraint(
                fields=["returned"], name="one_shipment_per_return", condition=Q(returned__isnull=False)
            ),
        ]
        indexes = [
            # a carrier's message finds its parcel; the agent searches by number
            models.Index(fields=["number"], name="shipment_number"),
            models.Index(fields=["-created_at", "-id"], name="shipment_newest"),
            models.Index(fields=["milestone", "-created_at", "-id"], name="shipment_by_milestone"),
            # the report of parcels: tracking.figures
            models.Index(fields=["shipped_at"], name="shipment_first_scan", condition=Q(shipped_at__isnull=False)),
            # which parcels a carrier is to be asked about, those first that wait longest
            models.Index(fields=["carrier", "ask_at"], name="shipment_ask", condition=Q(ask_at__isnull=False)),
            # which parcels are late, and of which the carriers are silent
            models.Index(fields=["estimated_on"], name="shipment_expected", condition=Q(delivered_at__isnull=True)),
            models.Index(
                fields=["milestone", "scanned_at"], name="shipment_silent", condition=Q(delivered_at__isnull=True)
            ),
        ]

    def __str__(self):
        return self.number or f"#{self.pk}"

    @property
    def leg(self) -> str:
        """``out`` to the customer, or ``return``: by the parcel of a return."""
        return "return" if self.returned_id else "out"


class ShipmentFlag(models.Model):
    """What we say of a parcel ourselves (tracking.flags). Kept when it holds no longer; raised anew, it is this row."""

    class Kind(models.TextChoices):
        LATE = "late", _("late")
        AT_RISK = "at_risk", _("may come late")
        STALLED = "stalled", _("no news")
        TROUBLE = "trouble", _("in trouble")
        STORAGE = "storage", _("storage ends")

    shipment = models.ForeignKey(
        Shipment, models.CASCADE, verbose_name=_("shipment"), related_name="flags", db_index=False
    )
    kind = models.CharField(_("flag"), max_length=10, choices=Kind.choices)
    stage = models.CharField(_("stage or reason"), max_length=30, blank=True)
    leg = models.CharField(_("way"), max_length=4, default="out", choices=[("out", _("there")), ("back", _("back"))])
    raised_at = models.DateTimeField(_("raised at"))
    cleared_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("flag of a parcel")
        verbose_name_plural = _("flags of parcels")
        constraints = [
            models.UniqueConstraint(fields=["shipment", "kind", "stage", "leg"], name="one_row_per_flag"),
        ]
        # the clock and the lists: what holds now
        indexes = [models.Index(fields=["kind", "shipment"], name="flag_up", condition=Q(cleared_at__isnull=True))]

    def __str__(self):
        return str(self.get_kind_display())


class Patience(models.Model):
    """How many days a parcel may stay at a stage without a scan, where the owner knows better than tracking.flags."""

    carrier = models.CharField(_("carrier"), max_length=60, blank=True, help_text=_("Empty: all without a line."))
    milestone = models.CharField(_("stage"), max_length=20)
    days = models.PositiveSmallIntegerField(_("days without a scan"))

    class Meta:
        verbose_name = _("patience with carriers")
        verbose_name_plural = _("patience with carriers")
        constraints = [models.UniqueConstraint(fields=["carrier", "milestone"], name="one_patience_per_stage")]

    def __str__(self):
        return f"{self.carrier or '–'} {self.milestone}: {self.days}"


class ShipmentAlias(models.Model):
    """A further number of the same parcel, after carriers handed it over to each other or on its way back.

    One without a carrier is an id that only finds the parcel again.
    """

    shipment = models.ForeignKey(
        Shipment, models.CASCADE, verbose_name=_("shipment"), related_name="aliases", db_index=False
    )
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    number = models.CharField(_("tracking number"), max_length=100)

    class Meta:
        verbose_name = _("further number")
        verbose_name_plural = _("further numbers")
        constraints = [models.UniqueConstraint(fields=["shipment", "number"], name="one_row_per_alias")]
        # a carrier's message finds its parcel
        indexes = [models.Index(fields=["number"], name="shipment_alias_number")]

    def __str__(self):
        return self.number


class ShipmentLine(models.Model):
    """How many pieces of an order line travel in a parcel; no rows when the shop did not say.

    The line is named by the shop's id: a parcel may be heard of before its order.
    """

    shipment = models.ForeignKey(
        Shipment, models.CASCADE, verbose_name=_("shipment"), related_name="lines", db_index=False
    )
    line_external_id = models.CharField(_("order line"), max_length=100)
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("shipment line")
        verbose_name_plural = _("shipment lines")
        constraints = [models.UniqueConstraint(fields=["shipment", "line_external_id"], name="one_share_per_line")]

    def __str__(self):
        return f"{self.quantity} × {self.line_external_id}"


class Checkpoint(models.Model):
    """One scan, kept for ever. ``fingerprint`` makes a repeated scan the same row."""

    shipment = models.ForeignKey(
        Shipment, models.CASCADE, verbose_name=_("shipment"), related_name="checkpoints", db_index=False
    )
    source = models.CharField(_("source"), max_length=40)
    occurred_at = models.DateTimeField(_("occurred at"))
    occurred_local = models.CharField(_("local time as given"), max_length=40, blank=True)
    tz_known = models.BooleanField(default=True)
    received_at = models.DateTimeField(_("received at"))
    milestone = models.CharField(_("milestone"), max_length=20)
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    raw_code = models.CharField(_("carrier's code"), max_length=100, blank=True)
    message = models.CharField(_("carrier's words"), max_length=500, blank=True)
    city = models.CharField(_("place"), max_length=120, blank=True)
    country = models.CharField(max_length=3, blank=True)
    summary = models.BooleanField(default=False)
    suspect = models.BooleanField(_("suspect"), default=False)
    retracted = models.BooleanField(_("taken back"), default=False)
    retracts = models.BooleanField(_("takes another back"), default=False)  # the one of this source, time and code
    returning = models.BooleanField(_("on the way back"), default=False)
    unknown = models.BooleanField(
        _("code unknown"), default=False
    )  # no table of ours holds its code, whatever the owner said since
    fingerprint = models.CharField(max_length=32)

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        constraints = [models.UniqueConstraint(fields=["shipment", "fingerprint"], name="one_row_per_scan")]
        indexes = [
            models.Index(fields=["shipment", "-occurred_at"], name="checkpoint_newest"),
            # the report of parcels: the few scans that tell of trouble, out of all; answered without the table
            models.Index(
                fields=["shipment"],
                include=["milestone", "reason"],
                name="checkpoint_trouble",
                condition=Q(milestone__in=["attempt_failed", "exception"], retracted=False, suspect=False),
            ),
            # the owner has said what a code means: its old scans, parcel by parcel
            models.Index(
                fields=["source", "raw_code", "shipment"], name="checkpoint_unknown", condition=Q(unknown=True)
            ),
        ]

    def __str__(self):
        return f"{self.milestone} {self.occurred_at:%Y-%m-%d %H:%M}"


class PickupPlace(models.Model):
    """A place of a carrier where parcels wait, with its opening hours; what parcels that wait there are shown with."""

    carrier = models.CharField(_("carrier"), max_length=60)
    ref = models.CharField(_("carrier's id"), max_length=60)
    name = models.CharField(_("name"), max_length=300, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    week = models.JSONField(_("opening hours"), default=list, blank=True)  # seven from Monday on, as seen.PlaceSeen
    locker = models.BooleanField(_("parcel locker"), default=False)
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("pick-up place")
        verbose_name_plural = _("pick-up places")
        constraints = [models.UniqueConstraint(fields=["carrier", "ref"], name="one_row_per_place")]

    def __str__(self):
        return self.name or self.ref


class UnknownCode(models.Model):
    """A code that a carrier uses and no table of ours holds; what it means, once the owner has said so."""

    source = models.CharField(_("source"), max_length=40)
    code = models.CharField(_("code"), max_length=100)
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)  # of the first parcel that had it
    count = models.PositiveIntegerField(_("scans"), default=0)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    receipt_id = models.BigIntegerField(
        _("example"), null=True, blank=True
    )  # an example; its body expires before this row does
    milestone = models.CharField(_("means"), max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=30, blank=True)
    explained_at = models.DateTimeField(_("explained at"), null=True, blank=True)
    explained_by_id = models.BigIntegerField(_("explained by"), null=True, blank=True)

    class Meta:
        verbose_name = _("carrier's code")
        verbose_name_plural = _("codes of carriers")
        constraints = [models.UniqueConstraint(fields=["source", "code"], name="one_row_per_code")]

    def __str__(self):
        return f"{self.source}: {self.code}"
