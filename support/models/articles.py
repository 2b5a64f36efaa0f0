"""The help centre: articles, and every text they ever had. Only what is verified is ever given."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SOON = timedelta(days=7)  # before its verification runs out an article asks for a look
# Longer texts are not read, and a question for their words must stay quick.
LONGEST_TITLE, LONGEST_KEYWORDS, LONGEST_BODY = 120, 300, 12_000


def _words(config: str) -> CombinedExpression:
    """What the title and the people's own words say weighs most."""
    heading = SearchVector("title", "keywords", config=config, weight="A")
    return heading + SearchVector("body", config=config, weight="C")


class Article(models.Model):
    """One question that people ask, for all languages. Its texts are its revisions.

    ``verified_until`` is when the first of its answers needs a look; kept by the actions.
    """

    class Audience(models.TextChoices):
        PUBLIC = "public", _("everybody")
        AGENTS = "agents", _("agents only")

    class Category(models.TextChoices):
        DELIVERY = "delivery", _("Delivery")
        RETURNS = "returns", _("Returns and exchange")
        PAYMENT = "payment", _("Payment and invoices")
        ORDER = "order", _("Changing an order")
        LOYALTY = "loyalty", _("Points and coupons")
        OTHER = "other", _("Everything else")

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("article", "draft")
        PUBLISHED = "published", pgettext_lazy("article", "published")
        WITHDRAWN = "withdrawn", pgettext_lazy("article", "taken off")

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    owner = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("owner"), null=True, blank=True, related_name="articles",
        help_text=_("Who is asked to verify it, and may."),
    )  # fmt: skip
    audience = models.CharField(_("for"), max_length=10, choices=Audience.choices, default=Audience.PUBLIC)
    category = models.CharField(_("category"), max_length=10, choices=Category.choices, default=Category.OTHER)
    goods = ArrayField(
        models.CharField(max_length=120), verbose_name=_("products it is about"), default=list, blank=True,
        help_text=_("SKUs, categories or tags, with commas between. It stands on the page that their parcels lead to."),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    verify_every_days = models.PositiveSmallIntegerField(
        _("verify every … days"), default=90, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    verified_until = models.DateTimeField(_("verified until"), null=True, blank=True)
    expired_at = models.DateTimeField(_("expired at"), null=True, blank=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        permissions = [("verify_article", "Can verify an article")]
        indexes = [
            # the clock: which have just expired; the tile: which will soon
            models.Index(fields=["verified_until"], name="article_due", condition=Q(state="published")),
        ]

    def __str__(self):
        return self.slug

    def clean(self):
        self.goods = sorted({name.strip().lower() for name in self.goods if name.strip()})


class Revision(models.Model):
    """A text of an article in one language. PostgreSQL refuses to change it: a new text is a new revision.

    ``is_answer``: the one of its language that was verified last; until ``verified_until`` it is given as an answer.
    """

    article = models.ForeignKey(
        Article, models.PROTECT, verbose_name=_("article"), related_name="revisions", db_index=False
    )
    language = models.CharField(_("language"), max_length=5)
    number = models.PositiveIntegerField(_("number"))  # from 1, for each language
    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    keywords = models.CharField(_("words that people use"), max_length=LONGEST_KEYWORDS, blank=True)
    body = models.TextField(_("text"))
    author = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("written by"), null=True, blank=True, related_name="+"
    )
    written_at = models.DateTimeField(_("written at"))
    is_answer = models.BooleanField(_("the answer"), default=False)
    verified_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("verified by"), null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    verified_until = models.DateTimeField(_("verified until"), null=True, blank=True)
    # PostgreSQL knows how English and Russian words bend; Ukrainian ones it takes as they are (support/answers.py).
    words = models.GeneratedField(
        verbose_name=_("words for the search"),
        expression=Case(
            When(language="en", then=_words("english")),
            When(language="ru", then=_words("russian")),
            default=_words("simple"),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    heading = models.GeneratedField(
        verbose_name=_("title and words"),
        expression=Lower(Concat(F("title"), Value(" "), F("keywords"))),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        constraints = [
            # the history of a language, and its newest
            models.UniqueConstraint(fields=["article", "language", "number"], name="one_revision_per_number"),
            # which text is given in a language
            models.UniqueConstraint(
                fields=["article", "language"], name="one_answer_per_language", condition=Q(is_answer=True)
            ),
            models.CheckConstraint(
                name="answer_is_verified",
                condition=Q(is_answer=False) | Q(verified_at__isnull=False, verified_until__isnull=False),
            ),
        ]
        indexes = [
            # answers by words; by words with mistakes there is revision_heading, made in 0002_answers
            GinIndex(fields=["words"], name="revision_words", condition=Q(is_answer=True)),
        ]

    def __str__(self):
        return self.title
