"""The ledger of consent: it only grows, the newest line counts, and the law of the shop's country is heard."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from customers import law
from customers.actions import Sighting, recognise
from customers.consent import (
    NO_CONSENT,
    OTHER_CHANNEL,
    UNCONFIRMED,
    UNWANTED,
    ConsentRefused,
    Said,
    ask_for,
    bring_along,
    confirm,
    consents_of,
    erasing,
    grant,
    is_confirmed,
    load_preset_texts,
    note,
    objection,
    preset_texts,
    publish_text,
    text_for,
    undo,
    waiting_for,
    withdraw,
)
from customers.models import Consent, ConsentText, Customer, NotErasable, Purpose
from tests.builders.door import MONDAY

pytestmark = pytest.mark.django_db

OLENA = "olena@example.com"
DAY = timedelta(days=1)


def said(purpose="marketing", at=MONDAY, **more):
    return Said(**{"address": OLENA, "channel": "email", "purpose": purpose, "source": "form", "at": at} | more)


def actions():
    return list(Consent.objects.order_by("pk").values_list("action", flat=True))


def standing(purpose="marketing", channel="email"):
    return consents_of([OLENA]).get((OLENA, channel, purpose))


def why(purpose, country="UA", channel="email"):
    return objection(consents_of([OLENA]), OLENA, channel, Purpose.objects.get(pk=purpose), country)


# --- It only grows ------------------------------------------------------------------------------------------------


def test_nobody_changes_or_removes_a_line_through_the_orm():
    line = grant(said())

    for forbidden in (
        line.save,
        line.delete,
        lambda: Consent.objects.update(action="withdrawn"),
        lambda: Consent.objects.filter(pk=line.pk).delete(),
    ):
        with pytest.raises(NotErasable):
            forbidden()
    assert actions() == ["granted"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE customers_consent SET action = 'withdrawn'",
        "UPDATE customers_consent SET at = now()",
        "UPDATE customers_consent SET evidence = '{}', customer_id = NULL",
        "DELETE FROM customers_consent",
        "UPDATE customers_consenttext SET body = 'other words'",
        "DELETE FROM customers_consenttext",
    ],
)
def test_the_database_itself_refuses_to_change_proof(sql):
    wording = publish_text("marketing", "UA", "uk", "Так.", MONDAY)
    grant(said(wording=wording, evidence={"form": "footer"}))

    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert actions() == ["granted"]


def test_a_person_may_go_and_the_proof_stays_without_them():
    olena = recognise([Sighting(email=OLENA)])[0]
    line = grant(said(customer=olena))

    Customer.objects.filter(pk=olena.pk).delete()

    line.refresh_from_db()
    assert (line.customer_id, line.address, line.action) == (None, OLENA, "granted")


def test_erasure_has_one_door_and_it_closes_behind_it():
    line = grant(said())

    with erasing(), connection.cursor() as cursor:
        cursor.execute("UPDATE customers_consent SET address = 'erased', evidence = '{}' WHERE id = %s", [line.pk])

    line.refresh_from_db()
    assert line.address == "erased"
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_consent")


def test_the_lawyers_mark_is_all_that_may_change_on_a_text():
    text = publish_text("marketing", "UA", "uk", "Так.", MONDAY)

    before = ConsentText.objects.values().get(pk=text.pk)

    text.is_checked_by_lawyer = True
    text.save()

    assert ConsentText.objects.values().get(pk=text.pk) == before | {"is_checked_by_lawyer": True}
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentText.objects.filter(pk=text.pk).update(body="Ні.")
    assert ConsentText.objects.get(pk=text.pk).body == "Так."


# --- What counts --------------------------------------------------------------------------------------------------


def test_a_yes_given_twice_is_one_line():
    assert grant(said()) is not None
    assert grant(said(at=MONDAY + DAY)) is None

    assert actions() == ["granted"]


def test_a_no_says_whether_there_was_a_yes_to_take_back():
    grant(said("marketing"))
    withdraw(said("marketing"))
    withdraw(said("surveys"))
    assert withdraw(said("surveys")) is None

    assert actions() == ["granted", "withdrawn", "objected"]


def test_each_channel_and_purpose_stands_for_itself():
    grant(said(channel="sms", address=OLENA))
    withdraw(said("surveys"))

    assert standing(channel="sms").is_consent
    assert standing() is None
    assert standing("surveys").is_no


def test_the_line_knows_its_person_by_the_address():
    olena = recognise([Sighting(email=OLENA)])[0]

    assert grant(said()).customer == olena


def test_undo_gives_back_what_held_before_and_never_more():
    taken = withdraw(said("surveys"))
    undo(taken, said("surveys", source="unsubscribe"))

    assert standing("surveys").is_yes
    assert not standing("surveys").is_consent
    assert undo(taken, said("surveys")) is None


# --- Double opt-in ------------------------------------------------------------------------------------------------


def test_a_yes_that_waits_counts_for_nothing_until_it_is_confirmed():
    line = ask_for(said())
    assert why("marketing") == UNCONFIRMED

    confirm(waiting_for(line, MONDAY), {"message": 7}, None, MONDAY + DAY)

    assert why("marketing") is None
    newest = Consent.objects.latest("pk")
    assert (newest.action, newest.waits, newest.evidence) == ("confirmed", False, {"message": 7, "confirms": line.pk})
    assert is_confirmed(line)
    assert waiting_for(line, MONDAY) == []


def test_a_strangers_sign_up_changes_nothing_that_was_said_before():
    withdraw(said("surveys"))
    ask_for(said("surveys"))
    assert why("surveys") == UNWANTED

    grant(said("marketing"))
    assert ask_for(said("marketing")) is None
    assert why("marketing") is None


def test_a_second_ask_within_a_day_is_the_first_one():
    first = ask_for(said())

    assert ask_for(said(at=MONDAY + timedelta(hours=23))) == first
    assert ask_for(said(at=MONDAY + timedelta(hours=25))) != first
    assert len(actions()) == 2


def test_a_no_after_the_sign_up_makes_its_button_void():
    line = ask_for(said())
    withdraw(said())

    assert waiting_for(line, MONDAY) == []
    assert standing().is_no


def test_after_thirty_days_a_sign_up_comes_to_nothing():
    line = ask_for(said())

    assert waiting_for(line, MONDAY + 29 * DAY) == [line]
    assert waiting_for(line, MONDAY + 30 * DAY) == []


# --- What a shop brings along -------------------------------------------------------------------------------------


def test_a_shops_old_yes_never_undoes_a_no():
    withdraw(said())

    assert bring_along([(said(at=MONDAY - DAY), True)]) == []
    assert standing().is_no


def test_a_shops_newer_yes_is_a_yes_and_its_no_a_no():
    bring_along([(said(at=MONDAY - DAY), True), (said(at=MONDAY - DAY), True)])
    bring_along([(said(), False)])

    assert actions() == ["imported", "withdrawn"]
    bring_along([(said(at=MONDAY + DAY), True)])
    assert standing().is_consent


# --- The law of the shop's country --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "purpose", "needs"),
    [
        ("UA", "review_requests", "no_objection"),
        ("UA", "marketing", "consent"),
        ("DE", "review_requests", "no_objection"),
        ("DE", "marketing", "consent"),
        ("FR", "surveys", "no_objection"),
        ("RU", "review_requests", "consent"),
        ("RU", "surveys", "consent"),
        ("RU", "loyalty", "consent"),
        ("RU", "order_updates", "nothing"),
        ("US", "marketing", "consent"),  # the house's own rule is stricter than the law
        ("", "review_requests", "no_objection"),
        ("ZZ", "marketing", "consent"),
    ],
)
def test_the_stricter_of_our_rule_and_the_law_decides(country, purpose, needs):
    assert law.basis_needed(country, Purpose.objects.get(pk=purpose)) == needs


def test_whoever_has_asked_a_lawyer_may_set_the_law_of_the_country_aside():
    purpose = Purpose.objects.get(pk="review_requests")
    purpose.follows_country = False

    assert law.basis_needed("RU", purpose) == "no_objection"


def test_a_buyer_in_ukraine_is_asked_for_a_review_until_they_object_and_in_russia_only_after_a_yes():
    assert why("review_requests", "UA") is None
    assert str(why("review_requests", "RU")) == "The law of the shop's country (RU) asks for a consent first."

    grant(said("review_requests"))
    assert why("review_requests", "RU") is None
    withdraw(said("review_requests"))
    assert why("review_requests", "UA") == UNWANTED


def test_a_consent_to_advertising_covers_what_counts_as_advertising():
    grant(said("marketing"))

    assert why("review_requests", "RU") is None
    withdraw(said("review_requests"))
    assert why("review_requests", "RU") == UNWANTED
    assert why("marketing", "RU") is None


def test_being_a_customer_is_no_consent():
    note(said("marketing", basis="soft_opt_in"), "granted")

    assert why("marketing") == NO_CONSENT


def test_news_of_an_order_are_not_refused_but_led_to_another_channel():
    withdraw(said("order_updates"))
    assert why("order_updates") is None

    withdraw(said("order_updates", channel="sms", basis="contract"))
    assert why("order_updates", channel="sms") == OTHER_CHANNEL


# --- Texts --------------------------------------------------------------------------------------------------------


def test_a_changed_text_is_a_new_version_and_old_lines_keep_the_old_words():
    old = publish_text("marketing", "UA", "uk", "Старі слова", MONDAY)
    line = grant(said(wording=old))

    new = publish_text("marketing", "UA", "uk", "Нові слова", MONDAY + DAY)

    line.refresh_from_db()
    assert (old.version, new.version) == (1, 2)
    assert line.wording.body == "Старі слова"
    assert text_for("marketing", "UA", "uk") == new


def test_the_same_words_twice_are_refused_with_a_reason():
    publish_text("marketing", "UA", "uk", "Слова", MONDAY)

    with pytest.raises(ConsentRefused, match="as version 1"):
        publish_text("marketing", "UA", "uk", "Слова", MONDAY)
    assert ConsentText.objects.count() == 1


def test_the_law_chooses_the_text_before_the_language_does():
    load_preset_texts(MONDAY)

    chosen = {
        (country, language): text_for("marketing", country, language)
        for country in ("UA", "RU", "DE", "FR", "BR")
        for language in ("uk", "pl")
    }
    assert {key: (text.country, text.language) for key, text in chosen.items()} == {
        ("UA", "uk"): ("UA", "uk"),
        ("UA", "pl"): ("UA", "en"),
        ("RU", "uk"): ("RU", "uk"),
        ("RU", "pl"): ("RU", "en"),
        ("DE", "uk"): ("DE", "uk"),
        ("DE", "pl"): ("DE", "en"),
        ("FR", "uk"): ("EU", "uk"),
        ("FR", "pl"): ("EU", "en"),
        ("BR", "uk"): ("", "uk"),
        ("BR", "pl"): ("", "en"),
    }


def test_russia_has_two_documents_for_two_boxes():
    load_preset_texts(MONDAY)

    assert law.second_consent("RU", "marketing") == "personal_data"
    assert "38-ФЗ" in text_for("marketing", "RU", "ru").body
    assert "152-ФЗ" in text_for("personal_data", "RU", "ru").body
    assert law.second_consent("UA", "marketing") == ""


def test_every_preset_text_is_there_in_three_languages_and_no_lawyer_has_seen_it():
    load_preset_texts(MONDAY)
    load_preset_texts(MONDAY)

    languages = {}
    for purpose, country, language, body in preset_texts():
        languages.setdefault((purpose, country), set()).add(language)
        assert "{store}" in body
    assert all(spoken == {"en", "uk", "ru"} for spoken in languages.values())
    assert ConsentText.objects.count() == len(preset_texts())
    assert not ConsentText.objects.filter(is_checked_by_lawyer=True).exists()


# --- Size ---------------------------------------------------------------------------------------------------------


def test_two_hundred_addresses_are_found_among_a_hundred_thousand_lines_by_their_index():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_consent (address, channel, purpose_id, action, basis, waits, source, evidence, at)"
            " SELECT 'buyer' || n % 50000 || '@example.com', 'email', 'marketing',"
            " CASE WHEN n < 50000 THEN 'granted' ELSE 'withdrawn' END, 'consent', false, 'import', '{}', now()"
            " FROM generate_series(0, 99999) n"
        )
        cursor.execute("ANALYZE customers_consent")
    addresses = [f"buyer{n}@example.com" for n in range(200)]
    keys = ("address", "channel", "purpose_id", "waits")

    plan = Consent.objects.filter(address__in=addresses).order_by(*keys, "-id").distinct(*keys).explain()
    found = consents_of(addresses)

    assert "consent_newest" in plan
    assert "Seq Scan" not in plan
    assert len(found) == 200
    assert all(one.is_no for one in found.values())


def test_a_batch_costs_one_query(django_assert_num_queries):
    for n in range(20):
        grant(said(address=f"buyer{n}@example.com"))

    with django_assert_num_queries(1):
        consents_of([f"buyer{n}@example.com" for n in range(20)])


def test_every_purpose_has_its_rules():
    rules = {p.code: (p.needs, p.waits_for_open_matters, p.when_unknown) for p in Purpose.objects.all()}

    assert rules == {
        "account": ("nothing", False, "resend"),
        "order_updates": ("nothing", False, "resend"),
        "support": ("nothing", False, "resend"),
        "review_requests": ("no_objection", True, "keep"),
        "surveys": ("no_objection", True, "keep"),
        "loyalty": ("no_objection", True, "keep"),
        "marketing": ("consent", True, "keep"),
        "personal_data": ("consent", False, "keep"),
    }
    confirmed = Purpose.objects.filter(needs_confirmation=True).values_list("code", flat=True)
    assert list(confirmed) == ["marketing"]
