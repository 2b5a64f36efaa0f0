"""Who may do what."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from staff.models import User
from staff.roles import sync_roles
from tests.builders import room


def test_a_stranger_is_sent_to_sign_in(client, db):
    answer = client.get(reverse("admin:orders_order_changelist"), follow=True)

    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_a_stranger_cannot_search(client, db):
    assert client.get(reverse("staff-find"), {"q": "1001"}).status_code == 302


@pytest.mark.parametrize(
    ("role", "name", "answer"),
    [
        ("agent", "orders_order", 200),
        ("agent", "messaging_message", 200),
        ("agent", "events_receipt", 200),
        ("agent", "events_connection", 403),
        ("agent", "staff_user", 403),
        ("agent", "staff_apitoken", 403),
        ("marketer", "campaigns_journey", 200),
        ("marketer", "events_receipt", 403),
        ("manager", "events_connection", 200),
        ("manager", "staff_user", 200),
        ("owner", "staff_apitoken", 200),
    ],
)
def test_a_role_opens_what_is_its_own(client, db, role, name, answer):
    client.force_login(room.person(role))

    assert client.get(reverse(f"admin:{name}_changelist")).status_code == answer


def test_an_agent_may_look_at_a_receipt_but_not_replay_it(client, store):
    [receipt] = room.receipts(store, room.orders(store, 1), state="parked")
    client.force_login(room.person("agent"))

    answer = client.post(reverse("admin:events_receipt_change", args=[receipt.pk]), {"deed": "replay"})

    receipt.refresh_from_db()
    assert answer.status_code == 403
    assert receipt.state == "parked"


def test_nobody_deletes_or_edits_what_happened(rf, db):
    request = rf.get("/")
    request.user = User.objects.create_superuser("root@shop.example", room.PASSWORD)

    for model, page in admin.site._registry.items():
        if model._meta.label in ("orders.Order", "events.Event", "events.Receipt", "messaging.Message"):
            assert not page.has_add_permission(request)
            assert not page.has_change_permission(request)
            assert not page.has_delete_permission(request)


def test_roles_get_exactly_what_the_table_says(db):
    sync_roles({"agent": ("orders.view_*",)})

    names = Group.objects.get(name="agent").permissions.values_list("codename", flat=True)
    nouns = {model._meta.model_name for model in apps.get_app_config("orders").get_models()}
    assert set(names) == {f"view_{noun}" for noun in nouns}


def test_a_manager_cannot_touch_a_superuser(client, db):
    root = User.objects.create_superuser("root@shop.example", room.PASSWORD)
    client.force_login(room.person("owner"))

    client.post(reverse("admin:staff_user_change", args=[root.pk]), {"email": "mine@shop.example"})

    root.refresh_from_db()
    assert root.email == "root@shop.example"


@pytest.mark.parametrize("role", ["manager", "agent", "marketer"])
def test_the_menu_shows_only_what_one_may_open(client, db, role):
    client.force_login(room.person(role))

    links = set(re.findall(r'<a [^>]*href="(/[^"]*)"', client.get("/admin/").content.decode()))

    assert len(links) > 5
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    assert reverse("admin:campaigns_journey_changelist") in links
    assert (reverse("admin:events_connection_changelist") in links) == (role == "manager")
