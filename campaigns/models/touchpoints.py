"""Touchpoints of the merchant's own: where customers meet the shop beyond our sight, and what they said there."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Touchpoint(models.Model):
    """A place with a link or a QR code and one question. Answers are anonymous; the map shows them beside our own."""

    class Place(models.TextChoices):
        SHOP = "shop", _("shop")
        PHONE = "phone", _("phone")
        STAND = "stand", _("stand")
        CHECKOUT = "checkout", _("checkout")
        PACKAGING = "packaging", _("packaging")
        OTHER = "other", _("another place")

    class Scale(models.TextChoices):
        FIVE = "five", _("one to five stars")
        TEN = "ten", _("zero to ten: would recommend")
        YES_NO = "yes_no", _("yes or no")

    store = models.ForeignKey("orders.Store", models.PROTECT, verbose_name=_("store"), related_name="+")
    name = models.CharField(_("name"), max_length=60)
    place = models.CharField(_("where it is"), max_length=10, choices=Place.choices)
    # A point of the path, see shelf.touchpoints.PLACES; empty: at the beginning.
    stands_after = models.CharField(_("on the path it stands after"), max_length=20, blank=True)
    owner = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("who looks after it"), null=True, related_name="+"
    )
    scale = models.CharField(_("scale of the answers"), max_length=10, choices=Scale.choices, default=Scale.FIVE)
    # {"uk": "Чи все було цілим?"}; a language without words gets those of the scale
    questions = models.JSONField(_("question"), default=dict, blank=True)
    again_minutes = models.PositiveIntegerField(
        _("one browser counts once in so many minutes"),
        default=720,
        help_text=_("For a tablet that many people use: 1."),
    )
    link_version = models.PositiveSmallIntegerField(default=1)
    # drawn once for ``qr_link``: printed codes live for years, the picture must not change by itself
    qr = models.TextField(_("QR code"), blank=True)
    qr_link = models.CharField(_("link"), max_length=300, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("touchpoint")
        verbose_name_plural = _("touchpoints")

    def __str__(self):
        return self.name


class TouchpointVisit(models.Model):
    """Somebody opened the page: one row for a browser and a stretch of time. A note, like a click in a mail."""

    touchpoint = models.ForeignKey(
        Touchpoint, models.CASCADE, verbose_name=_("touchpoint"), db_index=False, related_name="visits"
    )
    key = models.CharField(max_length=80)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("visit to a touchpoint")
        verbose_name_plural = _("visits to touchpoints")
        constraints = [models.UniqueConstraint(fields=["touchpoint", "key"], name="one_visit_per_stretch")]
        # the map's question: how many in these weeks
        indexes = [models.Index(fields=["touchpoint", "at"], name="visit_period")]

    def __str__(self):
        return f"{self.touchpoint_id} {self.at:%Y-%m-%d %H:%M}"


class TouchpointAnswer(models.Model):
    """One answer; the same browser's next one within the stretch of time replaces it."""

    touchpoint = models.ForeignKey(
        Touchpoint, models.CASCADE, verbose_name=_("touchpoint"), db_index=False, related_name="answers"
    )
    # a keyed hash of the browser's cookie, or of its address and name for this day; never the thing itself
    visitor = models.CharField(_("browser"), max_length=32)
    score = models.PositiveSmallIntegerField(_("score"))
    comment = models.TextField(_("comment"), blank=True)
    language = models.CharField(_("language"), max_length=5)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer at a touchpoint")
        verbose_name_plural = _("answers at touchpoints")
        indexes = [
            # the map and the point's own page: these weeks, newest first
            models.Index(fields=["touchpoint", "-at", "-id"], name="answer_period"),
            # has this browser answered lately?
            models.Index(fields=["touchpoint", "visitor", "-at"], name="answer_visitor"),
        ]

    def __str__(self):
        return f"{self.score} ({self.touchpoint_id})"
