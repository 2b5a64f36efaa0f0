"""Senders and their quotas."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.channels import Channel
from shelf.reasons import say


class WarmUp(models.TextChoices):
    ESTABLISHED = "established", _("a domain that has sent before")
    NEW = "new", _("a new domain")


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

    # SMS and Viber: what one part costs
    price = models.DecimalField(_("price of one part"), max_digits=8, decimal_places=4, null=True, blank=True)
    price_currency = models.CharField(_("currency of the price"), max_length=3, blank=True)

    per_hour = models.PositiveIntegerField(_("at most per hour"), null=True, blank=True)
    per_day = models.PositiveIntegerField(_("at most per day"), null=True, blank=True)
    # {"gmail": 500}: at most so many a day to one provider of mailboxes; groups: messaging/mailbox_groups.py
    group_limits = models.JSONField(_("daily limits by mailbox provider"), default=dict, blank=True)
    reserve_percent = models.PositiveSmallIntegerField(_("kept for order updates, %"), default=20)
    # A plan of actions/quotas.py that says how much may leave on the first days.
    warm_up = models.CharField(_("warm-up plan"), max_length=12, choices=WarmUp.choices, default=WarmUp.ESTABLISHED)
    warm_up_began_on = models.DateField(_("warming up since"), null=True, blank=True)
    # Names under "_domainkey", separated by spaces; empty: those that the provider usually gives.
    dkim_selectors = models.CharField(_("DKIM selectors"), max_length=200, blank=True)

    # A limit is used up until then: for everything, or for all but order updates. The claim passes the sender by, so
    # that a million letters which wait for tomorrow cost nothing.
    full_until = models.DateTimeField(_("limit used up until"), null=True, blank=True)
    asks_full_until = models.DateTimeField(_("limit for asks and marketing used up until"), null=True, blank=True)
    # The breaker: failures in a row open it until ``paused_until``; then one letter tries the way.
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    probed_at = models.DateTimeField(_("last try at"), null=True, blank=True)
    pause_reason = models.TextField(_("why paused"), blank=True)
    pause_values = models.JSONField(_("values of the reason"), default=dict, blank=True)
    # Complaints reached the limit: marketing waits until a person lets it go on. Complaints before that count no more.
    marketing_paused_at = models.DateTimeField(_("marketing paused at"), null=True, blank=True)
    marketing_resumed_at = models.DateTimeField(_("marketing resumed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

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

    sender = models.ForeignKey(Sender, models.CASCADE, verbose_name=_("sender"), related_name="quotas", db_index=False)
    group = models.CharField(_("mailbox provider"), max_length=20, blank=True)  # empty: all
    window = models.CharField(_("window"), max_length=20)  # "2026-11-22T14" an hour, "2026-11-22" a day, UTC
    used = models.PositiveIntegerField(_("used"), default=0)

    class Meta:
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints = [models.UniqueConstraint(fields=["sender", "group", "window"], name="one_quota_per_window")]

    def __str__(self):
        return f"{self.sender_id} {self.group} {self.window}: {self.used}"


class SenderHealth(models.Model):
    """What the clock found out about a sender, for the page that must not wait for DNS or count a week of mail."""

    sender = models.OneToOneField(
        Sender, models.CASCADE, verbose_name=_("sender"), primary_key=True, related_name="health"
    )
    dns = models.JSONField(_("DNS"), default=list)  # rows of actions/dns_checks.Finding
    dns_checked_at = models.DateTimeField(_("DNS checked at"), null=True, blank=True)
    # {"gmail": {"sent": 900, "bounced": 3, "complained": 1}} of the last seven days
    figures = models.JSONField(_("figures"), default=dict)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("health of a sender")
        verbose_name_plural = _("health of senders")

    def __str__(self):
        return f"{self.sender_id}"
