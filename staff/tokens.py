"""Bearer tokens of the API: made once, shown once, kept as a hash."""

import secrets
from datetime import timedelta

from django.utils import timezone
from rest_framework import authentication, exceptions, permissions

from staff.models import ApiToken, User

REMEMBER = timedelta(minutes=5)  # last_used_at is a hint for people; writing it on every request would be waste


def make_token(user: User, name: str) -> str:
    """A new token, in plain text for the only time."""
    token = secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, name=name, prefix=token[:8], digest=ApiToken.digest_of(token))
    return token


class BearerToken(authentication.BaseAuthentication):
    """``Authorization: Bearer <token>``. Unknown, expired and inactive look alike."""

    def authenticate(self, request):
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            return None
        token = ApiToken.objects.select_related("user").filter(digest=ApiToken.digest_of(value.strip())).first()
        now = timezone.now()
        if token is None or not token.user.is_active or (token.expires_at and token.expires_at <= now):
            raise exceptions.AuthenticationFailed("This token is not valid.")
        if token.last_used_at is None or now - token.last_used_at > REMEMBER:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request):
        return "Bearer"


class MayDo(permissions.DjangoModelPermissions):
    """What the token's user may do, by the model's own permissions; looking needs ``view``."""

    perms_map = {
        **permissions.DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
    }
