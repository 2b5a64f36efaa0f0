"""``manage.py connect``: an address to give away, a secret told once, a store to sell from."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from events import inbox
from events.connections import GRACE
from events.models import Connection
from orders.models import Store

pytestmark = pytest.mark.django_db


def connect(capsys, *words):
    call_command("connect", *words)
    return dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())


def test_a_new_shop_gets_an_address_a_secret_and_a_store_that_speaks_ukrainian(capsys, settings):
    settings.PUBLIC_URL = "https://care.example"

    said = connect(capsys, "shopify", "hlyna-i-svitlo")

    assert said["address"] == "https://care.example/in/shopify/hlyna-i-svitlo/"
    assert said["store"] == "Hlyna I Svitlo (UA, UAH, uk)"
    assert [s["secret"] for s in Connection.objects.get().secrets] == [said["secret"]]
    assert Store.objects.get().connection == Connection.objects.get()


def test_a_secret_that_was_given_is_not_repeated_on_the_screen(capsys):
    said = connect(capsys, "shopify", "lavka", "--secret", "hush")

    assert "secret" not in said
    assert inbox.live_secrets(Connection.objects.get(), timezone.now()) == ["hush"]


def test_connecting_again_changes_nothing_and_a_new_secret_leaves_the_old_one_for_a_while(capsys):
    connect(capsys, "shopify", "lavka", "--secret", "old")
    connect(capsys, "shopify", "lavka")
    connect(capsys, "shopify", "lavka", "--secret", "new")

    connection = Connection.objects.get()
    assert inbox.live_secrets(connection, timezone.now()) == ["new", "old"]
    assert inbox.live_secrets(connection, timezone.now() + GRACE) == ["new"]
    assert Store.objects.count() == 1


def test_going_back_to_the_old_secret_makes_it_the_one_that_stays(capsys):
    for secret in ("old", "new", "old"):
        connect(capsys, "shopify", "lavka", "--secret", secret)

    secrets = Connection.objects.get().secrets
    assert [(s["secret"], s["until"] is None) for s in secrets] == [("old", True), ("new", False)]


def test_a_polish_shop_is_given_its_own_clock(capsys):
    connect(capsys, "woocommerce", "sklep", "--country", "PL", "--currency", "PLN")

    store = Store.objects.get()
    assert (store.time_zone, store.language, store.currency) == ("Europe/Warsaw", "en", "PLN")


def test_a_carrier_needs_no_store(capsys):
    said = connect(capsys, "easypost", "parcels", "--token", "EZAK123")

    assert (Connection.objects.get().token, Store.objects.count()) == ("EZAK123", 0)
    assert "store" not in said


def test_a_source_that_nobody_reads_is_a_sentence():
    with pytest.raises(CommandError) as refusal:
        call_command("connect", "etsy", "lavka")

    assert str(refusal.value).startswith("Nobody here reads etsy. Known: 17track, aftership, cdek, easypost, ")
    assert not Connection.objects.exists()


def test_a_store_keeps_its_connection(capsys):
    connect(capsys, "shopify", "lavka")

    with pytest.raises(CommandError, match="The store lavka has another connection already"):
        call_command("connect", "woocommerce", "lavka")


def test_a_source_that_is_only_asked_gets_a_key_and_no_secret(capsys):
    said = connect(capsys, "horoshop", "lavka", "--token", "login:password", "--url", "https://lavka.example")

    assert said.keys() == {"store", "asked"}
    connection = Connection.objects.get()
    assert (connection.secrets, connection.token, connection.store.url) == (
        [],
        "login:password",
        "https://lavka.example",
    )
