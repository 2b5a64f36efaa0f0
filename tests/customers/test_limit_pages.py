"""What a merchant sets about asks, advertising and the night."""

import pytest
from django.urls import reverse

from customers.models import Ask, Limit, Purpose, QuietHours
from tests.builders.room import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    client.force_login(person("owner"))
    return client


def change(client, model, pk, **fields):
    return client.post(reverse(f"admin:customers_{model}_change", args=[pk]), fields)


def test_on_by_default(db):
    assert list(Limit.objects.order_by("pk").values_list("pk", "most", "days")) == [("asks", 1, 7), ("marketing", 2, 7)]
    assert list(Ask.objects.order_by("rank", "pk").values_list("pk", flat=True)) == [
        *("recovery", "ces", "csat", "review", "nps", "referral")
    ]
    rules = Purpose.objects.order_by("pk").values_list("pk", "limit", "obeys_quiet_hours", "waits_for_open_matters")
    assert list(rules) == [
        ("account", None, False, False),
        ("loyalty", None, True, True),
        ("marketing", "marketing", True, True),
        ("order_updates", None, False, False),
        ("personal_data", None, False, False),
        ("review_requests", "asks", True, True),
        ("support", None, False, False),
        ("surveys", "asks", True, True),
    ]
    hours = {h.country: f"{h.begins:%H:%M}-{h.ends:%H:%M}" for h in QuietHours.objects.all()}
    assert {hours[c] for c in ("", "UA", "PL", "DE", "KZ", "RU", "GB")} == {"21:00-09:00"}
    assert hours["US"] == "21:00-08:00"


def test_the_limit_the_ranks_and_the_rules_of_a_purpose_are_changed_on_their_pages(owner):
    assert change(owner, "limit", "asks", most=2, days=14).status_code == 302
    assert change(owner, "ask", "nps", rank=1).status_code == 302
    surveys = {"lane": 5, "needs": "no_objection", "when_unknown": "keep", "limit": "", "ask": "csat"}
    assert change(owner, "purpose", "surveys", **surveys).status_code == 302

    assert Limit.objects.filter(pk="asks", most=2, days=14).exists()
    assert Ask.objects.get(pk="nps").rank == 1
    changed = Purpose.objects.get(pk="surveys")
    assert (changed.limit, changed.ask_id, changed.obeys_quiet_hours) == (None, "csat", False)


def test_a_limit_of_none_is_refused(owner):
    page = change(owner, "limit", "asks", most=0, days=7)

    assert page.status_code == 200 and "greater than or equal to 1" in page.content.decode()
    assert Limit.objects.get(pk="asks").most == 1


def test_a_country_gets_hours_of_its_own_and_loses_them(owner):
    add = reverse("admin:customers_quiethours_add")
    owner.post(add, {"country": "fr", "begins": "20:00", "ends": "10:00"})
    made = QuietHours.objects.get(country="FR")
    refused = owner.post(add, {"country": "1!", "begins": "20:00", "ends": "10:00"})
    owner.post(reverse("admin:customers_quiethours_delete", args=[made.pk]), {"post": "yes"})

    assert "Two letters, such as UA or PL." in refused.content.decode()
    assert not QuietHours.objects.filter(country__in=["FR", "1!"]).exists()


def test_the_hours_of_everywhere_else_stay(owner):
    everywhere = QuietHours.objects.get(country="")

    assert owner.post(
        reverse("admin:customers_quiethours_delete", args=[everywhere.pk]), {"post": "yes"}
    ).status_code in (*(403, 404),)
    assert QuietHours.objects.filter(country="").exists()


def test_an_agent_reads_the_limits_and_changes_none(client):
    client.force_login(person("agent"))

    assert (
        "Asks (review, NPS, CSAT, referral)" in client.get(reverse("admin:customers_limit_changelist")).content.decode()
    )
    assert change(client, "limit", "asks", most=9, days=1).status_code == 403
    assert Limit.objects.get(pk="asks").most == 1
