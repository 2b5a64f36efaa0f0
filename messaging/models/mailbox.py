"""The local mailbox, and mails that come in."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shelf.reasons import say


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


class InboundMail(models.Model):
    """A mail that somebody sent us: read once, kept raw. What is no news of a delivery becomes ``MailReceived``."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        NEWS = "news", _("news of a delivery")
        RECEIVED = "received", _("written by a person")
        IGNORED = "ignored", _("automatic answer")
        FAILED = "failed", _("could not be read")

    # A hash of what makes it this mail, or of the request that brought it: a mail that comes twice is kept once.
    key = models.CharField(max_length=200, unique=True)
    provider = models.CharField(_("came by"), max_length=30)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.TextField(_("reason"), blank=True)
    reason_values = models.JSONField(default=dict, blank=True)
    raw = models.BinaryField()
    # ``raw`` is the provider's request; the mail is still inside it
    is_packed = models.BooleanField(_("still in the provider's request"), default=False)
    from_email = models.CharField(_("from"), max_length=254, blank=True)
    to_email = models.CharField(_("to"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    # What it answers: proven by the signature in the address it came to, or only claimed by In-Reply-To.
    answers = models.ForeignKey(
        "messaging.Message", models.SET_NULL, verbose_name=_("answers"), null=True, blank=True, related_name="replies"
    )
    is_proven = models.BooleanField(_("signed address"), default=False)
    customer = models.ForeignKey(
        "customers.Customer",
        models.SET_NULL,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)

    class Meta:
        verbose_name = _("mail received")
        verbose_name_plural = _("mails received")
        indexes = [
            models.Index(fields=["id"], name="inbound_waiting", condition=Q(state="waiting")),
            models.Index(fields=["id"], name="inbound_failed", condition=Q(state="failed")),
            # has this address said the same a moment ago?
            models.Index(fields=["from_email", "-received_at"], name="inbound_from"),
            models.Index(fields=["customer", "-received_at"], name="inbound_customer"),
        ]

    def __str__(self):
        return self.subject or self.key

    @property
    def why(self) -> str:
        return say(self.reason, self.reason_values)
