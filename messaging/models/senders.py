"""Senders and their quotas."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shelf.reasons import say


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    SMS = "sms", _("SMS")
    VIBER = "viber", _("Viber")
    TELEGRAM = "telegram", _("Telegram")


class Sender(models.Model):
    """A person who writes, and the account at a provider through which the letters leave.

    Limits, warm-up and the breaker belong to the account. The default sender of a channel writes where a store
    names none; the one for e-mail is made when it is first needed and writes as DEFAULT_FROM_EMAIL.
    """

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    is_default = models.BooleanField(_("writes where a store names no sender"), default=False)
    person = models.CharField(_("person's name"), max_length=120, blank=True, help_text=_("Who signs: Olena"))
    photo_url = models.URLField(_("photo"), max_length=500, blank=True)
    # An e-mail address, an SMS or Viber name, a bot's name; empty for e-mail: DEFAULT_FROM_EMAIL
    address = models.CharField(_("sends from"), max_length=254, blank=True)
    # e-mail: answers come to this mailbox, "+…" signed; empty: to the store's support address
    reply_address = models.EmailField(_("mailbox for answers"), blank=True)
    url = models.CharField(
        _("way out"), max_length=500, blank=True, help_text=_("smtp+tls://user:password@host; empty: EMAIL_URL")
    )
    connections = models.PositiveSmallIntegerField(_("connections at once"), default=8)

    per_hour = models.PositiveIntegerField(_("at most per hour"), null=True, blank=True)
    per_day = models.PositiveIntegerField(_("at most per day"), null=True, blank=True)
    # {"gmail": 500}: at most so many a day to one provider of mailboxes; groups: messaging/quotas.py
    group_limits = models.JSONField(_("daily limits by mailbox provider"), default=dict, blank=True)
    reserve_percent = models.PositiveSmallIntegerField(_("kept for order updates, %"), default=20)
    warm_up_from = models.DateField(_("warming up since"), null=True, blank=True)

    # The breaker: failures in a row open it until ``paused_until``; then one letter tries the way.
    failures = models.PositiveSmallIntegerField(default=0)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    pause_reason = models.TextField(blank=True)
    pause_values = models.JSONField(default=dict, blank=True)
    # Complaints reached the limit: marketing waits until a person lets it go on.
    marketing_paused_at = models.DateTimeField(_("marketing paused at"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], name="one_default_sender_per_channel", condition=Q(is_default=True)
            )
        ]

    def __str__(self):
        return self.person or self.address or self.slug

    @property
    def why_paused(self) -> str:
        return say(self.pause_reason, self.pause_values)


class Quota(models.Model):
    """How much of a sender's limit is used in one window. Raised by a conditional UPDATE: it cannot be overdrawn."""

    sender = models.ForeignKey(Sender, models.CASCADE, related_name="quotas")
    group = models.CharField(max_length=20, blank=True)  # a mailbox provider; empty: all
    window = models.CharField(max_length=20)  # "2026-11-22T14" an hour, "2026-11-22" a day, UTC
    used = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints = [models.UniqueConstraint(fields=["sender", "group", "window"], name="one_quota_per_window")]

    def __str__(self):
        return f"{self.sender_id} {self.group} {self.window}: {self.used}"
