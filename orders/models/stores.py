"""Stores and products."""

from zoneinfo import available_timezones

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

COLOUR = RegexValidator(r"^#[0-9a-f]{6}$", _("A colour is written like #1f6f5c."))  # it goes into stylesheets


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(zone)s” is not a time zone such as Europe/Kyiv."), params={"zone": name})


class Store(models.Model):
    """A shop: whose name is on the page, in whose country's law and language it speaks."""

    class Currency(models.TextChoices):
        SIGN = "sign", _("sign: ₴ ₽ ₸ €")
        WORD = "word", _("short word: грн, руб., тг")
        CODE = "code", _("code: UAH, RUB, KZT")

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    connection = models.OneToOneField(
        "events.Connection",
        models.SET_NULL,
        verbose_name=_("connection"),
        null=True,
        blank=True,
        related_name="store",
    )
    url = models.URLField(_("shop address"), blank=True)
    country = models.CharField(_("country"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Kyiv", validators=[validate_zone])
    language = models.CharField(_("default language"), max_length=5, default="en")
    languages = ArrayField(models.CharField(max_length=5), verbose_name=_("languages"), default=list, blank=True)
    # Who signs and sends this store's mails; none: the default sender, under the store's name.
    sender = models.ForeignKey(
        "messaging.Sender", models.SET_NULL, verbose_name=_("sender"), null=True, blank=True, related_name="+"
    )
    support_email = models.EmailField(_("support e-mail"), blank=True)
    support_phone = models.CharField(_("support phone"), max_length=40, blank=True)
    address = models.CharField(_("postal address"), max_length=300, blank=True)
    logo_url = models.URLField(_("logo"), blank=True)
    accent = models.CharField(_("brand colour"), max_length=7, default="#1f6f5c", validators=[COLOUR])
    accent_ink = models.CharField(_("text on the brand colour"), max_length=7, default="#ffffff", validators=[COLOUR])
    keeps_ip_of_consent = models.BooleanField(
        _("keep IP address and browser with a consent"),
        default=False,
        help_text=_("They help to prove a consent, and are personal data themselves."),
    )
    # How its mails are written.
    currency_style = models.CharField(
        _("currencies are written as"), max_length=4, choices=Currency.choices, default=Currency.SIGN
    )
    capital_you = models.BooleanField(
        _("“Ви” and “Вы” with a capital letter"), default=False, help_text=_("In all mails, whoever wrote them.")
    )
    adds_utm = models.BooleanField(
        _("mark links to the shop for its statistics"),
        default=True,
        help_text=_("utm_source, utm_medium and utm_campaign, in mails whose purpose counts clicks."),
    )
    is_discreet = models.BooleanField(
        _("discreet"), default=False, help_text=_("Subjects and previews of mails name no products.")
    )
    # Raised by triggers with every change of what orders' pages take from the store (0003_drawn_pages).
    looks = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")

    def __str__(self):
        return self.name


class Product(models.Model):
    """Something the store sells, as last seen on an order."""

    store = models.ForeignKey(Store, models.CASCADE, verbose_name=_("store"), related_name="products", db_index=False)
    external_id = models.CharField(_("shop's id"), max_length=100)
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    title = models.CharField(_("title"), max_length=300)
    image_url = models.URLField(_("picture"), max_length=500, blank=True)
    category = models.CharField(_("category"), max_length=120, blank=True)
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list, blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [models.UniqueConstraint(fields=["store", "external_id"], name="one_product_per_store")]

    def __str__(self):
        return self.title
