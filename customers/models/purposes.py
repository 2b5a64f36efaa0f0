"""What we write for, how often, and when not."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Limit(models.Model):
    """How much one person gets within some days, whatever sends it. Purposes that name the same limit share it."""

    ASKS, MARKETING = "asks", "marketing"
    NAMES = {
        ASKS: _("Asks (review, NPS, CSAT, referral)"),
        MARKETING: _("Marketing messages"),
    }

    code = models.SlugField(_("code"), primary_key=True)
    most = models.PositiveSmallIntegerField(_("at most"), default=1, validators=[MinValueValidator(1)])
    days = models.PositiveSmallIntegerField(_("within so many days"), default=7, validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("limit per person")
        verbose_name_plural = _("limits per person")

    def __str__(self):
        return str(self.NAMES.get(self.code, self.code))


class Ask(models.Model):
    """A kind of question to a customer, and who goes first when two are due."""

    NAMES = {
        "recovery": _("Recovery check-back"),
        "csat": _("Satisfaction with an answer (CSAT)"),
        "ces": _("Effort of an answer (CES)"),
        "review": _("Review request"),
        "nps": _("Would you recommend us (NPS)"),
        "referral": _("Referral"),
    }

    code = models.SlugField(_("code"), primary_key=True)
    rank = models.PositiveSmallIntegerField(_("rank"), help_text=_("lower goes first; the other waits"))

    class Meta:
        verbose_name = _("kind of ask")
        verbose_name_plural = _("kinds of asks")

    def __str__(self):
        return str(self.NAMES.get(self.code, self.code))


class QuietHours(models.Model):
    """When nothing leaves that can wait, by the clock of the customer. ``country`` empty: everywhere else."""

    country = models.CharField(
        _("country"), max_length=2, unique=True, blank=True, help_text=_("UA, PL, DE; empty: everywhere else")
    )
    begins = models.TimeField(_("begins at"))
    ends = models.TimeField(_("ends at"), help_text=_("Earlier than the beginning: on the next morning."))

    class Meta:
        verbose_name = _("quiet hours")
        verbose_name_plural = _("quiet hours")

    def __str__(self):
        return f"{self.country} {self.begins:%H:%M}–{self.ends:%H:%M}".strip()


class Purpose(models.Model):
    """What a message is for, and the rules that follow. Rows are made by a migration; people tune them in the admin."""

    class Needs(models.TextChoices):
        NOTHING = "nothing", _("nothing: part of the contract")
        NO_OBJECTION = "no_objection", _("no objection from an existing customer")
        CONSENT = "consent", _("consent given before")

    class WhenUnknown(models.TextChoices):
        RESEND = "resend", _("send once more after a while")
        KEEP = "keep", _("leave it to a person")

    code = models.SlugField(_("code"), primary_key=True)
    lane = models.PositiveSmallIntegerField(_("lane"), help_text=_("lower goes first"))
    needs = models.CharField(_("needs"), max_length=15, choices=Needs.choices)
    # Off: ``needs`` alone decides. On: the stricter of it and the law of the shop's country (customers/law.py).
    follows_country = models.BooleanField(
        _("follow the law of the shop's country where it asks for more"), default=True
    )
    # A yes typed into a form counts once the owner of the address pressed the button in a mail.
    needs_confirmation = models.BooleanField(_("a yes is confirmed by mail (double opt-in)"), default=False)
    # An ask waits while the customer has an open matter.
    waits_for_open_matters = models.BooleanField(_("waits while a matter is open"), default=False)
    obeys_quiet_hours = models.BooleanField(_("waits through the quiet hours"), default=False)
    limit = models.ForeignKey(
        Limit,
        models.PROTECT,
        verbose_name=_("counts in the limit"),
        null=True,
        blank=True,
        related_name="purposes",
        help_text=_("Empty: as often as there is something to say."),
    )
    # What it asks where the message itself does not say.
    ask = models.ForeignKey(
        Ask, models.PROTECT, verbose_name=_("ranks as"), null=True, blank=True, related_name="purposes"
    )
    when_unknown = models.CharField(
        _("when we cannot tell whether it left"), max_length=10, choices=WhenUnknown.choices
    )
    # Off: no picture that tells of opening, and links lead where they say, without a stop at our door.
    track_opens = models.BooleanField(_("notice when a mail is opened"), default=False)
    track_clicks = models.BooleanField(_("notice clicks on links to other sites"), default=False)

    NAMES = {
        "account": _("Account"),
        "order_updates": _("News about orders"),
        "support": _("Support"),
        "review_requests": _("Review requests"),
        "surveys": _("Surveys"),
        "loyalty": _("Loyalty programme"),
        "marketing": _("Marketing"),
        "personal_data": _("Processing of personal data"),
    }
    # In the order of the preference page; the others belong to the contract or are no mail at all.
    CHOICES = ("review_requests", "surveys", "loyalty", "marketing")

    class Meta:
        verbose_name = _("purpose")
        verbose_name_plural = _("purposes")

    def __str__(self):
        return str(self.NAMES.get(self.code, self.code))
