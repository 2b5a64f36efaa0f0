"""Returns: the terms of countries, what cannot come back, each return with its pieces and files, replacements."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models.orders import Order, OrderLine
from orders.models.stores import Product, Store
from shelf.countries import UNION


class ReturnTerms(models.Model):
    """For how long the law of a country lets a distance purchase come back. Defaults with source: have a lawyer check.

    ``EU`` stands for all members of the Union that have no row of their own, ``*`` for everybody else.
    """

    country = models.CharField(_("country"), max_length=2, unique=True)
    days = models.PositiveSmallIntegerField(_("days from the delivery"))
    source = models.CharField(_("source"), max_length=300)
    checked_on = models.DateField(_("read on"))
    lawyer_checked_on = models.DateField(_("checked by a lawyer on"), null=True, blank=True)

    class Meta:
        verbose_name = _("return terms of a country")
        verbose_name_plural = _("return terms")

    def __str__(self):
        return f"{self.country}: {self.days}"

    @classmethod
    def of_country(cls, country: str) -> "ReturnTerms | None":
        """The country's own terms, else the Union's for its members, else those for everybody."""
        ways = [country, *(["EU"] if country in UNION else []), "*"]
        known = {terms.country: terms for terms in cls.objects.filter(country__in=ways)}
        return next((known[way] for way in ways if way in known), None)


class NotReturnable(models.Model):
    """Goods that do not come back: one product, or all whose tag or category is one of these words."""

    name = models.CharField(_("what"), max_length=200)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("Empty: in all countries."))
    store = models.ForeignKey(
        Store, models.CASCADE, verbose_name=_("store"), null=True, blank=True, related_name="+",
        help_text=_("Empty: in all stores."),
    )  # fmt: skip
    product = models.ForeignKey(
        Product, models.CASCADE, verbose_name=_("product"), null=True, blank=True, related_name="+"
    )
    words = ArrayField(
        models.CharField(max_length=60), verbose_name=_("tags and categories"), default=list, blank=True,
        help_text=_("As the shop writes them, separated by commas; capitals do not matter."),
    )  # fmt: skip
    why = models.CharField(_("what the customer reads"), max_length=300)
    source = models.CharField(_("source"), max_length=300, blank=True)
    checked_on = models.DateField(_("read on"), null=True, blank=True)
    is_active = models.BooleanField(_("holds"), default=True)

    class Meta:
        verbose_name = _("goods that cannot be returned")
        verbose_name_plural = _("goods that cannot be returned")

    def __str__(self):
        return self.name


class Return(models.Model):
    """Pieces of one order that are to come back, or a warranty claim for them."""

    class Kind(models.TextChoices):
        RETURN = "return", pgettext_lazy("return", "return")
        WARRANTY = "warranty", _("warranty claim")

    class Wish(models.TextChoices):
        REFUND = "refund", _("Money back")
        EXCHANGE = "exchange", _("Another one instead")
        CREDIT = "credit", _("Store credit")
        REPAIR = "repair", _("Repair or spare part")

    class State(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("return", "waits for a decision")
        APPROVED = "approved", pgettext_lazy("return", "approved")
        LABELLED = "labelled", pgettext_lazy("return", "label sent")
        SHIPPED = "shipped", pgettext_lazy("return", "on its way back")
        RECEIVED = "received", pgettext_lazy("return", "received")
        REFUNDED = "refunded", pgettext_lazy("return", "money returned")
        EXCHANGED = "exchanged", pgettext_lazy("return", "exchanged")
        CREDITED = "credited", pgettext_lazy("return", "store credit given")
        REPAIRED = "repaired", pgettext_lazy("return", "repaired or replaced")
        REFUSED = "refused", pgettext_lazy("return", "refused")
        CANCELLED = "cancelled", pgettext_lazy("return", "called off by the customer")

    class Reason(models.TextChoices):
        SIZE = "size", _("It does not fit")
        NOT_AS_SHOWN = "not_as_shown", _("It is not as shown or described")
        DAMAGED = "damaged", _("It arrived damaged")
        FAULTY = "faulty", _("It does not work")
        WRONG_ITEM = "wrong_item", _("Something else was in the parcel")
        TOO_LATE = "too_late", _("It came too late")
        DISLIKED = "disliked", _("I do not like it")
        OTHER = "other", _("Another reason")

    OPEN = (State.REQUESTED, State.APPROVED, State.LABELLED, State.SHIPPED, State.RECEIVED)
    SETTLED = (State.REFUNDED, State.EXCHANGED, State.CREDITED, State.REPAIRED)
    # A wish → how it ends.
    ENDS = {
        Wish.REFUND: State.REFUNDED,
        Wish.EXCHANGE: State.EXCHANGED,
        Wish.CREDIT: State.CREDITED,
        Wish.REPAIR: State.REPAIRED,
    }

    order = models.ForeignKey(Order, models.CASCADE, verbose_name=_("order"), related_name="returns")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.RETURN)
    wish = models.CharField(_("wish"), max_length=10, choices=Wish.choices, default=Wish.REFUND)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices)
    words = models.TextField(_("in the customer's words"), blank=True)
    refusal = models.TextField(_("why refused"), blank=True)
    label_url = models.URLField(_("label at the carrier"), max_length=500, blank=True)
    carrier = models.CharField(_("carrier of the way back"), max_length=60, blank=True)
    number = models.CharField(_("waybill of the way back"), max_length=100, blank=True)
    refunded = models.DecimalField(_("money returned"), max_digits=14, decimal_places=2, null=True, blank=True)
    requested_at = models.DateTimeField(_("asked at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("decided by"), null=True, blank=True, related_name="+"
    )
    labelled_at = models.DateTimeField(_("label sent at"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("sent back at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("noun", "return")
        verbose_name_plural = _("returns")
        indexes = [
            # the agent's list: all of them, those in a state
            models.Index(fields=["-requested_at", "-id"], name="return_newest"),
            models.Index(fields=["state", "-requested_at", "-id"], name="return_by_state"),
            # the search by the waybill of the way back
            models.Index(fields=["number"], name="return_number", condition=~Q(number="")),
        ]

    def __str__(self):
        return f"R-{self.pk} · {self.order}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class ReturnLine(models.Model):
    """How many pieces of a line come back. The shop may drop the line from its order: the title stays."""

    # "returned": a model of the name Return cannot lend its own to an argument
    returned = models.ForeignKey(Return, models.CASCADE, verbose_name=_("return"), related_name="lines", db_index=False)
    line = models.ForeignKey(
        OrderLine, models.SET_NULL, verbose_name=_("order line"), null=True, related_name="return_lines"
    )
    title = models.CharField(_("title"), max_length=300)
    sku = models.CharField(_("SKU"), max_length=100, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"))

    class Meta:
        verbose_name = _("line of a return")
        verbose_name_plural = _("lines of returns")
        constraints = [models.UniqueConstraint(fields=["returned", "line"], name="one_return_line_per_line")]

    def __str__(self):
        return f"{self.quantity} × {self.title}"


class ReturnFile(models.Model):
    """A photo that the customer brought, made anew by the limited child; or the label that an agent uploaded."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("photo")
        LABEL = "label", _("label")

    returned = models.ForeignKey(Return, models.CASCADE, verbose_name=_("return"), related_name="files")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    media_type = models.CharField(_("type"), max_length=40)
    data = models.BinaryField(_("bytes"))
    created_at = models.DateTimeField(_("brought at"))

    class Meta:
        verbose_name = _("file of a return")
        verbose_name_plural = _("files of returns")

    def __str__(self):
        return f"{self.kind} {self.pk}"


class Replacement(models.Model):
    """An order of ours that costs nothing and makes another one good: a piece anew, a spare part."""

    order = models.OneToOneField(Order, models.CASCADE, verbose_name=_("free order"), related_name="replaces")
    original = models.ForeignKey(Order, models.CASCADE, verbose_name=_("original order"), related_name="replacements")
    # what it settles, where it settles a return or a claim
    returned = models.ForeignKey(
        Return, models.SET_NULL, verbose_name=_("return"), null=True, blank=True, related_name="replacements"
    )
    why = models.CharField(_("why"), max_length=300, blank=True)
    by = models.ForeignKey("staff.User", models.SET_NULL, verbose_name=_("by"), null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("replacement")
        verbose_name_plural = _("replacements")

    def __str__(self):
        return f"{self.original} → {self.order}"
