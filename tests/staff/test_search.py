"""The search box of the header."""

import pytest
from django.urls import reverse

from tests.builders import room


@pytest.fixture
def agent(client, store):
    client.force_login(room.person("agent"))
    return client


def test_an_order_number_opens_the_order_at_once(agent, store):
    many = room.orders(store, 3)

    answer = agent.get(reverse("staff-find"), {"q": "1002"})

    assert answer["Location"] == reverse("admin:orders_order_change", args=[many[1].pk])


def test_a_tracking_number_opens_the_parcel(agent, store):
    [shipment] = room.parcels(room.orders(store, 1))

    answer = agent.get(reverse("staff-find"), {"q": "2045 0000 0000 00"})

    assert answer["Location"] == reverse("admin:tracking_shipment_change", args=[shipment.pk])


def test_an_address_finds_orders_and_customer_in_groups(agent, store):
    room.orders(store, 3)

    body = agent.get(reverse("staff-find"), {"q": "buyer1@example.com"}).content.decode()

    assert "#1002 · Olena" in body
    assert "Olena No1" in body


def test_nothing_is_found_politely(agent):
    assert "Nothing found." in agent.get(reverse("staff-find"), {"q": "9999"}).content.decode()


@pytest.mark.parametrize("typed", ["", "x", "\x00\x00", "%", "a" * 5000, "' OR 1=1 --"])
def test_odd_input_is_no_error(agent, typed):
    assert agent.get(reverse("staff-find"), {"q": typed}).status_code == 200
