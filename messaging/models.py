"""Streams, templates and their versions, messages, suppression, the local mailbox."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shelf.reasons import say


class Stream(models.Model):
    """Who sends: every message belongs to one. Pausing it holds what has not left."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)

    class Meta:
        verbose_name = _("stream")
        verbose_name_plural = _("streams")

    def __str__(self):
        return self.name


class Template(models.Model):
    """A mail people edit. What is sent is its newest published version, chosen when the message is rendered."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    purpose = models.ForeignKey("customers.Purpose", models.PROTECT, verbose_name=_("purpose"))

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self):
        return self.name


class TemplateVersion(models.Model):
    """One state of a template; published ones never change, so an old message can always be explained."""

    template = models.ForeignKey(Template, models.CASCADE, verbose_name=_("template"), related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    created_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("written by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_template_version_per_number")]

    def __str__(self):
        return f"{self.template} {self.number}"


class TemplateContent(models.Model):
    """What a version says in one language: the author's MJML, and the HTML it was compiled to when published."""

    version = models.ForeignKey(TemplateVersion, models.CASCADE, verbose_name=_("version"), related_name="contents")
    language = models.CharField(_("language"), max_length=5)
    subject = models.CharField(_("subject"), max_length=300)
    preheader = models.CharField(_("preview line"), max_length=300, blank=True)
    mjml = models.TextField(_("mail (MJML and Liquid)"))
    text = models.TextField(_("plain text"), blank=True)
    # What the four sources were compiled to when the version was published.
    html = models.TextField(_("compiled mail"), blank=True, editable=False)
    compiled_text = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("content")
        verbose_name_plural = _("contents")
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="one_content_per_language")]

    def __str__(self):
        return f"{self.version} {self.language}"


class Message(models.Model):
    """One message to one person. States and who may move them: messaging/actions.py."""

    class State(models.TextChoices):
        READY = "ready", _("planned")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("complained about")
        SKIPPED = "skipped", _("not sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unclear whether it left")
        CANCELLED = "cancelled", _("cancelled")

    # Made from the cause, e.g. "journey:order_confirmation:order:17:confirm": a repeated event cannot make a second.
    key = models.CharField(max_length=200, unique=True)
    stream = models.ForeignKey(Stream, models.PROTECT, verbose_name=_("stream"), related_name="messages")
    customer = models.ForeignKey(
        "customers.Customer", models.SET_NULL, verbose_name=_("customer"), null=True, related_name="messages"
    )
    template = models.ForeignKey(Template, models.PROTECT, verbose_name=_("template"))
    purpose = models.ForeignKey("customers.Purpose", models.PROTECT, verbose_name=_("purpose"))
    channel = models.CharField(_("channel"), max_length=20, default="email")
    address = models.CharField(_("address"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=5)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
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
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    handed_off_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=200, blank=True)

    version = models.ForeignKey(
        TemplateVersion, models.PROTECT, verbose_name=_("template version"), null=True, blank=True
    )
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            # the claim: due, lane first, oldest first
            models.Index(fields=["lane", "send_after", "id"], name="message_due", condition=Q(state="ready")),
            # leases that ran out while a message was being handed over
            models.Index(fields=["lease_until"], name="message_in_flight", condition=Q(state="sending")),
            # the agent's lists and the timeline
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(fields=["customer", "-created_at"], name="message_customer"),
            models.Index(fields=["subject_type", "subject_id"], name="message_subject"),
            # what was not sent, and why
            models.Index(
                fields=["-created_at", "-id"],
                name="message_trouble",
                condition=Q(state__in=["skipped", "failed", "unknown", "bounced"]),
            ),
            models.Index(fields=["address"], name="message_address"),
        ]

    def __str__(self):
        return self.key

    @property
    def why(self) -> str:
        return say(self.reason, self.reason_values)


class Suppression(models.Model):
    """An address nothing may go to: it bounced for good, or its owner complained."""

    address = models.CharField(_("address"), max_length=254)
    channel = models.CharField(_("channel"), max_length=20, default="email")
    reason = models.CharField(_("reason"), max_length=30)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints = [models.UniqueConstraint(fields=["address", "channel"], name="one_suppression_per_address")]

    def __str__(self):
        return self.address


class LocalMail(models.Model):
    """A mail kept at home because no EMAIL_URL is set: what would have been sent, byte for byte."""

    sender = models.CharField(max_length=300)
    to = models.CharField(max_length=300)
    subject = models.CharField(max_length=300)
    preview = models.CharField(max_length=200, blank=True)  # how an inbox would show its first words
    raw = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("local mail")
        verbose_name_plural = _("local mails")
        indexes = [models.Index(fields=["-at", "-id"], name="local_mail_newest")]

    def __str__(self):
        return self.subject
