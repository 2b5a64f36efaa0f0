"""Where the demo is refused; a file of its own, for the tests of the whole demo have it there from first to last."""

import io

import pytest
from django.core.management import CommandError, call_command

from orders.models import Order

pytestmark = pytest.mark.django_db


def test_it_is_refused_where_mail_would_leave_the_house(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:2525"

    with pytest.raises(CommandError, match="EMAIL_URL is set"):
        call_command("load_demo")

    assert not Order.objects.exists()


def test_an_installation_that_sends_mail_starts_without_the_demo(settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:2525"
    said = io.StringIO()

    call_command("prepare", stdout=said)

    assert "no demo shop: EMAIL_URL is set" in said.getvalue()
