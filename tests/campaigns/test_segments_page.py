"""Segments in the agent's room and by API: built by forms alone, counted, exported."""

import hashlib

import pytest
from django.urls import reverse

from campaigns import segments
from campaigns.models import Segment, SegmentExport
from campaigns.segments import editing
from customers.consent import Said, grant, withdraw
from customers.models import Customer, Identifier, Stats
from events.clocks import drain
from messaging.models import Suppression
from staff.models import Job, User
from staff.tokens import make_token
from tests.builders import room
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db

ADD = "/admin/campaigns/segment/add/"
REGULARS = {"all": [{"field": "customer.orders", "op": ">=", "value": 2}]}


@pytest.fixture
def marketer(client, db):
    client.force_login(room.person("marketer"))
    return client


def customer(name, orders=0, email="", phone="", **known):
    person = Customer.objects.create(first_name=name)
    Stats.objects.create(customer=person, orders=orders, **known)
    for kind, value in (("email", email), ("phone", phone)):
        if value:
            Identifier.objects.create(customer=person, kind=kind, value=value)
    return person


def regulars(definition=REGULARS):
    return segments.create("Regulars", definition, MONDAY, everyone=True)


def form(**parts):
    """A form as the page sends it: two conditions in one group."""
    return {
        "name": "Regulars",
        "node": ["0", "0.0", "0.1"],
        "kind-0": "all",
        "field-0.0": "customer.orders",
        "op-0.0": ">=",
        "value-0.0": "2",
        "field-0.1": "customer.country",
        "op-0.1": "any_of",
        "chosen-0.1": ["UA", "PL"],
        **parts,
    }


# --- The editor, without a script ---------------------------------------------------------------------------------


def test_a_segment_is_built_from_nothing_by_buttons_alone(marketer):
    customer("Olena", orders=3, country="UA"), customer("Petro", orders=1)

    empty = marketer.get(ADD)
    one = marketer.post(ADD, {"name": "R", "node": "0", "kind-0": "all", "new-0": "customer.orders", "do": "add:0"})
    assert "Start from one of these" in empty.content.decode()
    assert 'name="value-0.0"' in one.content.decode()

    answer = marketer.post(ADD, form(do="publish"))

    made = Segment.objects.get()
    assert answer.url == reverse("admin:campaigns_segment_change", args=[made.pk])
    assert segments.live_version(made).definition == {
        "all": [
            {"field": "customer.orders", "op": ">=", "value": 2},
            {"field": "customer.country", "op": "any_of", "value": ["UA", "PL"]},
        ]
    }
    page = marketer.get(answer.url).content.decode()
    assert "orders is at least 2, and country is one of Ukraine or Poland" in page
    assert "Olena" in page and "Petro" not in page


def test_what_is_wrong_is_said_at_its_place_and_nothing_is_published(marketer):
    answer = marketer.post(ADD, form(**{"value-0.0": "many", "do": "publish"}))

    assert answer.status_code == 422
    assert "“orders”: “many” is not a number." in answer.content.decode()
    assert not Segment.objects.exists()


def test_a_segment_of_everyone_asks_whether_it_is_meant(marketer):
    customer("Olena", orders=3, country="UA")

    refused = marketer.post(ADD, form(do="publish"))
    assert refused.status_code == 422
    assert "Yes, I mean every customer" in refused.content.decode()

    assert marketer.post(ADD, form(do="publish", everyone="yes")).status_code == 302


def test_a_condition_on_a_field_that_is_gone_is_shown_and_can_be_taken_out(marketer):
    made = regulars()
    gone = {"all": [{"field": "customer.shoe_size", "op": ">=", "value": 42}, REGULARS]}
    segments.live_version(made).__class__.objects.filter(segment=made).update(definition=gone)
    customer("Olena", orders=3), customer("Petro")
    url = reverse("admin:campaigns_segment_change", args=[made.pk])

    page = marketer.get(url).content.decode()
    assert "There is no field “customer.shoe_size” any more" in page

    cut = {"name": "R", "node": ["0", "0.0", "0.1", "0.1.0"], "kind-0": "all", "field-0.0": "customer.shoe_size"}
    inner = {"kind-0.1": "all", "field-0.1.0": "customer.orders", "op-0.1.0": ">=", "value-0.1.0": "2"}
    after = marketer.post(url, cut | inner | {"do": "cut:0.0"}).content.decode()
    assert "shoe_size" not in after and "Olena" in after


@pytest.mark.parametrize(
    "raw",
    [
        REGULARS,
        {"any": [{"not": {"field": "customer.spent", "op": ">=", "value": {"amount": "100.5", "currency": "UAH"}}}]},
        {"all": [{"field": "customer.last_order", "op": "within_days", "value": 7}, {"not": {"any": [REGULARS]}}]},
        {"all": [{"field": "customer.last_order", "op": "since", "value": "2026-01-05T00:00:00+00:00"}]},
        {"all": [{"field": "customer.orders", "op": "between", "value": [1, 5]}]},
        {"all": [{"field": "customer.products", "op": "has_none", "value": ["tea-1", "tea-2"]}]},
        {"all": [{"field": "customer.country", "op": "unknown", "value": None}]},
    ],
)
def test_a_definition_survives_the_form(raw):
    node = editing.check(editing.draft_of(raw))

    assert node is not None
    assert editing.check(editing.draft_of(editing.draft_of(raw).as_json())) == node


