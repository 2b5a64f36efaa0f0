"""Customers, identifiers, counted facts, purposes and their limits, consent, open matters."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractDay, ExtractMonth
from django.utils.translation import gettext_lazy as _

from shelf.rows import SwiftModel


class Customer(SwiftModel):
    """A person. Everything known about how to reach them is an Identifier; what they did is counted in Stats."""

    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    # Chosen by the person; empty: the order's, then the store's (see customers.actions.language_for)
    language = models.CharField(_("language"), max_length=5, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    born_on = models.DateField(_("birthday"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
            # whose birthday is on a day of the year
            models.Index(
                ExtractMonth("born_on"),
                ExtractDay("born_on"),
                "id",
                name="customer_birthday",
                condition=Q(born_on__isnull=False),
            ),
        ]

    def __str__(self):
        return self.name or f"#{self.pk}"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Identifier(models.Model):
    """A value that leads to one customer. ``scope`` is the store's slug for a shop's own ids, empty otherwise."""

    class Kind(models.TextChoices):
        EXTERNAL = "external", _("shop's customer id")
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone")
        TELEGRAM = "telegram", _("Telegram")

    customer = models.ForeignKey(Customer, models.CASCADE, verbose_name=_("customer"), related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    scope = models.CharField(_("scope"), max_length=60, blank=True)
    value = models.CharField(_("value"), max_length=254)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    # Links to the preference page and to the account that were made before this moment open nothing.
    links_revoked_at = models.DateTimeField(_("links revoked at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [models.UniqueConstraint(fields=["kind", "scope", "value"], name="one_person_per_identifier")]
        indexes = [models.Index(fields=["value"], name="identifier_search")]

    def __str__(self):
        return self.value


_SUMS = ["orders", "spent", "only_currency", "only_spent"]
HOT_BUT_PREVIOUS = [*_SUMS, "last_order_at"]
HOT_BUT_LAST = [*_SUMS, "previous_order_at", "first_order_at", "last_rating", "country", "language", "marketing"]


class Stats(models.Model):
    """Counted facts of a customer, kept in the transaction of the change: segments and pages read one row.

    Country and language are copies (customers.actions keeps them), so that a count needs no second table.
    """

    class Said(models.TextChoices):
        YES = "yes", _("said yes")
        NO = "no", _("said no")
        NOTHING = "nothing", _("said nothing")

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="stats")
    orders = models.PositiveIntegerField(_("orders"), default=0)
    # {"UAH": "1200.00", …}: sums are per currency and never added across. For the many who spent in one currency it
    # stands again in two plain columns, which an index can order; "many" and NULL where there are several.
    spent = models.JSONField(_("spent"), default=dict)
    only_currency = models.CharField(_("currency"), max_length=4, blank=True)
    only_spent = models.DecimalField(
        _("spent in the only currency"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    # spent, plus a year more at the usual pace; customers/lifecycle.py
    expected = models.JSONField(_("expected lifetime value"), default=dict)
    first_order_at = models.DateTimeField(_("first order"), null=True, blank=True)
    last_order_at = models.DateTimeField(_("last order"), null=True, blank=True)
    previous_order_at = models.DateTimeField(_("order before the last"), null=True, blank=True)
    usual_gap_days = models.PositiveIntegerField(_("usual days between orders"), null=True, blank=True)
    last_rating = models.PositiveSmallIntegerField(_("last rating"), null=True, blank=True)
    last_nps = models.PositiveSmallIntegerField(_("last NPS score"), null=True, blank=True)
    last_csat = models.PositiveSmallIntegerField(_("last CSAT score"), null=True, blank=True)
    last_ces = models.PositiveSmallIntegerField(_("last CES score"), null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    # words that people and journeys put on the customer
    tags = ArrayField(models.CharField(max_length=60), verbose_name=_("tags"), default=list, blank=True)
    # What was said last about marketing, at any of their addresses: a yes at one of them is enough to be asked.
    marketing = models.CharField(_("marketing by e-mail"), max_length=7, choices=Said.choices, default=Said.NOTHING)
    marketing_texts = models.CharField(
        _("marketing by text message"), max_length=7, choices=Said.choices, default=Said.NOTHING
    )
    # points that can be spent, and when the first of them expire (loyalty keeps both)
    points = models.PositiveIntegerField(_("points"), default=0)
    points_expire_at = models.DateTimeField(_("points expire"), null=True, blank=True)

    class Meta:
        verbose_name = _("customer's figures")
        verbose_name_plural = _("customers' figures")
        # What most segments ask is answered from an index alone.
        indexes = [
            # "ordered again within 90 days, and may be written to": a range of the order before the last. Three values
            # stand before it, so PostgreSQL 18 skips through them where nothing is asked about marketing.
            models.Index(fields=["marketing", "previous_order_at"], include=HOT_BUT_PREVIOUS, name="stats_previous",
                         condition=Q(previous_order_at__isnull=False)),
            # "has not ordered for 60 days", lifecycle, and every count that has no better range
            models.Index(fields=["last_order_at"], include=HOT_BUT_LAST, name="stats_last"),
            # "spent more than 10,000 UAH", the best customers
            models.Index(fields=["only_currency", "only_spent"], include=["orders"], name="stats_spent"),
            # "first order in the last 7 days": the new ones
            models.Index(fields=["first_order_at"], include=["orders"], name="stats_first"),
            # "has the tag": GIN, and only over those who have one
            GinIndex(fields=["tags"], name="stats_tags", condition=~Q(tags=[])),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.customer_id}: {self.orders}"


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


class OpenMatter(models.Model):
    """Something is not settled between us and the customer; until it closes we ask for nothing."""

    NAMES = {
        "return": _("a return"),
        "late": _("a late parcel"),
        "ticket": _("a ticket"),
        "review": _("a bad review"),
    }

    customer = models.ForeignKey(Customer, models.CASCADE, verbose_name=_("customer"), related_name="matters")
    kind = models.CharField(_("kind"), max_length=30)
    subject_type = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("open matter")
        verbose_name_plural = _("open matters")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_type", "subject_id"],
                name="one_open_matter",
                condition=Q(closed_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(fields=["customer"], name="matter_open", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self):
        return f"{self.kind} {self.subject_type} {self.subject_id}"
