"""The ledger of consent and the texts in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer
from customers.models.purposes import Purpose


class ConsentText(models.Model):
    """The words shown where consent is asked for, by country of the shop and language. A change is a new version.

    ``country``: ISO 3166-1; "EU" for the Union's members without a text of their own; empty: everywhere else.
    """

    purpose = models.ForeignKey(
        Purpose, models.PROTECT, verbose_name=_("purpose"), related_name="texts", db_index=False
    )
    country = models.CharField(
        _("country of the shop"), max_length=2, blank=True, help_text=_("UA, RU, KZ, DE; EU; empty: everywhere else")
    )
    language = models.CharField(_("language"), max_length=5)
    version = models.PositiveIntegerField(_("version"))
    body = models.TextField(_("text"), help_text=_("{store} stands for the shop's name."))
    is_checked_by_lawyer = models.BooleanField(_("checked by a lawyer"), default=False)
    published_at = models.DateTimeField(_("published at"))
    created_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("written by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "country", "language", "version"], name="one_consent_text_per_version"
            )
        ]

    def __str__(self):
        return " · ".join(filter(None, [str(self.purpose), self.country, self.language, str(self.version)]))


class Ledger(models.QuerySet["Consent"]):
    """Lines are added and read. The database refuses the rest too: migrations/0003_append_only.py."""

    def update(self, **fields):
        raise NotErasable

    def delete(self):
        raise NotErasable


class NotErasable(Exception):
    """A line of the consent ledger is neither changed nor thrown away; customers.consent.erasing is the one door."""


class Consent(models.Model):
    """One line of the consent ledger, never changed; the newest of (address, channel, purpose) that counts, counts.

    A line that waits for confirmation does not count: the address may have been typed by somebody else.
    """

    class Action(models.TextChoices):
        GRANTED = "granted", _("said yes")
        CONFIRMED = "confirmed", _("confirmed the yes")
        IMPORTED = "imported", _("brought along from the shop")
        WITHDRAWN = "withdrawn", _("took the yes back")
        OBJECTED = "objected", _("said no")

    class Basis(models.TextChoices):
        CONSENT = "consent", _("consent")
        SOFT_OPT_IN = "soft_opt_in", _("existing customer who may object")
        CONTRACT = "contract", _("part of the contract")

    YES = (Action.GRANTED, Action.CONFIRMED, Action.IMPORTED)

    customer = models.ForeignKey(
        Customer, models.SET_NULL, verbose_name=_("customer"), null=True, blank=True, related_name="consents"
    )
    address = models.CharField(_("address"), max_length=254)
    channel = models.CharField(_("channel"), max_length=20, default="email")
    purpose = models.ForeignKey(Purpose, models.PROTECT, verbose_name=_("purpose"))
    action = models.CharField(_("what was said"), max_length=10, choices=Action.choices)
    basis = models.CharField(_("legal basis"), max_length=12, choices=Basis.choices, default=Basis.CONSENT)
    waits = models.BooleanField(_("waits for confirmation"), default=False)
    wording = models.ForeignKey(
        ConsentText, models.PROTECT, verbose_name=_("text that was shown"), null=True, blank=True, related_name="lines"
    )
    source = models.CharField(_("source"), max_length=60)
    # Where it was said, as plain data: {"message": 7}, {"form": "footer", "url": …}, {"agent": 3, "words": …};
    # "ip" and "agent_string" only where the store keeps them.
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    at = models.DateTimeField(_("at"))

    objects = Ledger.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            # the gate's question: the newest line of each address, channel and purpose
            models.Index(fields=["address", "channel", "purpose", "waits", "-id"], name="consent_newest"),
        ]

    def __str__(self):
        return f"{self.address} {self.purpose_id} {self.action}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise NotErasable
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise NotErasable

    @property
    def is_yes(self) -> bool:
        return self.action in self.YES