def test_the_count_while_one_types_is_the_count_of_what_the_form_holds(marketer):
    customer("Olena", orders=3, country="UA"), customer("Petro", orders=1)

    said = marketer.post(reverse("admin:campaigns_segment_look"), form()).content.decode()

    assert '<p class="segment__count num">1</p>' in said
    assert "Olena" in said


def test_an_agent_reads_and_changes_nothing(client):
    made = regulars()
    client.force_login(room.person("agent"))
    url = reverse("admin:campaigns_segment_change", args=[made.pk])

    assert client.get(url).status_code == 200
    assert client.get(ADD).status_code == 403
    assert client.post(url, form(do="publish")).status_code == 403
    assert client.post(url, {"deed": "export", "form": "people"}).status_code == 403
    assert segments.live_version(made).number == 1


def test_the_list_reads_every_segment_aloud_in_as_many_queries_for_many(marketer, django_assert_max_num_queries):
    for _ in range(5):
        regulars()

    with django_assert_max_num_queries(12):
        page = marketer.get("/admin/campaigns/segment/").content.decode()
    assert page.count("orders is at least 2") == 5


# --- Exports ------------------------------------------------------------------------------------------------------


def exported(client, made, kind):
    client.post(reverse("admin:campaigns_segment_change", args=[made.pk]), {"deed": "export", "form": kind})
    drain("exports")
    export = SegmentExport.objects.get()
    assert export.job.state == Job.State.DONE
    answer = client.get(reverse("admin:campaigns_segment_export", args=[export.pk]))
    return export, b"".join(answer.streaming_content).decode()


def test_an_export_for_people_holds_no_formula(marketer):
    olena = customer("=HYPERLINK(1)", orders=3, email="olena@example.com", phone="+380501234567")
    customer("Petro", orders=1)

    export, text = exported(marketer, regulars(), "people")

    lines = text.split("\r\n")
    assert lines[0].startswith("\ufeffcustomer,first name,last name,e-mail,phone")
    assert lines[1].startswith(f"{olena.pk},'=HYPERLINK(1),,olena@example.com,'+380501234567,")
    assert len(lines) == 3 and export.job.done == 1


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_ad_audience_holds_only_hashes_of_those_who_said_yes_and_counts_the_others(marketer):
    customer("Yes", orders=2, email="yes@example.com", phone="+380501111111")
    customer("No", orders=2, email="no@example.com")
    customer("Silent", orders=2, email="silent@example.com")
    customer("Bounced", orders=2, email="bounced@example.com")
    customer("Nowhere", orders=2)
    for name in ("yes", "no", "bounced"):
        grant(Said(f"{name}@example.com", "email", "marketing", "preferences", MONDAY))
    withdraw(Said("no@example.com", "email", "marketing", "preferences", MONDAY))
    Suppression.objects.create(address="bounced@example.com", reason="bounced")

    export, text = exported(marketer, regulars(), "ads")

    assert text.split("\r\n") == ["email,phone,phone_digits", f"{sha256('yes@example.com')},,", ""]
    assert export.left_out == {
        "Said no to marketing:": 1,
        "No consent to marketing:": 1,
        "Address bounced or complained:": 1,
        "No e-mail and no phone:": 1,
    }


def test_a_phone_whose_owner_said_yes_is_hashed_with_its_plus_and_without(marketer):
    customer("Yes", orders=2, phone="+380501111111")
    grant(Said("+380501111111", "sms", "marketing", "preferences", MONDAY))

    _export, text = exported(marketer, regulars(), "ads")

    assert text.split("\r\n")[1] == f",{sha256('+380501111111')},{sha256('380501111111')}"


def test_an_export_goes_on_where_it_stopped_and_can_be_stopped(marketer):
    from campaigns.segments import exports

    for number in range(5):
        customer(f"No{number}", orders=2)
    made = regulars()
    export = exports.start(made, "people", "en", MONDAY)

    assert [exports.write_waiting(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    text = b"".join(bytes(part.body) for part in export.parts.order_by("number")).decode()
    assert text.count("customer,") == 1 and text.count("\r\n") == 6

    second = exports.start(made, "people", "en", MONDAY)
    Job.objects.filter(pk=second.job_id).update(cancel_requested_at=MONDAY)
    exports.write_waiting()
    assert Job.objects.get(pk=second.job_id).state == Job.State.CANCELLED


# --- API ----------------------------------------------------------------------------------------------------------


def test_programs_read_counts_and_members_by_the_page(client):
    token = make_token(User.objects.create_superuser("robot@lavka.example", "x" * 12), "the till")
    headers = {"Authorization": f"Bearer {token}"}
    people = [customer(f"No{n}", orders=2, country="UA") for n in range(3)]
    customer("Petro")
    made = regulars()

    count = client.get(f"/api/v1/segments/{made.pk}/count/", headers=headers).json()
    first = client.get(f"/api/v1/segments/{made.pk}/members/?limit=2", headers=headers).json()
    last = client.get(f"/api/v1/segments/{made.pk}/members/?limit=2&after={first['after']}", headers=headers).json()

    assert count == {"version": 1, "people": 3, "about": False, "sentence": "orders is at least 2"}
    assert [m["customer"] for m in first["members"] + last["members"]] == [p.pk for p in people]
    assert (first["after"], last["after"]) == (people[1].pk, None)
    assert client.get(f"/api/v1/segments/{made.pk}/count/").status_code == 401
