"""The second step of signing in: allauth's pages, in the words and with the rules of this house."""

import re
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin

from tests.builders import room


@pytest.mark.django_db
def test_who_set_a_password_by_the_link_may_turn_the_second_step_on(client):
    ira = room.person("agent", "ira@shop.example")
    client.post("/accounts/password/reset/", {"email": ira.email})
    client.force_login(ira)

    page = "/accounts/2fa/totp/activate/"
    answer = client.post(f"/accounts/reauthenticate/?next={page}", {"password": room.PASSWORD}, follow=True)

    assert answer.redirect_chain == [(page, 302)]


@pytest.mark.django_db
def test_the_list_of_security_keys_opens(client):
    owner = room.person("owner")
    data = {"name": "Blue key", "credential": {}}
    Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data=data)
    client.force_login(owner)

    page = client.get("/accounts/2fa/webauthn/").content.decode()

    assert "Blue key" in page


def test_secrets_of_the_second_step_have_no_page_in_the_admin():
    import_module(settings.ROOT_URLCONF)  # there the list of pages is settled

    names = {model._meta.label for model in admin.site._registry}

    assert not {name for name in names if re.match(r"(mfa|account|auth)\.", name)}
