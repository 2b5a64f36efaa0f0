"""Fixtures of the whole suite: a store with its connection, the preset journeys, the people of our stories."""

import os
from functools import cache
from pathlib import Path
from random import Random

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from config.testing import SEED_NAME, has_seed
from events import inbox, nudges
from tests import copies
from tests.emptying import empty_quickly

HERE = Path(__file__).parent
SECRET = "shop-secret"


def pytest_configure():
    """A password costs a third of a second by design; not in tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A busy machine draws its examples slowly; that says nothing of the code.
    slow_is_fine = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
    hypothesis.settings.register_profile("aftercare", **slow_is_fine)
    hypothesis.settings.load_profile("aftercare")


SLOW = ("test_real_processes.py", "stack", "browser")


def pytest_collection_modifyitems(items):
    """The slow ones first: otherwise one worker is still in a browser when the others have long ended.

    ``ORDER=7 make test`` shuffles files, and the tests in each, by that seed: no test may lean on an earlier one.
    """
    if seed := os.environ.get("ORDER"):
        random = Random(int(seed))
        places = {item.path: random.random() for item in items}
        items.sort(key=lambda item: (places[item.path], random.random()))
        return
    items.sort(key=lambda item: SLOW.index(place) if (place := _place(item)) in SLOW else len(SLOW))


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0] if item.path.is_relative_to(HERE) else ""


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    if has_seed():
        connection.settings_dict["TEST"]["TEMPLATE"] = SEED_NAME


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After a test with real transactions, whatever test is next finds what migrations wrote."""
    with django_db_blocker.unblock():
        empty_quickly()


@pytest.fixture(autouse=True)
def nobody_is_woken():
    """Tests run the clocks by hand; the tests with real processes start real workers."""
    nudges.publish_with(None)
    inbox.forget_connections()


@pytest.fixture(autouse=True)
def no_link_is_remembered():
    """Rows of links go with the test that made them."""
    from campaigns.actions import plans
    from messaging.actions import clicks, contents

    clicks.forget()
    contents.forget()
    plans.forget()


@pytest.fixture(autouse=True)
def cards_are_counted_at_once(monkeypatch):
    """No page and no key of another test; no view waits for a second."""
    from vcards import pages, tally, visitors

    pages.forget()
    visitors.forget()
    monkeypatch.setattr(tally, "PAUSE", 0.0)


@pytest.fixture(autouse=True)
def nobody_has_spoken():
    """A page opened by an earlier test leaves its language in this thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def nobody_sleeps(request, monkeypatch):
    """The suite runs at night too; the tests of the quiet hours say that they mean them."""
    if "night" not in request.keywords:
        monkeypatch.setattr("messaging.gate.quiet.windows", dict)


@pytest.fixture
def store(db):
    """A Ukrainian store that is connected by Shopify."""
    from messaging.models import Sender
    from orders.models import Store

    return Store.objects.create(
        slug="lavka",
        name="Лавка",
        connection=connect("shopify", "lavka"),
        country="UA",
        currency="UAH",
        time_zone="Europe/Kyiv",
        language="uk",
        languages=["uk", "en", "ru"],
        sender=Sender.objects.create(slug="lavka", address="hello@lavka.example"),
        support_email="help@lavka.example",
    )


def connect(source, slug, secret=SECRET):
    from events.models import Connection

    return Connection.objects.create(
        source=source, slug=slug, secrets=[{"secret": secret, "added_at": "2026-01-01T00:00:00+00:00", "until": None}]
    )


@pytest.fixture(autouse=True, scope="session")
def presets_are_compiled_once():
    """A thousand tests load the same mails: MJML takes a tenth of a second for each."""
    from campaigns.actions import presets as journeys
    from messaging import presets
    from messaging.actions import templates as actions

    actions.read_presets = cache(actions.read_presets)
    journeys.read_presets = cache(journeys.read_presets)
    presets.compile_content = once_for_each(presets.compile_content)
    actions.compile_limited = once_for_each(actions.compile_limited)
    actions.check_limited = once_for_each(actions.check_limited)


def once_for_each(function):
    known = {}

    def remembered(subject, preheader, mjml, text, *rest):
        key = (subject, preheader, mjml, text)
        if key not in known:
            known[key] = function(*key, *rest)
        return known[key]

    return remembered


# Thirty mails more would be two hundred statements in every test.
MAILS = (
    "confirm_subscription",
    "account_link",
    "news",
    "order_confirmation",
    "order_link",
    "page_code",
    "review_request",
    "shipping_update",
    "thank_you",
)


@pytest.fixture
def journeys(db):
    """The mails and journeys of the main job; ``every_journey`` has all of them."""
    from campaigns.actions import load_preset_journeys
    from messaging.actions import load_preset_mails

    def write():
        load_preset_mails(MAILS)
        load_preset_journeys(("order_confirmation", "review_request", "shipping_update"))

    copies.once("main job", write)


@pytest.fixture
def every_journey(db):
    """The preset mails and journeys, as every installation has them."""
    from campaigns.actions import load_preset_journeys
    from messaging.actions import load_preset_mails

    def write():
        load_preset_mails()
        load_preset_journeys()

    copies.once("everything", write)
