"""What lies in the parcel and leads to a page: the insert's code, its words, how products are used and look."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from orders.models.orders import Order
from orders.models.stores import Product, Store
from shelf import links


def new_insert_code() -> str:
    return links.random_code(96)  # 16 characters: a small QR code; it opens nothing personal


class Insert(models.Model):
    """An order's printed code: ``/i/<code>/``. It gives no rights; the page shows no name, number, address or sum."""

    order = models.OneToOneField(Order, models.CASCADE, verbose_name=_("order"), related_name="insert")
    code = models.CharField(_("code"), max_length=24, unique=True, default=new_insert_code)
    printed_at = models.DateTimeField(_("first printed at"))
    opened_at = models.DateTimeField(_("first opened at"), null=True, blank=True)
    opens = models.PositiveIntegerField(_("times opened"), default=0)

    class Meta:
        verbose_name = _("insert")
        verbose_name_plural = _("inserts")

    def __str__(self):
        return self.code


class InsertText(models.Model):
    """How a store thanks in one language; without one, in our words."""

    store = models.ForeignKey(
        Store, models.CASCADE, verbose_name=_("store"), related_name="insert_texts", db_index=False
    )
    language = models.CharField(_("language"), max_length=5)
    thanks = models.CharField(_("thanks"), max_length=300)
    signed = models.CharField(_("signed"), max_length=80, blank=True, help_text=_("as the store signs"))

    class Meta:
        verbose_name = _("words of inserts")
        verbose_name_plural = _("words of inserts")
        constraints = [models.UniqueConstraint(fields=["store", "language"], name="one_insert_text_per_language")]

    def __str__(self):
        return self.thanks


class ProductGuide(models.Model):
    """How a product is used, in one language: the merchant's words, a video, an article of the help centre."""

    product = models.ForeignKey(
        Product, models.CASCADE, verbose_name=_("product"), related_name="guides", db_index=False
    )
    language = models.CharField(_("language"), max_length=5)
    text = models.TextField(_("how to use it"), max_length=4000, blank=True)
    video_url = models.URLField(_("video"), max_length=500, blank=True)
    article = models.SlugField(_("help article"), max_length=120, blank=True, help_text=_("its short name"))

    class Meta:
        verbose_name = _("product guide")
        verbose_name_plural = _("product guides")
        constraints = [models.UniqueConstraint(fields=["product", "language"], name="one_guide_per_language")]

    def __str__(self):
        return self.language


class ShapeFile(models.Model):
    """The bytes of a product in three dimensions, checked by ``shelf.shapes``. Its digest is its address."""

    data = models.BinaryField(_("bytes"))
    media_type = models.CharField(_("kind"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    digest = models.CharField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("3D file")
        verbose_name_plural = _("3D files")

    def __str__(self):
        return self.digest


class ProductShape(models.Model):
    """A product in three dimensions: files of ours, or where the shop keeps them. Ours go before the shop's."""

    product = models.OneToOneField(Product, models.CASCADE, verbose_name=_("product"), related_name="shape")
    glb = models.ForeignKey(
        ShapeFile, models.SET_NULL, verbose_name=_("GLB"), null=True, blank=True, related_name="+", db_index=False
    )
    usdz = models.ForeignKey(
        ShapeFile, models.SET_NULL, verbose_name=_("USDZ"), null=True, blank=True, related_name="+", db_index=False
    )
    glb_url = models.URLField(
        _("address of the GLB"), max_length=500, blank=True,
        help_text=_("https://… in your shop, where it lets other sites read it (CORS). It is not copied."),
    )  # fmt: skip
    usdz_url = models.URLField(_("address of the USDZ"), max_length=500, blank=True, help_text=_("for iPhones"))

    class Meta:
        verbose_name = _("3D view of a product")
        verbose_name_plural = _("3D views of products")

    def __str__(self):
        return str(self.product)
