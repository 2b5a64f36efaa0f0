"""Every page on a phone, in Ukrainian, whose words are the longest: nothing stands out to the right, everything has a
name, and (the fixture ``visit`` looks) the console is silent and no rule of the content security policy is broken.

Pages of the admin are found by their addresses, so that a new one is here by itself.
"""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.text import slugify

from campaigns import mailing
from campaigns.models import Touchpoint
from customers.models import Identifier
from events.clocks import tick
from feedback.links import review_url
from feedback.models import Request
from loyalty.actions import give_goodwill, redeem
from loyalty.models import Pool
from messaging.actions.signing_up import SignUp, sign_up
from messaging.links import confirm_url, preferences_url, unsubscribe_url
from messaging.models import LocalMail, Message
from orders.account import account_url
from orders.links import status_url, stub_url
from orders.models import Order
from staff.models import User
from tests.browser import scenes
from tests.browser.conftest import PHONE
from tests.builders import loyalty
from tests.builders.campaigns import campaign, look, shop_is_online
from tests.builders.mailings import buyers
from tests.builders.room import person
from tests.builders.touchpoints import path, told, touchpoint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG_NAME = "Передноворічний розпродаж найпопулярніших подарунків"
NOT_PAGES = ("history", "jsi18n", "autocomplete", "logout", "view_on_site")
ABOUT_ONESELF = (
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
)
# What stands in an address beside the number of the thing.
WORDS = {"language": "uk", "number": 1, "name": "order"}


@pytest.fixture
def house(store, journeys, monkeypatch):
    """Something of everything: orders, parcels, mails, a review, a touchpoint, a campaign that has gone out."""
    shop_is_online(monkeypatch)
    store.url = "https://lavka.example"
    store.save()
    scenes.placed(store, today=True)
    scenes.of_twelve_long_things(store)
    scenes.with_two_parcels(store)
    scenes.asked_for_review(scenes.delivered(store))
    loyalty.programme(cancel_pool=loyalty.pool())
    order = Order.objects.get(number="#1042")
    give_goodwill(order.customer_id, 150, LONG_NAME, person("owner", "petro@lavka.example"), "gift", timezone.now())
    redeem(order.customer_id, Pool.objects.get(), "redeem", timezone.now())
    point = touchpoint(store, name=LONG_NAME)
    told(point, timezone.now(), 3, 5, 1)
    buyers(store, 5)
    mailing.send(look(campaign(store, name=LONG_NAME)), None, timezone.now() - timedelta(hours=1))
    tick()
    return store


def test_no_page_of_the_admin_is_wider_than_a_phone(visit, house):
    owner = person("owner", "hanna@lavka.example")
    User.objects.filter(pk=owner.pk).update(language="uk")
    window = visit(PHONE, visit.cookies_of(owner), locale="uk")
    addresses = [*pages_of_the_admin(owner), "/mailbox/", f"/mailbox/{LocalMail.objects.latest('pk').pk}/"]

    wrong = {address: complaints(window, address) for address in addresses}

    assert len(addresses) > 80
    assert json.dumps({k: v for k, v in wrong.items() if v}, indent=1, ensure_ascii=False) == "{}"


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_no_page_of_customers_is_wider_than_a_phone(visit, house, language):
    window = visit(PHONE, locale=language)

    wrong = {address: complaints(window, address) for address in pages_of_customers(house, language)}

    assert json.dumps({k: v for k, v in wrong.items() if v}, indent=1, ensure_ascii=False) == "{}"


def complaints(window, address: str) -> list[str]:
    page = window.open(address)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder, f"phone{slugify(address.replace('/', '-'))[:60]}.png"), full_page=True)
    return [line for probe in ("wide", "unnamed") for line in window.ask(probe)]


def pages_of_the_admin(owner: User) -> list[str]:
    """What an owner may open: of each kind of thing its newest."""
    client = Client()
    client.force_login(owner)
    addresses = dict.fromkeys([*addresses_of(), *reports(), *ABOUT_ONESELF])
    answers = {address: client.get(address) for address in addresses}
    return [
        address
        for address, answer in answers.items()
        if answer.status_code == 200 and b"<main" in b"".join(getattr(answer, "streaming_content", [answer.content]))
    ]


def addresses_of(patterns=None) -> Iterator[str]:
    """Every address of the admin, its gaps filled with the newest thing of its kind."""
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            yield from addresses_of(pattern.url_patterns)
        elif pattern.name and not pattern.name.endswith(NOT_PAGES):
            try:
                yield reverse(f"admin:{pattern.name}", kwargs=filled(pattern))
            except NoReverseMatch:
                continue  # a gap that nobody fills here: a file, a preview of somebody else's making


def reports() -> list[str]:
    of = {"journey-report": newest("campaigns_journey_"), "campaign-report": newest("campaigns_campaign_")}
    return [reverse(name, args=[pk]) for name, pk in of.items()]


def filled(pattern) -> dict:
    """``app_model_page`` is the name of an address; what its number means is the app's model."""
    gaps = pattern.pattern.regex.groupindex
    values = WORDS | dict.fromkeys(("pk", "object_id"), newest(pattern.name))
    return {gap: values[gap] for gap in gaps if values.get(gap) is not None}


def newest(name: str) -> int | str | None:
    for model in admin.site._registry:
        if name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_"):
            return model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    return None


def pages_of_customers(store, language: str) -> list[str]:
    [request] = Request.objects.all()
    asked = Message.objects.filter(purpose="marketing").latest("pk")
    now = timezone.now()
    [line] = sign_up(
        SignUp("petro@example.com", ["marketing"], "UA", language, "form", evidence={"store": store.slug}), now
    )
    point = Touchpoint.objects.get()
    orders = Order.objects.filter(number__in=("#1042", "#1043", "#1046", "#1048"))
    addresses = [
        *("/", "/o/find/", "/me/", account_url(Identifier.objects.get(kind="email", value="olena@example.com"))),
        *("/accounts/login/", "/accounts/password/reset/"),
        *(status_url(order) for order in orders),
        stub_url(orders[0]),
        review_url(request),
        f"{review_url(request)}?stars=2",
        unsubscribe_url(asked),
        preferences_url(asked),
        confirm_url(line),
        path(point),
        f"{path(point)}?thanks=1",
    ]
    return [f"{address}{'&' if '?' in address else '?'}lang={language}" for address in addresses]
