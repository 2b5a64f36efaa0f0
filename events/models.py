"""Connections, receipts, events, reactions owed, heartbeats."""

import secrets
from base64 import b64encode

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shelf.reasons import say


def new_secret() -> str:
    return f"whsec_{b64encode(secrets.token_bytes(24)).decode()}"


class Connection(models.Model):
    """A source that may knock at /in/<source>/<slug>/. Several live secrets make rotation possible without loss."""

    source = models.SlugField(_("source"), max_length=40, db_index=False)
    slug = models.SlugField(_("short name"), max_length=60)
    name = models.CharField(_("name"), max_length=120, blank=True)
    # [{"secret": str, "added_at": ISO, "until": ISO | null}], newest first; an expired one no longer counts.
    secrets = models.JSONField(_("secrets"), default=list, blank=True)
    token = models.CharField(_("API key"), max_length=400, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    refused = models.PositiveIntegerField(_("refused deliveries"), default=0)
    last_refused_at = models.DateTimeField(_("last refused at"), null=True, blank=True)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        constraints = [models.UniqueConstraint(fields=["source", "slug"], name="one_connection_per_address")]

    def __str__(self):
        return self.name or f"{self.source}/{self.slug}"

    @property
    def path(self) -> str:
        return f"/in/{self.source}/{self.slug}/"


class Poll(models.Model):
    """Where we stand with a source that we ask ourselves; see events/polls.py. One row per connection, so no index."""

    connection = models.OneToOneField(
        Connection, models.CASCADE, verbose_name=_("connection"), related_name="poll", primary_key=True
    )
    cursor = models.JSONField(_("cursor"), default=dict, blank=True)
    began_at = models.DateTimeField(_("began at"))
    next_at = models.DateTimeField(_("next asked at"))
    tries = models.PositiveIntegerField(_("times asked"), default=0)  # also the fence: who asked later owns the row
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    answered_at = models.DateTimeField(_("last answered at"), null=True, blank=True)
    found = models.PositiveIntegerField(_("deliveries found"), default=0)
    refused_at = models.DateTimeField(_("key refused at"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    reason_values = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("poll")
        verbose_name_plural = _("polls")

    def __str__(self):
        return str(self.connection)

    @property
    def why(self) -> str:
        return say(self.reason, self.reason_values)


class Receipt(models.Model):
    """One delivery as it arrived. Unique per connection and key, so a repeated delivery is the same row."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("read")
        IGNORED = "ignored", _("ignored")
        PARKED = "parked", _("parked")
        DEAD = "dead", _("given up")

    # PROTECT is kept by Django alone: as a constraint, every delivery would lock the connection's row (about 4 %
    # of PostgreSQL's CPU at the door, measured on a busy machine).
    connection = models.ForeignKey(
        Connection,
        models.PROTECT,
        verbose_name=_("connection"),
        related_name="receipts",
        db_constraint=False,
        db_index=False,
    )
    key = models.CharField(_("delivery"), max_length=200)
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    body = models.BinaryField(_("body"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.TextField(_("reason"), blank=True)
    reason_values = models.JSONField(default=dict, blank=True)
    # What would heal a parked receipt, e.g. "parcel:EZ1000000001"; events.inbox.release() sets it free.
    waits_for = models.CharField(_("waits for"), max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    next_at = models.DateTimeField(_("next try"), auto_now_add=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    customer_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [models.UniqueConstraint(fields=["connection", "key"], name="one_receipt_per_delivery")]
        indexes = [
            # the worker's claim: due and waiting, oldest first
            models.Index(fields=["next_at", "id"], name="receipt_due", condition=Q(state="waiting")),
            # healing: receipts parked until something appears
            models.Index(fields=["waits_for"], name="receipt_waits", condition=~Q(waits_for="")),
            # the admin's "trouble" list
            models.Index(
                fields=["-received_at", "-id"],
                name="receipt_trouble",
                condition=Q(state__in=["parked", "dead"]),
            ),
            # the admin's whole list, and the customer's timeline
            models.Index(fields=["-received_at", "-id"], name="receipt_newest"),
            models.Index(
                fields=["customer_id", "-received_at"],
                name="receipt_customer",
                condition=Q(customer_id__isnull=False),  # nobody is known yet when a delivery is stored
            ),
        ]

    def __str__(self):
        return f"{self.topic or '?'} {self.key}"

    @property
    def why(self) -> str:
        return say(self.reason, self.reason_values)


class Event(models.Model):
    """A fact, recorded in the transaction that made it true: timeline, audit, what journeys start from."""

    kind = models.CharField(_("kind"), max_length=60)
    at = models.DateTimeField(_("happened at"))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)
    customer_id = models.BigIntegerField(null=True, blank=True)
    subject_type = models.CharField(max_length=30, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    data = models.JSONField(_("data"), default=dict)
    key = models.CharField(max_length=200, null=True, blank=True, unique=True)
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)
    created_by_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            # the worker's claim. Never `id > last seen`: sequences commit out of order and a cursor loses rows.
            models.Index(fields=["id"], name="event_unhandled", condition=Q(handled_at__isnull=True)),
            # the customer's timeline
            models.Index(fields=["customer_id", "-at", "-id"], name="event_timeline"),
            # what happened to this order; journeys ask it for exit facts
            models.Index(fields=["subject_type", "subject_id", "kind"], name="event_subject"),
            BrinIndex(fields=["recorded_at"], name="event_recorded"),
        ]

    def __str__(self):
        return self.kind


class OwedReaction(models.Model):
    """A reaction that failed for one event, to be tried again. No row means: answered, or never asked."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        PARKED = "parked", _("parked")

    event = models.ForeignKey(Event, models.CASCADE, verbose_name=_("event"), related_name="owed", db_index=False)
    reaction = models.CharField(_("reaction"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    error = models.TextField(_("error"), blank=True)
    next_at = models.DateTimeField(_("next try"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("reaction owed")
        verbose_name_plural = _("reactions owed")
        constraints = [models.UniqueConstraint(fields=["event", "reaction"], name="one_debt_per_reaction")]
        indexes = [models.Index(fields=["next_at"], name="owed_due", condition=Q(state="waiting"))]

    def __str__(self):
        return f"{self.reaction} ({self.event_id})"


class Endpoint(models.Model):
    """An address of somebody else's that we call, signed as in Standard Webhooks. Every call is a row (Call)."""

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    url = models.URLField(_("address"), max_length=500, help_text=_("https://…"))
    secret = models.CharField(_("secret"), max_length=100, default=new_secret)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("outgoing webhook")
        verbose_name_plural = _("outgoing webhooks")

    def __str__(self):
        return self.name


class Call(models.Model):
    """One call of an endpoint: written in the transaction that wants it, made later, repeated until it is answered."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        DEAD = "dead", _("given up")

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, verbose_name=_("outgoing webhook"), related_name="calls")
    key = models.CharField(_("call"), max_length=200, unique=True)
    body = models.JSONField(_("body"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next try"))
    status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    reason_values = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("call of a webhook")
        verbose_name_plural = _("calls of webhooks")
        indexes = [
            models.Index(fields=["next_at", "id"], name="call_due", condition=Q(state="waiting")),
            models.Index(fields=["-created_at", "-id"], name="call_newest"),
        ]

    def __str__(self):
        return self.key

    @property
    def why(self) -> str:
        return say(self.reason, self.reason_values)


class Underway(models.Model):
    """A batch that a worker has begun; see events/underway.py. There are as many as workers at work, and a few more."""

    what = models.CharField(_("queue"), max_length=20)
    ids = ArrayField(models.BigIntegerField(), verbose_name=_("rows"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)  # processes that began exactly this
    begun_at = models.DateTimeField(_("begun at"))

    class Meta:
        verbose_name = _("work under way")
        verbose_name_plural = _("work under way")

    def __str__(self):
        return f"{self.what} {self.ids}"


class Heartbeat(models.Model):
    """Proof of life of one clock: when it last ran, how many rows it moved, how long it took."""

    name = models.CharField(_("clock"), max_length=80, primary_key=True)
    at = models.DateTimeField(_("last beat"))
    moved = models.PositiveIntegerField(_("rows moved"), default=0)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self):
        return self.name
