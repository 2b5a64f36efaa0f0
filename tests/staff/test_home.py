"""The first page, and the language it speaks."""

import pytest
from django.urls import reverse
from django.utils import timezone

from staff.home import tiles_for
from staff.models import User
from tests.builders import room


@pytest.fixture
def owner(client, store, journeys):
    client.force_login(room.person("owner"))
    return client


def test_figures_come_from_the_data(owner, store):
    now = timezone.now()
    many = room.orders(store, 3)
    for order in many:
        order.placed_at = now
        order.save()
    room.parcels(many)
    room.receipts(store, many, state="parked")

    tiles = tiles_for(User.objects.get(email="owner@shop.example"), now)

    assert [(tile.title, tile.value) for tile in tiles["trouble"]] == [("Receipts in trouble", "3")]
    found = {tile.title: tile.value for tile in tiles["pulse"]}
    assert found["Orders today"] == "3"
    assert found["Parcels on the way"] == "3"


def test_a_quiet_house_says_so(owner):
    assert "Nothing waits for a person." in owner.get("/admin/").content.decode()


def test_an_agent_sees_no_tile_of_what_he_may_not_open(client, store, journeys):
    user = room.person("marketer")
    room.receipts(store, room.orders(store, 1), state="dead")

    assert tiles_for(user, timezone.now())["trouble"] == []


def test_the_switch_is_remembered_with_the_user(owner):
    owner.post(reverse("set_language"), {"language": "uk", "next": "/admin/"})

    assert User.objects.get(email="owner@shop.example").language == "uk"
    assert owner.get("/admin/")["Content-Language"] == "uk"


def test_without_a_choice_the_browser_decides(owner):
    assert 'lang="ru"' in owner.get("/admin/", headers={"accept-language": "ru"}).content.decode()
