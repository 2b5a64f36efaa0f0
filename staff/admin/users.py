"""People of the shop, their roles, and tokens for programs."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from staff.display import pill, when
from staff.lists import Room
from staff.models import ApiToken, User
from staff.tokens import make_token

ROLE_NAMES = {
    "owner": _("owner: everything"),
    "manager": _("manager: everything but people and tokens"),
    "agent": _("agent: orders, customers, messages"),
    "marketer": _("marketer: journeys, templates, reviews"),
}


class RoleChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj):
        return ROLE_NAMES.get(obj.name, obj.name)


class UserForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("language"), required=False, choices=[("", _("the browser's")), *settings.LANGUAGES]
    )
    groups = RoleChoice(
        label=_("roles"), queryset=Group.objects.order_by("pk"), widget=forms.CheckboxSelectMultiple, required=False
    )

    class Meta:
        model = User
        fields = ("email", "name", "language", "groups", "is_active")

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Somebody has this address already."))
        return email


@admin.register(User)
class Users(Room):
    place = ("shop", 4)
    symbol = "person"
    subject = "user"
    keyset = ("email", "pk")
    form = UserForm
    change_form_template = "admin/staff/user/change_form.html"
    list_display = ("email", "name", "roles", "state", "seen")

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("roles"))
    def roles(self, user):
        names = [group.name for group in user.groups.all()]
        return ", ".join(names) or (gettext("superuser") if user.is_superuser else "–")

    @admin.display(description=_("state"))
    def state(self, user):
        if not user.is_active:
            return pill(str(_("closed")), "plain")
        return pill(str(_("invited")), "wait") if not user.has_usable_password() else pill(str(_("active")), "good")

    @admin.display(description=_("last sign-in"))
    def seen(self, user):
        return when(user.last_login)

    def has_change_permission(self, request, obj=None):
        """Only a superuser may touch a superuser: nobody climbs by editing."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.is_superuser or request.user.is_superuser)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def response_add(self, request, obj, post_url_continue=None):
        self.say_invitation(request, obj)
        return HttpResponseRedirect(reverse("admin:staff_user_change", args=[obj.pk]))

    def response_change(self, request, obj):
        if "_invite" in request.POST:
            self.say_invitation(request, obj)
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    def say_invitation(self, request, user):
        url = request.build_absolute_uri(invitation_path(user))
        said = gettext("Give this link to %(name)s; it sets the password and works for three days:")
        self.message_user(request, format_html("{} <code>{}</code>", said % {"name": user}, url))


def invitation_path(user: User) -> str:
    """Where an invited person chooses a password; PASSWORD_RESET_TIMEOUT says how long."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})


@admin.register(ApiToken)
class Tokens(Room):
    place = ("shop", 5)
    symbol = "key"
    subject = "token"
    list_display = ("name", "begins_with", "user", "state", "used", "made")
    list_select_related = ("user",)
    add_form_template = "admin/change_form.html"
    empty_text = _("No program has a token yet.")

    @admin.display(description=_("begins with"))
    def begins_with(self, token):
        return f"{token.prefix}…"

    @admin.display(description=_("state"))
    def state(self, token):
        ended = token.expires_at and token.expires_at <= timezone.now()
        return pill(str(_("ended")), "plain") if ended else pill(str(_("valid")), "good")

    @admin.display(description=_("last used at"))
    def used(self, token):
        return when(token.last_used_at)

    @admin.display(description=_("created at"))
    def made(self, token):
        return when(token.created_at)

    def get_fields(self, request, obj=None):
        return ("name", "expires_at") if obj else ("name", "user")

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "user":
            rows = User.objects.filter(is_active=True)
            kwargs["queryset"] = rows if request.user.is_superuser else rows.filter(is_superuser=False)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
            return
        secret = make_token(obj.user, obj.name)
        made = ApiToken.objects.get(digest=ApiToken.digest_of(secret))
        obj.pk, obj.prefix, obj.digest, obj.created_at = made.pk, made.prefix, made.digest, made.created_at
        said = gettext("The token, shown this one time:")
        self.message_user(request, format_html("{} <code>{}</code>", said, secret))
