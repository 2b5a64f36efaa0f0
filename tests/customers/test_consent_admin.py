"""Consent in the agent's room: read in words, add with evidence, never edit; texts in versions."""

import pytest
from django.test import Client

from customers.actions import Sighting, recognise
from customers.consent import Said, ask_for, consents_of, grant, publish_text
from customers.models import Consent, ConsentText, Identifier
from tests.builders.door import MONDAY
from tests.builders.room import PASSWORD, person

pytestmark = pytest.mark.django_db

OLENA = "olena@example.com"


@pytest.fixture
def olena():
    return recognise([Sighting(email=OLENA, phone="+380501234567", first_name="Олена")])[0]


def signed_in(role):
    client = Client()
    assert client.login(username=person(role).email, password=PASSWORD)
    return client


def page_of(customer):
    return f"/admin/customers/customer/{customer.pk}/change/"


def told(**more):
    said = {"deed": "note_consent", "way": f"email|{OLENA}", "purpose": "marketing", "answer": "yes", "words": "Так"}
    return said | more


def test_an_agent_notes_what_was_said_on_the_phone_with_the_words_as_evidence(olena):
    client = signed_in("agent")

    client.post(page_of(olena), told(words="Call of 23 November, 10:05: “yes, send me the news”"))

    line = Consent.objects.get()
    assert (line.action, line.basis, line.source, line.customer) == ("granted", "consent", "agent", olena)
    assert line.evidence["words"].startswith("Call of 23 November")
    assert line.evidence["name"] == "Agent"


def test_a_no_told_to_an_agent_counts_for_that_channel(olena):
    signed_in("agent").post(page_of(olena), told(way="sms|+380501234567", purpose="surveys", answer="no"))

    assert consents_of(["+380501234567"])["+380501234567", "sms", "surveys"].is_no


@pytest.mark.parametrize(
    "wrong",
    [{"words": "  "}, {"way": "email|petro@example.com"}, {"way": ""}, {"purpose": "order_updates"}, {"purpose": "x"}],
)
def test_what_lacks_evidence_or_speaks_of_somebody_else_is_not_noted(olena, wrong):
    answer = signed_in("agent").post(page_of(olena), told(**wrong), follow=True)

    assert "Nothing was noted" in answer.content.decode()
    assert not Consent.objects.exists()


def test_a_marketer_reads_the_ledger_and_adds_nothing(olena):
    client = signed_in("marketer")

    assert client.post(page_of(olena), told()).status_code == 403
    page = client.get(page_of(olena))

    assert page.status_code == 200
    assert "note_consent" not in page.content.decode()
    assert not Consent.objects.exists()


def test_the_customers_page_says_in_words_what_was_said_and_how(olena):
    text = publish_text("marketing", "UA", "uk", "Так.", MONDAY)
    grant(Said(OLENA, "email", "marketing", "checkout", MONDAY, {"order": "1042"}, wording=text))
    ask_for(Said(OLENA, "email", "loyalty", "api", MONDAY))

    page = signed_in("agent").get(page_of(olena)).content.decode()

    for words in (
        "2 lines of the ledger",
        "not confirmed yet",
        "said nothing: may be asked",
        "order: 1042",
        "version 1",
    ):
        assert words in page, words


def test_the_ledger_has_no_way_to_edit_or_remove(olena):
    line = grant(Said(OLENA, "email", "marketing", "api", MONDAY))
    client = signed_in("owner")

    assert client.get("/admin/customers/consent/add/").status_code == 403
    assert client.post(f"/admin/customers/consent/{line.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"/admin/customers/consent/{line.pk}/change/").status_code == 200
    assert Consent.objects.count() == 1


def test_the_ledger_is_exported_with_its_evidence(olena):
    grant(Said(OLENA, "email", "marketing", "api", MONDAY, {"url": "https://lavka.example/news"}))

    answer = signed_in("owner").get("/admin/customers/consent/", {"export": "csv"})

    body = b"".join(answer.streaming_content).decode()
    assert OLENA in body
    assert "https://lavka.example/news" in body
    assert "granted" in body


def test_links_to_the_preference_page_are_revoked_for_one_customer(olena):
    petro = recognise([Sighting(email="petro@example.com")])[0]

    signed_in("agent").post(page_of(olena), {"deed": "revoke_links"})

    assert not Identifier.objects.filter(customer=olena, links_revoked_at=None).exists()
    assert not Identifier.objects.filter(customer=petro).exclude(links_revoked_at=None).exists()


# --- Texts --------------------------------------------------------------------------------------------------------

TEXTS = "/admin/customers/consenttext/"


def write(client, **more):
    return client.post(
        f"{TEXTS}add/", {"purpose": "marketing", "country": "ua", "language": "uk", "body": "Так"} | more
    )


def test_a_changed_text_is_published_as_the_next_version_by_its_author(olena):
    client = signed_in("owner")
    write(client)
    before = ConsentText.objects.get()

    assert "Так" in client.get(f"{TEXTS}add/", {"from": before.pk}).content.decode()
    write(client, body="Так, згода")

    texts = ConsentText.objects.order_by("version")
    assert [(t.country, t.version, t.body, str(t.created_by)) for t in texts] == [
        ("UA", 1, "Так", "Owner"),
        ("UA", 2, "Так, згода", "Owner"),
    ]


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"body": ""}, {"purpose": "nothing"}, {"country": "UKR"}])
def test_a_text_that_cannot_be_shown_is_refused(wrong):
    answer = write(signed_in("owner"), **wrong)

    assert answer.status_code == 200
    assert not ConsentText.objects.exists()


def test_the_same_words_are_not_published_twice():
    client = signed_in("owner")
    write(client)

    assert "as version 1" in write(client).content.decode()
    assert ConsentText.objects.count() == 1


def test_only_the_lawyers_mark_of_a_published_text_can_be_set():
    client = signed_in("owner")
    write(client)
    text = ConsentText.objects.get()
    url = f"{TEXTS}{text.pk}/change/"
    assert "have a lawyer check" in client.get(url).content.decode()

    client.post(url, {"is_checked_by_lawyer": "on", "body": "Other words"})

    text.refresh_from_db()
    assert (text.is_checked_by_lawyer, text.body) == (True, "Так")
    assert client.get(TEXTS).status_code == 200
    assert client.get(f"{TEXTS}add/", {"from": "x'--"}).status_code == 200


def test_a_marketer_reads_texts_and_publishes_none():
    client = signed_in("marketer")

    assert client.get(TEXTS).status_code == 200
    assert write(client).status_code == 403
    assert not ConsentText.objects.exists()
