"""Users, API tokens, jobs."""

import hashlib

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shelf.reasons import say


class Users(BaseUserManager["User"]):
    """Creates users by e-mail; Django's own commands ask for these two."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the shop. Signs in by e-mail; reads the admin in a language of his own."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=True)
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)

    objects = Users()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self):
        return self.name or self.email

    def get_full_name(self):
        return self.name or self.email

    def get_short_name(self):
        return self.name.partition(" ")[0] or self.email


class ApiToken(models.Model):
    """A bearer token for programs. Only its hash is kept; the first eight characters help to find it again."""

    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("begins with"), max_length=8)
    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("acts as"), related_name="tokens")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self):
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()


class Job(models.Model):
    """Long work a person started: how far it is, what was refused and why, and a way to stop it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=60)
    title = models.CharField(_("title"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    dry_run = models.BooleanField(_("dry run"), default=False)
    total = models.PositiveIntegerField(_("total"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    options = models.JSONField(_("options"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, verbose_name=_("started by"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    cancel_requested_at = models.DateTimeField(_("cancel requested at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [models.Index(fields=["-created_at", "-id"], name="job_newest")]

    def __str__(self):
        return self.title or self.kind

    @property
    def percent(self) -> int:
        return round(100 * (self.done + self.refused) / self.total) if self.total else 0


class RefusedRow(models.Model):
    """One row of a job's input that was not taken, with the reason and the row itself."""

    job = models.ForeignKey(Job, models.CASCADE, verbose_name=_("job"), related_name="refused_rows", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    reason = models.TextField(_("reason"))
    reason_values = models.JSONField(default=dict, blank=True)
    row = models.JSONField(_("row"), default=dict)

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        indexes = [models.Index(fields=["job", "line"], name="refused_by_line")]

    def __str__(self):
        return f"{self.line}: {self.why}"

    @property
    def why(self) -> str:
        return say(self.reason, self.reason_values)
