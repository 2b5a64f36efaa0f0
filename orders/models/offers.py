"""What a merchant puts on the order's page: how to order again, how to care for a thing, what goes with it."""

import re
from string import Formatter

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.stores import Product, Store

OF_A_LINE = ("sku", "product", "variant", "quantity")
INNER_PATH = re.compile(r"/[\w/.-]*")


def gaps_in(pattern: str) -> list[str]:
    """The names in braces. Raises ValidationError for braces that are no gap."""
    try:
        found = [(name, spec, how) for _text, name, spec, how in Formatter().parse(pattern) if name is not None]
    except ValueError:
        raise ValidationError(_("A brace is not closed.")) from None
    if any(spec or how for _name, spec, how in found):
        raise ValidationError(_("A gap is one word in braces, such as {sku}."))
    return [name for name, _spec, _how in found]


def validate_again(pattern: str) -> None:
    """``https://shop.example/cart/{items}``, or with the gaps of a single line."""
    gaps = gaps_in(pattern)
    if unknown := [name for name in gaps if name not in (*OF_A_LINE, "items")]:
        raise ValidationError(_("“{%(gap)s}” is no gap of this address."), params={"gap": unknown[0]})
    if not gaps:
        raise ValidationError(_("Without a gap such as {sku} or {items} every order would lead to the same page."))
    host = re.match(r"https://[^/?#{}]+(?=[/?#]|$)", pattern)
    if host is None:
        raise ValidationError(_("The address begins with https:// and the name of the shop, without gaps in it."))
    URLValidator(schemes=["https"])(pattern.format(**dict.fromkeys((*OF_A_LINE, "items"), "1")))


def validate_item(pattern: str) -> None:
    """``{variant}:{quantity}``."""
    if unknown := [name for name in gaps_in(pattern) if name not in OF_A_LINE]:
        raise ValidationError(_("“{%(gap)s}” is no gap of this address."), params={"gap": unknown[0]})


def validate_place(address: str) -> None:
    """A page of ours (``/help/…``) or one of the web."""
    if not INNER_PATH.fullmatch(address):
        URLValidator(schemes=["https"])(address)


class Storefront(models.Model):
    """Where the shop's own pages are, for links from the order's page."""

    store = models.OneToOneField(Store, models.CASCADE, verbose_name=_("store"), related_name="storefront")
    again_url = models.CharField(
        _("address to order again"),
        max_length=500,
        blank=True,
        validators=[validate_again],
        help_text=_("https://shop.example/cart/{items}, or for one product {sku}, {product}, {variant}, {quantity}."),
    )
    again_item = models.CharField(
        _("one product in it"),
        max_length=100,
        blank=True,
        default="{variant}:{quantity}",
        validators=[validate_item],
        help_text=_("How a product is written in {items}; several are joined by commas."),
    )

    class Meta:
        verbose_name = _("shop's own pages")
        verbose_name_plural = _("shops' own pages")

    def __str__(self):
        return str(self.store)


class ProductLink(models.Model):
    """Who bought this product sees that link: how to care for it, or what goes with it."""

    class Kind(models.TextChoices):
        CARE = "care", _("care, how-to")
        GOES_WITH = "goes_with", _("goes with it")

    product = models.ForeignKey(
        Product, models.CASCADE, verbose_name=_("who bought this"), db_index=False, related_name="links"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.GOES_WITH)
    title = models.CharField(_("title"), max_length=120)
    url = models.CharField(
        _("link"), max_length=500, validators=[validate_place], help_text=_("https://… or a page of ours: /help/…")
    )
    image_url = models.URLField(_("picture"), max_length=500, blank=True)
    language = models.CharField(_("only in this language"), max_length=5, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("link from a product")
        verbose_name_plural = _("links from products")
        # what the products of an order lead to
        indexes = [models.Index(fields=["product", "position"], name="product_link_of_product")]

    def __str__(self):
        return self.title
