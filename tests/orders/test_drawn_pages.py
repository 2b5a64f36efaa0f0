"""A page is kept as it was drawn; whatever it shows may change at any moment, and then the next look shows it."""

from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from customers.actions import close_matters, open_matters
from orders import links
from orders.actions import report_fulfilments, save_orders
from orders.drawn_pages import forget_drawn
from orders.models import (
    DrawnPage,
    Order,
    OrderPage,
    Product,
    ProductLink,
    SelfServicePolicy,
    Seller,
    Store,
    Storefront,
)  # fmt: skip
from orders.page_blocks import write_blocks
from orders.stores.seen import AddressSeen, FulfilmentSeen
from orders.verifying import remember_verified
from tests.builders.door import line_seen, order_seen
from tests.builders.journeys import answered
from tracking.actions import save_parcels
from tracking.carriers.seen import CheckpointSeen, ParcelSeen

pytestmark = pytest.mark.django_db

NUMBER = "20450000000001"


@pytest.fixture
def order(store):
    """Yesterday's order, whose parcel is expected today."""
    at = timezone.now() - timedelta(days=1)
    address = AddressSeen(name="Олена Коваленко", line1="вул. Хрещатик 22", city="Київ", country="UA")
    order = save_orders(store, [order_seen(at=at, lines=(line_seen("Чайник"),), address=address)])[0].order
    report_fulfilments(store, [FulfilmentSeen("1042", "f1", at, at, numbers=(NUMBER,))])
    answered()
    scanned(at, "in_transit")
    return order


def scanned(at, milestone):
    today = timezone.localdate()
    save_parcels(
        [(ParcelSeen(NUMBER, "nova_poshta", (CheckpointSeen(at, milestone, city="Львів"),), today), at)], "toy", at
    )


def path(url):
    return url.partition("8000")[2]


def seen(client, order, url=links.status_url):
    answer = client.get(path(url(order)))
    assert answer.status_code == 200
    return answer.content.decode()


def drawn_anew(order, url=links.status_url):
    DrawnPage.objects.all().delete()
    return seen(Client(), order, url)


# --- Whatever changes, the next look shows it -----------------------------------------------------------------------


def link(order, **fields):
    [kettle] = Product.objects.all()
    return ProductLink.objects.create(product=kettle, title="Підставка", url="https://lavka.example/1", **fields)


def settings_of(model, order, **fields):
    model.objects.update_or_create(store=order.store, defaults=fields)


