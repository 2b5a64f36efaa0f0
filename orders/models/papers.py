"""Who sells, by the law; the documents issued in that name."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.models.stores import Store
from shelf import legal_ids as ids


class Seller(models.Model):
    """A store's owner as documents name it: codes, bank, who signs. Which code is which depends on the country."""

    class Language(models.TextChoices):
        CUSTOMER = "", _("the customer's")
        EN = "en", "English"
        UK = "uk", "Українська"
        RU = "ru", "Русский"

    store = models.OneToOneField(Store, models.CASCADE, verbose_name=_("store"), related_name="seller")
    legal_name = models.CharField(_("legal name"), max_length=200)
    country = models.CharField(_("country"), max_length=2)
    address = models.CharField(_("legal address"), max_length=300)
    company_code = models.CharField(
        _("company code"), max_length=20, help_text=_("ЄДРПОУ or РНОКПП, ИНН, БИН or ИИН, register number")
    )
    branch_code = models.CharField(_("КПП"), max_length=9, blank=True)
    register_code = models.CharField(_("ОГРН"), max_length=20, blank=True)
    is_vat_payer = models.BooleanField(_("pays VAT"), default=False)
    vat_code = models.CharField(_("VAT number"), max_length=20, blank=True)
    vat_rate = models.DecimalField(
        _("VAT rate, %"),
        max_digits=4,
        decimal_places=2,
        default=20,
        validators=[MinValueValidator(0), MaxValueValidator(50)],
        help_text=_("Contained in the prices. Counted only where the shop reports no tax."),
    )
    account = models.CharField(_("account"), max_length=34, blank=True, help_text=_("IBAN; in Russia 20 digits"))
    bank = models.CharField(_("bank"), max_length=160, blank=True)
    bank_code = models.CharField(_("bank code"), max_length=11, blank=True, help_text=_("БИК, МФО, BIC"))
    bank_account = models.CharField(_("bank's own account"), max_length=20, blank=True, help_text=_("in Russia"))
    signatory = models.CharField(_("who signs"), max_length=120, blank=True)
    signatory_role = models.CharField(_("as"), max_length=120, blank=True, help_text=_("director, entrepreneur"))
    note = models.CharField(_("line under the sums"), max_length=200, blank=True)
    prefix = models.CharField(_("numbers begin with"), max_length=10, blank=True)
    language = models.CharField(
        _("language of documents"), max_length=2, blank=True, choices=Language.choices,
        help_text=_("What the law asks for; the customer's language stands beside it."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")

    def __str__(self):
        return self.legal_name

    def clean(self):
        for name in ("company_code", "branch_code", "register_code", "vat_code", "account", "bank_code"):
            setattr(self, name, ids.bare(getattr(self, name)))
        self.bank_account, self.country = ids.bare(self.bank_account), self.country.strip().upper()
        wrong = dict(self._doubts())
        if wrong:
            raise ValidationError(wrong)

    def _doubts(self):
        check, sentence = COMPANY_CODES.get(self.country, (None, None))
        if check and not check(self.company_code):
            yield "company_code", sentence
        if self.branch_code and not ids.is_kpp(self.branch_code):
            yield "branch_code", _("A КПП has nine characters.")
        if self.register_code and self.country == "RU" and not ids.is_ogrn(self.register_code):
            yield "register_code", _("This is no ОГРН (13 digits) or ОГРНИП (15): its check digit does not fit.")
        if self.vat_code and self.country not in COMPANY_CODES and not ids.is_vat_id(self.vat_code):
            yield "vat_code", _("This is no VAT number: it begins with the country, and its check digit must fit.")
        if self.vat_code and self.country == "UA" and not (self.vat_code.isdigit() and len(self.vat_code) in (10, 12)):
            yield "vat_code", _("The ІПН of a VAT payer has twelve digits, of a person ten.")
        yield from self._doubts_about_account()

    def _doubts_about_account(self):
        if self.country == "RU":
            if self.bank_code and not ids.is_bik(self.bank_code):
                yield "bank_code", _("A БИК has nine digits and begins with 0.")
            elif self.account and not ids.is_russian_account(self.account, self.bank_code):
                yield "account", _("The account does not fit the bank's БИК: one of the two is mistyped.")
            elif self.bank_account and not ids.is_russian_account(self.bank_account, self.bank_code):
                yield "bank_account", _("The bank's own account does not fit its БИК.")
        elif self.account and not ids.is_iban(self.account):
            yield "account", _("This is no IBAN: its length or check digits do not fit.")


COMPANY_CODES = {
    "UA": (
        lambda code: ids.is_edrpou(code) or ids.is_rnokpp(code),
        _("This is no ЄДРПОУ (8 digits) or РНОКПП (10): its check digit does not fit."),
    ),
    "RU": (ids.is_inn, _("This is no ИНН (10 or 12 digits): its check digit does not fit.")),
    "KZ": (ids.is_bin, _("This is no БИН or ИИН (12 digits): its check digit does not fit.")),
}


class Document(models.Model):
    """A numbered document as it was issued; its words are kept and never written anew.

    Numbers have no gaps within a seller, kind and year: the seller's row is locked while the next is taken, and a
    document is withdrawn, never deleted.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("invoice")
        DELIVERY_NOTE = "delivery_note", _("delivery note")

    seller = models.ForeignKey(
        Seller, models.PROTECT, verbose_name=_("seller"), related_name="documents", db_index=False
    )
    order = models.ForeignKey(
        Order, models.SET_NULL, verbose_name=_("order"), null=True, related_name="documents", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    year = models.PositiveSmallIntegerField(_("year"))
    position = models.PositiveIntegerField(_("position"))
    number = models.CharField(_("number"), max_length=40)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("issued by"), null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    content = models.JSONField(_("content"))  # orders/papers/content.py
    digest = models.CharField(max_length=64)  # SHA-256 of the content

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            # also gives the next number
            models.UniqueConstraint(fields=["seller", "kind", "year", "position"], name="numbers_without_gaps"),
            # also finds the documents of an order
            models.UniqueConstraint(
                fields=["order", "kind"], name="one_document_of_a_kind", condition=Q(withdrawn_at=None)
            ),
        ]

    def __str__(self):
        return self.number
