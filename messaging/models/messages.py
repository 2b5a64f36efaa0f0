"""Streams, messages, what was written in them, what became of them; links and suppression."""

from collections.abc import Sequence
from functools import cached_property

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Ask, OpenMatter
from shelf.folding import unfold
from shelf.reasons import say
from shelf.rows import SwiftModel

BETWEEN = "\0"  # of the HTML and the text of a body; neither can hold one


class Stream(models.Model):
    """What sends: every message belongs to one. Pausing it holds what has not left, at once.

    A journey and a campaign own one each. The stream ``everything`` owns no message: pausing it pauses all.
    """

    EVERYTHING = "everything"

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    paused_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("paused by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("stream")
        verbose_name_plural = _("streams")

    def __str__(self):
        return self.name


class Message(SwiftModel):
    """One message to one person. States and who may move them: messaging/states.py."""

    HOLDOUT = "holdout"

    class State(models.TextChoices):
        READY = "ready", _("planned")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("complained about")
        SKIPPED = "skipped", _("not sent")
        EXPIRED = "expired", _("too late")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unclear whether it left")
        CANCELLED = "cancelled", _("cancelled")

    # Made from the cause, e.g. "journey:order_confirmation:order:17:confirm": a repeated event cannot make a second.
    key = models.CharField(max_length=200)
    # Relations without an index of their own: every index is written again with each move of a message.
    stream = models.ForeignKey(
        Stream, models.PROTECT, verbose_name=_("stream"), db_index=False, related_name="messages"
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        verbose_name=_("customer"),
        null=True,
        db_index=False,
        related_name="messages",
    )
    template = models.ForeignKey(
        "messaging.Template", models.PROTECT, verbose_name=_("template"), db_index=False, related_name="messages"
    )
    purpose = models.ForeignKey(
        "customers.Purpose", models.PROTECT, verbose_name=_("purpose"), db_index=False, related_name="+"
    )
    sender = models.ForeignKey(
        "messaging.Sender", models.PROTECT, verbose_name=_("sender"), db_index=False, related_name="messages"
    )
    channel = models.CharField(_("channel"), max_length=20, default="email")
    address = models.CharField(_("address"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=5)
    # The shop's: its law decides what the message needs before it may leave. Empty: the purpose alone decides.
    country = models.CharField(_("country of the shop"), max_length=2, blank=True)
    # The store's, for the quiet hours of people of whom we know neither zone nor country.
    time_zone = models.CharField(_("time zone of the store"), max_length=60, blank=True)
    # What it asks (customers.Ask), where its purpose does not say it all: a survey is an NPS or a CSAT.
    ask = models.CharField(_("what it asks"), max_length=20, blank=True)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    # Which of several wordings a person was drawn for; "holdout": nothing, so that the effect can be measured.
    variant = models.CharField(_("variant"), max_length=20, blank=True)
    cause_type = models.CharField(max_length=30, blank=True)
    cause_id = models.BigIntegerField(null=True, blank=True)
    lane = models.PositiveSmallIntegerField(_("lane"), default=5)

    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.READY)
    reason = models.TextField(_("reason"), blank=True)
    reason_values = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(_("planned at"), auto_now_add=True)
    send_after = models.DateTimeField(_("send after"))
    expires_at = models.DateTimeField(_("too late after"), null=True, blank=True)
    # The fence: whoever holds the number may move the row; a worker that lost its lease finds another number.
    lease = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Leases that ran out in a worker's hands: it died, and perhaps of this message.
    lost_leases = models.PositiveSmallIntegerField(_("leases lost"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    handed_off_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=200, blank=True)
    # Sent once more because nobody could tell whether it had left: there may be two of it.
    resent_at = models.DateTimeField(_("sent once more at"), null=True, blank=True)
    # What providers and the mail itself told: they only ever appear, never go.
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    clicked_at = models.DateTimeField(_("clicked at"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("bounced at"), null=True, blank=True)
    complained_at = models.DateTimeField(_("complained at"), null=True, blank=True)
    # The message that this one repeats ("send again"), or stands in for on another channel.
    instead_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        verbose_name=_("instead of"),
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )

    version = models.ForeignKey(
        "messaging.TemplateVersion",
        models.PROTECT,
        verbose_name=_("template version"),
        null=True,
        blank=True,
        # written with each hand-over: a constraint would lock the version's row as often
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    subject = models.CharField(_("subject"), max_length=300, blank=True)

    # The rows of Quota that count it, while a worker has it in hand; no column.
    taken_from: Sequence[tuple[int, str, str]] = ()
    # The limit per person that it counts in, once the gate has looked at it; no column.
    counts_in: str = ""

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        # not ``unique=True``, which makes a second index for LIKE
        constraints = [models.UniqueConstraint(fields=["key"], name="one_message_per_key")]
        indexes = [
            # the claim: pile by pile (sender, lane, stream), the due of each, oldest first
            models.Index(
                fields=["sender", "lane", "stream", "send_after", "id"], name="message_due", condition=Q(state="ready")
            ),
            # hand-overs that are under way; their term is looked at row by row, for there are few
            models.Index(fields=["id"], name="message_in_flight", condition=Q(state="sending")),
            # what the resolver asks about
            models.Index(fields=["id"], name="message_unclear", condition=Q(state="unknown")),
            # the timeline, and the customer's panel
            models.Index(fields=["customer", "-created_at"], name="message_customer"),
            models.Index(fields=["subject_type", "subject_id"], name="message_subject"),
            # what was not sent, and why; what nobody knows
            models.Index(
                fields=["-id"],
                name="message_trouble",
                condition=Q(state__in=["skipped", "expired", "failed", "unknown", "bounced"]),
            ),
            models.Index(fields=["address"], name="message_address"),
            # how far a campaign is; the other messages are not in it
            models.Index(fields=["cause_id", "state"], name="message_campaign", condition=Q(cause_type="campaign")),
            # the rate of complaints
            models.Index(
                fields=["sender", "complained_at"],
                name="message_complained",
                condition=Q(complained_at__isnull=False),
            ),
            # figures of the last days
            BrinIndex(fields=["created_at"], name="message_created"),
        ]

    def __str__(self):
        return self.key

    @property
    def why(self) -> str:
        """In the reader's words: asks and matters are named as their own pages name them."""
        values = dict(self.reason_values)
        for name, known in (("ask", Ask.NAMES), ("matter", OpenMatter.NAMES)):
            if name in values:
                values[name] = str(known.get(values[name], values[name]))
        return say(self.reason, values)


class BodyPattern(models.Model):
    """What the letters of one content have in common; it never changes, for their bodies cannot be read without it."""

    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the text
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("pattern of messages as sent")
        verbose_name_plural = _("patterns of messages as sent")

    def __str__(self):
        return self.digest[:12]


class MessageBody(models.Model):
    """A message as it was sent, links masked, folded by its pattern (shelf/folding.py): a fortieth of its length.

    Apart from the message's row, so that moving a message stays cheap.
    """

    # Both rows stand before a body is written, in the same statement or long ago: no need to look, with every letter.
    message = models.OneToOneField(
        Message,
        models.CASCADE,
        verbose_name=_("message"),
        primary_key=True,
        db_constraint=False,
        related_name="body",
    )
    pattern = models.ForeignKey(
        BodyPattern,
        models.PROTECT,
        verbose_name=_("pattern"),
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    folded = models.BinaryField(_("what it adds to its pattern"))

    class Meta:
        verbose_name = _("message as sent")
        verbose_name_plural = _("messages as sent")

    def __str__(self):
        return f"{self.message_id}"

    @property
    def html(self) -> str:
        return self._parts[0]

    @property
    def text(self) -> str:
        return self._parts[1]

    @cached_property
    def _parts(self) -> list[str]:
        return unfold(bytes(self.folded), self.pattern.text).split(BETWEEN)


class Turns(models.Model):
    """What of the limited kinds went to a person lately: the row that two workers lock before one of them sends."""

    customer = models.OneToOneField(
        "customers.Customer", models.CASCADE, verbose_name=_("customer"), primary_key=True, related_name="turns"
    )
    # [{"message": 7, "limit": "asks", "ask": "review", "at": "2026-11-23T09:00:00+00:00"}, …], the oldest first
    taken = models.JSONField(_("turns taken"), default=list)

    class Meta:
        verbose_name = _("turns of a person")
        verbose_name_plural = _("turns of people")

    def __str__(self):
        return f"{self.customer_id}: {len(self.taken)}"


class News(models.Model):
    """One thing that a provider, a mail server or a mailbox told us of a message. Told twice, kept once."""

    class Kind(models.TextChoices):
        SENT = "sent", _("taken by the provider")
        DEFERRED = "deferred", _("tried, will be tried again")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("reported as spam")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        OPENED = "opened", _("opened")
        CLICKED = "clicked", _("clicked")

    message = models.ForeignKey(
        Message, models.CASCADE, verbose_name=_("message"), null=True, blank=True, related_name="news"
    )
    provider = models.CharField(_("told by"), max_length=30)
    key = models.CharField(max_length=200)  # the provider's event id, or a hash of what it said
    kind = models.CharField(_("what"), max_length=12, choices=Kind.choices)
    at = models.DateTimeField(_("at"))
    is_machine = models.BooleanField(_("by a machine"), default=False)  # a prefetching proxy, a link scanner
    is_final = models.BooleanField(_("for good"), default=False)  # a bounce that will not change
    address = models.CharField(_("address"), max_length=254, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    link = models.ForeignKey(
        "messaging.Link", models.SET_NULL, verbose_name=_("link"), null=True, blank=True, related_name="clicks"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("news of a message")
        verbose_name_plural = _("news of messages")
        constraints = [models.UniqueConstraint(fields=["provider", "key"], name="one_news_per_telling")]

    def __str__(self):
        return f"{self.kind} {self.message_id}"


class Link(models.Model):
    """An address that our mails lead to by ``/k/``. A click can only lead to what stands here."""

    url = models.URLField(_("address"), max_length=2000)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the address
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self):
        return self.url


class Suppression(models.Model):
    """An address nothing may go to: it bounced for good, or its owner complained."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("bounced for good")
        SOFT = "soft", _("bounced time after time")
        COMPLAINED = "complained", _("reported as spam")
        BY_HAND = "by hand", _("by hand")

    address = models.CharField(_("address"), max_length=254)
    channel = models.CharField(_("channel"), max_length=20, default="email")
    reason = models.CharField(_("reason"), max_length=30, choices=Reason.choices)
    # the message whose bounce or complaint it was
    message = models.ForeignKey(
        Message, models.SET_NULL, verbose_name=_("message"), null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints = [models.UniqueConstraint(fields=["address", "channel"], name="one_suppression_per_address")]

    def __str__(self):
        return self.address
