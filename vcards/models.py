"""Designs, cards with their texts and ways to reach, share codes, activity, and whose card an order carries."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import COLOUR


class Picture(models.Model):
    """A photo or logo as we made it anew: no metadata, small, never what was uploaded. Its digest is its version."""

    data = models.BinaryField(_("picture"))
    media_type = models.CharField(_("kind"), max_length=20)
    digest = models.CharField(max_length=32, unique=True)
    width = models.PositiveSmallIntegerField(_("width"))
    height = models.PositiveSmallIntegerField(_("height"))

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    def __str__(self):
        return f"{self.width}×{self.height}"


class CompanyDesign(models.Model):
    """How the cards of a company look, and what they all say: its name, address and the ways to reach it."""

    name = models.CharField(_("company"), max_length=120)
    store = models.ForeignKey(
        "orders.Store", models.SET_NULL, verbose_name=_("store"), null=True, blank=True, related_name="card_designs"
    )
    tagline = models.CharField(_("what it does"), max_length=160, blank=True)
    logo = models.ForeignKey(Picture, models.SET_NULL, verbose_name=_("logo"), null=True, blank=True, related_name="+")
    accent = models.CharField(_("brand colour"), max_length=7, default="#1f6f5c", validators=[COLOUR])
    accent_ink = models.CharField(_("text on the brand colour"), max_length=7, default="#ffffff", validators=[COLOUR])
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    url = models.URLField(_("website"), blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    language = models.CharField(_("default language"), max_length=5, default="en")
    languages = ArrayField(models.CharField(max_length=5), verbose_name=_("languages"), default=list, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("card design")
        verbose_name_plural = _("card designs")

    def __str__(self):
        return self.name


class Card(models.Model):
    """One person's card. ``revision`` rises with every change: it is part of the page's ETag and the vCard's REV."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("active")
        LEFT = "left", _("has left")

    user = models.OneToOneField(
        "staff.User", models.SET_NULL, verbose_name=_("user"), null=True, blank=True, related_name="card"
    )
    design = models.ForeignKey(CompanyDesign, models.PROTECT, verbose_name=_("design"), related_name="cards")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    first_name = models.CharField(_("first name"), max_length=120)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=120, blank=True)
    department = models.CharField(_("department"), max_length=120, blank=True)
    about = models.CharField(_("a sentence about this person"), max_length=300, blank=True)
    languages = ArrayField(models.CharField(max_length=5), verbose_name=_("speaks"), default=list, blank=True)
    photo = models.ForeignKey(
        Picture, models.SET_NULL, verbose_name=_("photo"), null=True, blank=True, related_name="+"
    )
    successor = models.ForeignKey(
        "self",
        models.SET_NULL,
        verbose_name=_("looked after by"),
        null=True,
        blank=True,
        related_name="inherited",
        help_text=_("Whose card people see instead once this person has left; without one, the company's contacts."),
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        permissions = [("change_own_card", "Can change their own card")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="left", left_at__isnull=False) | ~Q(state="left") & Q(left_at=None),
                name="who_left_has_a_day",
            ),
            models.CheckConstraint(condition=~Q(successor=models.F("id")), name="nobody_follows_themselves"),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class CardText(models.Model):
    """What the card says otherwise in one language; empty: as on the card."""

    card = models.ForeignKey(Card, models.CASCADE, verbose_name=_("card"), related_name="texts", db_index=False)
    language = models.CharField(_("language"), max_length=5)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=120, blank=True)
    department = models.CharField(_("department"), max_length=120, blank=True)
    about = models.CharField(_("a sentence about this person"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("text of a card")
        verbose_name_plural = _("texts of cards")
        constraints = [models.UniqueConstraint(fields=["card", "language"], name="one_text_per_language_of_card")]

    def __str__(self):
        return self.language


class Contact(models.Model):
    """One way to reach the person. ``value`` is clean: a phone in E.164, an address with its scheme."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", _("mobile")
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        TELEGRAM = "telegram", "Telegram"
        WHATSAPP = "whatsapp", "WhatsApp"
        VIBER = "viber", "Viber"
        INSTAGRAM = "instagram", "Instagram"
        FACEBOOK = "facebook", "Facebook"
        LINKEDIN = "linkedin", "LinkedIn"
        VK = "vk", "VK"
        SITE = "site", _("website")
        MAP = "map", _("map")

    card = models.ForeignKey(Card, models.CASCADE, verbose_name=_("card"), related_name="contacts", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    value = models.CharField(_("address"), max_length=300)
    label = models.CharField(_("label"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    in_file = models.BooleanField(_("in the contact file"), default=True)

    class Meta:
        verbose_name = _("way to reach")
        verbose_name_plural = _("ways to reach")
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint(fields=["card", "kind", "value"], name="one_contact_per_value")]

    def __str__(self):
        return self.value


class ShareCode(models.Model):
    """One placement of a card: the address ``/c/<code>/``. Printed codes live for ever; revoking keeps the row."""

    class Placement(models.TextChoices):
        ORDER_PAGE = "order_page", _("order page")
        MAIL = "mail", _("e-mails")
        AFTER_DEAL = "after_deal", _("after the deal")
        PRINTED = "printed", _("printed")
        SIGNATURE = "signature", _("e-mail signature")
        NFC = "nfc", _("NFC tag")
        OTHER = "other", _("elsewhere")

    code = models.CharField(_("code"), max_length=32, unique=True)
    card = models.ForeignKey(Card, models.CASCADE, verbose_name=_("card"), related_name="shares")
    placement = models.CharField(_("placement"), max_length=10, choices=Placement.choices)
    label = models.CharField(_("note"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("share code")
        verbose_name_plural = _("share codes")
        constraints = [
            # also serves the look-up of a card's own codes, by which links are written
            models.UniqueConstraint(
                fields=["card", "placement", "label"], name="one_code_per_placement", condition=Q(revoked_at=None)
            ),
        ]

    def __str__(self):
        return self.code


class Activity(models.Model):
    """What one reader did with one code on one day. ``visitor`` means nothing on any other day (vcards/visitors.py).

    ``times`` counts repetitions, so that rows are readers and sums are visits.
    """

    class Kind(models.TextChoices):
        VIEW = "view", _("view")
        SCAN = "scan", _("scan")
        SAVE = "save", _("save")
        CLICK = "click", _("click")

    share = models.ForeignKey(
        ShareCode, models.CASCADE, verbose_name=_("share code"), related_name="activity", db_index=False
    )
    kind = models.CharField(_("what"), max_length=6, choices=Kind.choices)
    # of a click: the kind of the contact, which outlives the contact itself
    target = models.CharField(_("what was clicked"), max_length=10, choices=Contact.Kind.choices, blank=True)
    seen_on = models.DateField(_("day"))
    visitor = models.CharField(_("reader of that day"), max_length=32)
    is_machine = models.BooleanField(_("machine"), default=False)
    times = models.PositiveIntegerField(_("times"), default=1)
    customer = models.ForeignKey(
        "customers.Customer", models.SET_NULL, verbose_name=_("customer"), null=True, blank=True, related_name="+"
    )
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activity")
        constraints = [
            # the upsert of every batch; by its beginning the figures of a code and its days
            models.UniqueConstraint(
                fields=["share", "seen_on", "kind", "visitor", "target", "is_machine"],
                name="one_row_per_reader_and_day",
            ),
        ]
        indexes = [
            # "saved a card" of segments and the customer's page
            models.Index(fields=["customer", "kind"], name="activity_customer", condition=Q(customer__isnull=False)),
        ]

    def __str__(self):
        return f"{self.kind} {self.seen_on}"


class VisitorKey(models.Model):
    """The random key of one day, by which its readers are told apart; it is thrown away with the day."""

    day_on = models.DateField(_("day"), primary_key=True)
    secret = models.BinaryField(_("key"))

    class Meta:
        verbose_name = _("reader key")
        verbose_name_plural = _("reader keys")

    def __str__(self):
        return str(self.day_on)


class AssignmentRule(models.Model):
    """Whose card the new orders of a store carry; without a store, of every store that has no rule of its own."""

    store = models.ForeignKey(
        "orders.Store", models.CASCADE, verbose_name=_("store"), null=True, blank=True, related_name="+"
    )
    card = models.ForeignKey(Card, models.CASCADE, verbose_name=_("card"), related_name="rules")

    class Meta:
        verbose_name = _("manager rule")
        verbose_name_plural = _("manager rules")
        constraints = [
            models.UniqueConstraint(fields=["store"], name="one_rule_for_the_rest", nulls_distinct=False),
        ]

    def __str__(self):
        return str(self.store or _("all other stores"))


class Assignment(models.Model):
    """Whose card an order carries. ``drawn_revision``: which state of the card stands on the order's page."""

    order = models.OneToOneField("orders.Order", models.CASCADE, verbose_name=_("order"), related_name="manager")
    # assignment_drawn begins with the card: an index of its own would be a second one
    card = models.ForeignKey(Card, models.CASCADE, verbose_name=_("card"), related_name="assignments", db_index=False)
    by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("chosen by"), null=True, blank=True, related_name="+"
    )
    assigned_at = models.DateTimeField(_("assigned at"))
    drawn_revision = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("manager of an order")
        verbose_name_plural = _("managers of orders")
        indexes = [
            # orders' pages that show an older state of the card
            models.Index(fields=["card", "drawn_revision"], name="assignment_drawn"),
        ]

    def __str__(self):
        return f"{self.order_id}"
