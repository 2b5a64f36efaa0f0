"""Tickets: what somebody wants of us, what was said about it, what agents noted, answers written beforehand."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Ticket(models.Model):
    """One matter of one person. Its number is its primary key; ``email`` is where answers go.

    ``version`` counts what was said, noted and done: who answers or claims says which one was seen.
    """

    class State(models.TextChoices):
        # a stranger's, whose address nobody has proven: no agent is called
        UNCONFIRMED = "unconfirmed", _("waits for its address to be confirmed")
        OPEN = "open", pgettext_lazy("ticket", "open")
        PENDING = "pending", pgettext_lazy("ticket", "waits for the customer")
        SOLVED = "solved", pgettext_lazy("ticket", "solved")

    class Channel(models.TextChoices):
        FORM = "form", _("contact form")
        MAIL = "mail", _("e-mail")
        API = "api", _("API")
        REVIEW = "review", _("review")
        JOURNEY = "journey", _("journey")

    class Priority(models.IntegerChoices):
        URGENT = 1, pgettext_lazy("priority", "urgent")
        HIGH = 2, pgettext_lazy("priority", "high")
        NORMAL = 3, pgettext_lazy("priority", "normal")

    UNSOLVED = (State.OPEN, State.PENDING)

    # Made from the cause, e.g. "review:17": a repeated cause cannot open a second.
    key = models.CharField(max_length=200)
    title = models.CharField(pgettext_lazy("ticket", "about"), max_length=200)
    store = models.ForeignKey("orders.Store", models.PROTECT, verbose_name=_("store"), related_name="+")
    customer = models.ForeignKey(
        "customers.Customer", models.SET_NULL, verbose_name=_("customer"), null=True, blank=True, related_name="tickets"
    )
    order = models.ForeignKey(
        "orders.Order", models.SET_NULL, verbose_name=_("order"), null=True, blank=True, related_name="tickets"
    )
    shipment = models.ForeignKey(
        "tracking.Shipment", models.SET_NULL, verbose_name=_("parcel"), null=True, blank=True, related_name="tickets"
    )
    # The ticket whose conversation somebody wrote into who is not part of it. Agents see it, nobody else.
    strays_from = models.ForeignKey(
        "self", models.SET_NULL, verbose_name=_("strays from"), null=True, blank=True, related_name="strays"
    )
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5)
    channel = models.CharField(_("came by"), max_length=10, choices=Channel.choices)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        "staff.User",
        models.SET_NULL,
        verbose_name=_("assigned to"),
        null=True,
        blank=True,
        related_name="tickets",
        db_index=False,
    )
    # what a stranger says the order's number is; nothing follows from it
    claimed_order = models.CharField(_("order number as typed"), max_length=60, blank=True)
    link_version = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(_("opened at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    # when somebody last said something: the list's order
    moved_at = models.DateTimeField(_("last word at"))
    first_answered_at = models.DateTimeField(_("first answered at"), null=True, blank=True)
    solved_at = models.DateTimeField(_("solved at"), null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    words = models.GeneratedField(
        verbose_name=_("words for the search"),
        expression=SearchVector("title", "name", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [models.UniqueConstraint(fields=["key"], name="one_ticket_per_key")]
        indexes = [
            # the list: all of them, the unsolved, mine
            models.Index(fields=["-moved_at", "-id"], name="ticket_newest"),
            models.Index(fields=["state", "-moved_at", "-id"], name="ticket_by_state"),
            models.Index(fields=["assignee", "state", "-moved_at", "-id"], name="ticket_assigned"),
            # the search: e-mail by its beginning, words of the title and the name
            models.Index(OpClass("email", "varchar_pattern_ops"), name="ticket_email"),
            GinIndex(fields=["words"], name="ticket_words"),
            # strangers who never confirmed
            models.Index(fields=["opened_at"], name="ticket_unconfirmed", condition=Q(state="unconfirmed")),
        ]

    def __str__(self):
        return f"#{self.pk} {self.title}"


class TicketMessage(models.Model):
    """What the customer wrote, or what an agent answered: one row per mail or form post. Notes are another model."""

    class Direction(models.TextChoices):
        IN = "in", _("from the customer")
        OUT = "out", _("answer")

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, verbose_name=_("ticket"), related_name="messages", db_index=False
    )
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    # "mail:7" (the mail as it was received), "form:…", "api:…", "answer:…": told twice, kept once
    key = models.CharField(max_length=200)
    text = models.TextField(_("text"))
    words = models.GeneratedField(
        verbose_name=_("words for the search"),
        expression=SearchVector("text", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    author = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("answered by"), null=True, blank=True, related_name="+"
    )
    # in: the mail it came as, and the letter of ours that it answers; out: the letter that carries it
    mail = models.OneToOneField(
        "messaging.InboundMail", models.SET_NULL, verbose_name=_("mail"), null=True, blank=True, related_name="+"
    )
    letter = models.ForeignKey(
        "messaging.Message", models.SET_NULL, verbose_name=_("letter"), null=True, blank=True, related_name="+"
    )
    # out: what was given with the answer; its mail shows it
    coupon = models.ForeignKey(
        "loyalty.Coupon", models.SET_NULL, verbose_name=_("coupon"), null=True, blank=True, related_name="+"
    )
    # the Message-ID of a mail that came, for In-Reply-To and References of the answer
    mail_ref = models.CharField(_("Message-ID"), max_length=255, blank=True)
    is_proven = models.BooleanField(_("sender proven"), default=False)
    version = models.PositiveIntegerField()  # the ticket's, with this word
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("message of a ticket")
        verbose_name_plural = _("messages of tickets")
        constraints = [models.UniqueConstraint(fields=["key"], name="one_ticket_message_per_key")]
        indexes = [
            # the conversation
            models.Index(fields=["ticket", "written_at", "id"], name="ticket_talk"),
            # which conversation does a mail belong to, that names one of the customer's own?
            models.Index(fields=["mail_ref"], name="ticket_mail_ref", condition=~Q(mail_ref="")),
            # the search by words
            GinIndex(fields=["words"], name="ticket_message_words"),
        ]

    def __str__(self):
        return f"#{self.ticket_id} {self.direction}"


class Note(models.Model):
    """What agents tell each other about a ticket. It has no recipient, no letter and no way to be sent."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, verbose_name=_("ticket"), related_name="notes", db_index=False)
    author = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("noted by"), null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=200)
    text = models.TextField(_("text"))
    version = models.PositiveIntegerField()
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = pgettext_lazy("ticket", "note")
        verbose_name_plural = _("notes")
        constraints = [models.UniqueConstraint(fields=["key"], name="one_note_per_key")]
        indexes = [models.Index(fields=["ticket", "written_at", "id"], name="ticket_notes")]

    def __str__(self):
        return f"#{self.ticket_id}"


class Macro(models.Model):
    """An answer written beforehand, in each language, with variables; perhaps the ticket is solved with it."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    # whoever answers with it may give a coupon of this pool
    pool = models.ForeignKey(
        "loyalty.Pool", models.SET_NULL, verbose_name=_("gives a coupon of"), null=True, blank=True, related_name="+"
    )
    solves = models.BooleanField(_("the ticket is solved with this answer"), default=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")

    def __str__(self):
        return self.name


class MacroText(models.Model):
    """What a macro says in one language: plain text, variables as in mails."""

    macro = models.ForeignKey(Macro, models.CASCADE, verbose_name=_("macro"), related_name="texts", db_index=False)
    language = models.CharField(_("language"), max_length=5)
    body = models.TextField(_("text"), help_text=_("Variables as in mails: {{ customer.first_name }}"))

    class Meta:
        verbose_name = _("text of a macro")
        verbose_name_plural = _("texts of macros")
        constraints = [models.UniqueConstraint(fields=["macro", "language"], name="one_macro_text_per_language")]

    def __str__(self):
        return self.language
