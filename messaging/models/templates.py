"""Templates, their versions, and what each says in one language."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.channels import Channel


class Template(models.Model):
    """A mail people edit. What is sent is its newest published version, chosen when the message is rendered."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    purpose = models.ForeignKey("customers.Purpose", models.PROTECT, verbose_name=_("purpose"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    # The next channel: where this one was refused, cannot reach the person or stayed unread, that one follows.
    instead = models.ForeignKey(
        "self", models.SET_NULL, verbose_name=_("then by"), null=True, blank=True, related_name="+"
    )
    instead_after_hours = models.PositiveSmallIntegerField(_("if unread for so many hours"), default=24)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        # no "template" in the codename: marketers have messaging.*_template*, and this is for those above them
        permissions = [("approve_mail", "Can approve mails")]

    def __str__(self):
        return self.name


class TemplateVersion(models.Model):
    """One state of a template: a draft, perhaps under review, then published; published ones never change.

    So an old message can always be explained. The newest published version is what is sent.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("waits for approval")
        PUBLISHED = "published", _("published")

    template = models.ForeignKey(
        Template, models.CASCADE, verbose_name=_("template"), related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PUBLISHED)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    created_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("written by"), null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("approved by"), null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    # How often the draft was saved: whoever saves says which state he began with, and the second of two is told.
    saves = models.PositiveIntegerField(_("how often it was saved"), default=0)
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    changed_by = models.ForeignKey(
        "staff.User", models.SET_NULL, verbose_name=_("changed by"), null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_template_version_per_number")]

    def __str__(self):
        return f"{self.template} {self.number}"


class TemplateContent(models.Model):
    """What a version says in one language: the author's MJML, and the HTML it was compiled to when published."""

    version = models.ForeignKey(
        TemplateVersion, models.CASCADE, verbose_name=_("version"), related_name="contents", db_index=False
    )
    language = models.CharField(_("language"), max_length=5)
    subject = models.CharField(_("subject"), max_length=300)
    preheader = models.CharField(_("preview line"), max_length=300, blank=True)
    # The mail is an ordered list of blocks [{"block": "text", …fields}], or, where that is null, raw MJML.
    blocks = models.JSONField(_("blocks"), null=True, blank=True)
    mjml = models.TextField(_("mail (MJML and Liquid)"), blank=True)
    text = models.TextField(_("plain text"), blank=True)
    # The blocks that the raw MJML was made of: the way back, as long as nobody has changed it.
    made_of = models.JSONField(_("blocks that the MJML was made of"), null=True, blank=True)
    # What the four sources were compiled to when the version was published.
    html = models.TextField(_("compiled mail"), blank=True, editable=False)
    compiled_text = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("content")
        verbose_name_plural = _("contents")
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="one_content_per_language")]

    def __str__(self):
        return f"{self.version} {self.language}"

    @property
    def sources(self) -> tuple[str, ...]:
        """What is filled in."""
        return self.subject, self.preheader, self.html, self.compiled_text