CHANGES = {
    "the parcel is there": lambda order: scanned(timezone.now(), "delivered"),
    "the shop changed the order": lambda order: save_orders(
        order.store, [order_seen(at=timezone.now(), lines=(line_seen("Чашка"),))]
    ),
    "another app's block": lambda order: write_blocks("review", {order.pk: {"submitted": True, "request": 1}}),
    "a block without a word of the version": lambda order: OrderPage.objects.update(
        blocks={**OrderPage.objects.get().blocks, "review": {"submitted": False, "request": 1}}
    ),
    "the store's name": lambda order: Store.objects.update(name="Крамниця"),
    "the store's colour": lambda order: Store.objects.update(accent="#123456"),
    "a link came": lambda order: link(order),
    "links came at once": lambda order: ProductLink.objects.bulk_create([ProductLink(
        product=Product.objects.get(), title=f"Річ {n}", url="https://lavka.example/2") for n in range(2)]),
    "a seller": lambda order: settings_of(Seller, order, legal_name="ФОП Лавка"),
    "the shop's cart": lambda order: settings_of(Storefront, order, again_url="https://lavka.example/{items}"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_after_a_change_the_page_is_as_if_it_was_drawn_anew(client, order, name):
    before = seen(client, order)
    assert seen(client, order) == before

    CHANGES[name](order)
    after = seen(client, order)

    assert after != before
    assert after == drawn_anew(order)


def test_a_policy_and_a_link_that_go_again_leave_no_trace(client, store):
    order = save_orders(store, [order_seen(address=AddressSeen(line1="вул. Хрещатик 22", city="Київ"))])[0].order
    before = seen(client, order)
    link(order)
    policy = SelfServicePolicy.objects.create(store=store, cancel="off", change="off")

    between = seen(client, order)
    ProductLink.objects.all().delete()
    policy.delete()

    assert ("cancel/" in before, "cancel/" in between, "Підставка" in between) == (True, False, True)
    assert seen(client, order) == before


def test_nothing_is_offered_from_the_moment_that_something_is_unsettled_until_it_is_settled(client, order):
    link(order)
    offered = "Підставка" in seen(client, order)
    open_matters("ticket", {("ticket", 1): order.customer_id}, timezone.now())

    while_open = "Підставка" in seen(client, order)
    close_matters("ticket", [("ticket", 1)], timezone.now())

    assert (offered, while_open, "Підставка" in seen(client, order)) == (True, False, True)


def test_a_parcel_is_late_from_the_first_minute_of_the_stores_next_day(client, order):
    OrderPage.objects.update(blocks=blocks_with(order, late_after=timezone.localdate().isoformat()))
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)

    with time_machine.travel(midnight - timedelta(seconds=1), tick=False):
        before = seen(client, order)
    with time_machine.travel(midnight, tick=False):
        after = seen(client, order)
        assert after == drawn_anew(order)

    assert after != before


def blocks_with(order, **fields):
    blocks = OrderPage.objects.get(order=order).blocks
    return {**blocks, "parcels": [{**parcel, **fields} for parcel in blocks["parcels"]]}


def test_a_change_that_was_rolled_back_shows_nowhere_and_keeps_the_page(client, order):
    from django.db import transaction

    before = seen(client, order)
    with transaction.atomic():
        Store.objects.update(name="Крамниця")
        write_blocks("review", {order.pk: {"submitted": True, "request": 1}})
        transaction.set_rollback(True)

    assert seen(client, order) == before


def test_a_page_that_was_drawn_while_the_data_changed_is_not_taken_for_the_new_one(client, order):
    seen(client, order)
    old = DrawnPage.objects.get()
    scanned(timezone.now(), "delivered")
    new = seen(client, order)
    DrawnPage.objects.update(stamp=old.stamp, html=old.html)  # a slow process writes last

    assert seen(client, order) == new


def test_another_state_of_the_program_draws_anew(client, order, monkeypatch):
    before = seen(client, order)
    DrawnPage.objects.update(html="what an older release drew")
    monkeypatch.setattr("orders.drawn_pages.program", lambda: "the next release")

    assert seen(client, order) == before


# --- Whose page it is -----------------------------------------------------------------------------------------------


def test_a_look_leaves_no_cookie_for_the_page_holds_no_form(client, order):
    for url in (links.status_url, links.stub_url) * 2:
        answer = client.get(path(url(order)))

        assert not answer.cookies
        assert "<form" not in answer.content.decode()


def test_what_a_verified_visitor_sees_is_kept_nowhere_and_shown_to_nobody_else(client, order):
    view = seen(client, order)
    proof = HttpResponse()
    remember_verified(proof, order)
    client.cookies.update(proof.cookies)

    whole = seen(client, order)

    assert ("Хрещатик" in whole, "Хрещатик" in view) == (True, False)
    assert not DrawnPage.objects.filter(html__contains="Хрещатик").exists()
    assert seen(Client(), order) == view


def test_a_kept_stub_and_a_kept_page_never_stand_for_each_other(client, order):
    for _ in range(2):
        stub, page = seen(client, order, links.stub_url), seen(client, order)

        assert ("Чайник" in page, NUMBER in page, "Чайник" in stub, NUMBER in stub) == (True, True, False, False)


def test_a_kept_page_opens_by_no_link_that_was_withdrawn_or_ended(client, order):
    address = path(links.status_url(order))
    seen(client, order)

    with time_machine.travel(timezone.now() + timedelta(days=181)):
        ended = client.get(address).status_code
    Order.objects.update(link_version=2)

    assert (ended, client.get(address).status_code) == (404, 404)


def test_each_language_is_kept_apart_and_the_answer_says_which_it_is(client, order):
    found = []
    for _ in range(2):
        answers = [client.get(path(links.status_url(order)), {"lang": asked}) for asked in ("", "ru", "en", "pl")]
        found.append([answer.headers["Content-Language"] for answer in answers])

    assert found == [["uk", "ru", "en", "uk"]] * 2
    assert all(f'<html lang="{page.language}"' in page.html for page in DrawnPage.objects.all())
    assert set(DrawnPage.objects.values_list("asked", "language")) == {("", "uk"), ("ru", "ru"), ("en", "en")}


def test_an_address_with_more_in_it_is_drawn_each_time(client, order):
    address = path(links.status_url(order))

    page = client.get(address, {"lang": "ru", "utm_source": "a"}).content.decode()

    assert "?lang=uk&amp;utm_source=a" in page
    assert not DrawnPage.objects.exists()


def test_no_page_says_the_token_that_opened_it(client, order):
    token = path(links.status_url(order)).split("/")[2]

    seen(client, order)

    assert token not in DrawnPage.objects.get().html


# --- What is let go -------------------------------------------------------------------------------------------------


def test_pages_of_yesterday_are_let_go(client, order):
    seen(client, order)
    seen(client, order, links.stub_url)
    DrawnPage.objects.filter(tier="stub").update(drawn_at=timezone.now() - timedelta(days=1, seconds=1))

    assert (forget_drawn(), forget_drawn()) == (1, 0)
    assert [page.tier for page in DrawnPage.objects.all()] == ["view"]
