"""The preference page: what a reader wants, per purpose and channel; and the button that confirms a sign-up."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.core.cache import cache

from customers.consent import Said, consents_of, load_preset_texts, objection, withdraw
from customers.models import Consent, Customer, Identifier, Purpose
from feedback.actions import ask_for_reviews
from messaging import actions
from messaging.actions.signing_up import SignUp, sign_up
from messaging.links import preferences_url
from messaging.models import LocalMail, Message, Sender
from orders.actions import save_orders
from shelf import links
from staff.tokens import make_token
from tests import copies
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import planned
from tests.builders.room import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

OLENA = "olena@example.com"
DAY = timedelta(days=1)
ON = ["email-review_requests", "email-surveys", "email-loyalty"]  # a buyer in Ukraine who said nothing yet


@pytest.fixture(autouse=True)
def texts(db):
    copies.once("texts of consents", lambda: load_preset_texts(MONDAY))
    cache.clear()


@pytest.fixture
def order(store):
    order = save_orders(store, [order_seen()])[0].order
    ask_for_reviews([order], MONDAY)
    return order


@pytest.fixture
def ask(order):
    return planned(order, MONDAY, "review_request", country="UA")


@pytest.fixture
def russian(order):
    return planned(order, MONDAY, "review_request", key="ru", country="RU")


def door(message):
    return preferences_url(message).partition("8000")[2]


def ledger():
    return list(Consent.objects.order_by("pk").values_list("channel", "purpose_id", "action"))


def may_send(purpose, country="UA", channel="email", address=OLENA):
    return objection(consents_of([address]), address, channel, Purpose.objects.get(pk=purpose), country) is None


# --- Looking ------------------------------------------------------------------------------------------------------


def test_ten_looks_change_nothing_and_set_no_cookie(client, ask):
    for _ in range(10):
        answer = client.get(door(ask))
        assert (answer.status_code, len(answer.cookies)) == (200, 0)

    assert ledger() == []


def test_the_page_shows_what_goes_to_this_address_without_telling_it(client, ask):
    page = client.get(door(ask)).content.decode()

    assert page.count("checked") == 3 + 1  # and the language
    assert '<input type="checkbox" name="on" value="email-marketing">' in page
    assert "o•••@example.com" in page
    assert OLENA not in page
    assert "order_updates" not in page
    assert "Лавка" in page


def test_the_page_is_private_and_costs_a_fixed_number_of_queries(client, ask, django_assert_num_queries):
    with django_assert_num_queries(12):
        answer = client.get(door(ask))

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert '<html lang="uk"' in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_is_wrong_or_made_for_another_door_opens_nothing(client, ask, method):
    tokens = [
        "x",
        links.make("unsubscribe", ask.pk),
        links.make("order", ask.pk),
        links.make("preferences", ask.pk)[:-2],
        links.make("preferences", ask.pk + 1),
        links.make("confirm", 1),
    ]

    answers = [getattr(client, method)(f"/p/{token}/").status_code for token in tokens]

    assert answers == [404] * 6
    assert ledger() == []


def test_links_can_be_revoked_and_newer_ones_open(client, ask):
    with time_machine.travel(MONDAY):
        old = door(ask)
    Identifier.objects.filter(value=OLENA).update(links_revoked_at=MONDAY + DAY)
    with time_machine.travel(MONDAY + 2 * DAY):
        new = door(ask)

    assert client.get(old).status_code == 404
    assert client.post(old, {"on": ON}).status_code == 404
    assert client.get(new).status_code == 200


# --- Choosing -----------------------------------------------------------------------------------------------------


def test_saving_what_was_shown_writes_nothing(client, ask):
    answer = client.post(door(ask), {"on": ON})

    assert answer.status_code == 302
    assert ledger() == []


def test_a_switch_turned_off_is_a_no_and_turned_on_a_consent_with_its_words(client, ask):
    client.post(door(ask), {"on": ["email-review_requests", "email-loyalty", "email-marketing"]})

    assert ledger() == [("email", "surveys", "objected"), ("email", "marketing", "granted")]
    yes = Consent.objects.latest("pk")
    assert (yes.basis, yes.source, yes.wording.country, yes.wording.language) == ("consent", "preferences", "UA", "uk")
    assert yes.evidence == {"message": ask.pk, "by": "page"}
    assert yes.customer == ask.customer
    assert (may_send("surveys"), may_send("marketing")) == (False, True)


def test_the_way_back_is_as_short_as_the_way_in(client, ask):
    client.post(door(ask), {"on": [*ON, "email-marketing"]})
    client.post(door(ask), {"on": ON})

    assert ledger() == [("email", "marketing", "granted"), ("email", "marketing", "withdrawn")]


def test_the_saved_page_says_so_and_since_when(client, ask):
    with time_machine.travel(MONDAY):
        answer = client.post(door(ask), {"on": ["email-review_requests"], "language": "en"}, follow=True)

    page = answer.content.decode()
    assert "Saved. It counts from now on." in page
    assert page.count("Off since 23 November 2026") == 2


def test_stop_all_stops_everything_but_news_of_orders(client, ask, order):
    client.post(door(ask), {"deed": "stop"})

    assert [purpose for _channel, purpose, _action in ledger()] == list(Purpose.CHOICES)
    assert not any(may_send(purpose) for purpose in Purpose.CHOICES)
    assert may_send("order_updates")
    client.post(door(ask), {"deed": "stop"})
    assert len(ledger()) == 4


def test_news_of_orders_cannot_be_switched_off(client, ask):
    client.post(door(ask), {"on": []})

    assert "order_updates" not in {purpose for _channel, purpose, _action in ledger()}
    assert may_send("order_updates")


def test_news_of_orders_may_be_led_to_another_channel_but_not_to_none(client, ask):
    Sender.objects.create(slug="sms", channel="sms", address="LAVKA")
    kept = [*ON, "sms-review_requests", "sms-surveys", "sms-loyalty"]

    refused = client.post(door(ask), {"on": kept}, query_params={"lang": "en"})
    assert (refused.status_code, ledger()) == (422, [])
    assert "News about your orders need at least one way to reach you." in refused.content.decode()

    client.post(door(ask), {"on": [*kept, "sms-order_updates"]})
    assert ledger() == [("email", "order_updates", "objected")]
    assert not may_send("order_updates")
    assert may_send("order_updates", channel="sms", address="+380501234567")


def test_the_chosen_language_is_the_one_of_the_next_mails(client, ask):
    answer = client.post(door(ask), {"on": ON, "language": "ru"})

    ask.refresh_from_db()
    assert Customer.objects.get().language == "ru"
    assert ask.language == "ru"
    assert answer.url.endswith("lang=ru")


def test_a_language_that_we_do_not_speak_changes_nothing(client, ask):
    client.post(door(ask), {"on": ON, "language": "xx"})

    assert Customer.objects.get().language == ""


# --- Two consents in Russia ---------------------------------------------------------------------------------------


def test_in_russia_nothing_is_ticked_beforehand_and_there_are_two_boxes(client, russian):
    page = client.get(door(russian), {"lang": "ru"}).content.decode()

    assert 'value="email-personal_data"' in page
    assert page.count(" checked") == 1  # the language
    assert "152-ФЗ" in page
    assert "38-ФЗ" in page


def test_one_of_the_two_is_refused_and_nothing_is_saved(client, russian):
    answer = client.post(door(russian), {"on": ["email-marketing", "email-surveys"]}, query_params={"lang": "en"})

    assert answer.status_code == 422
    assert "tick both boxes" in answer.content.decode()
    assert ledger() == []


def test_both_boxes_are_two_lines_with_two_texts(client, russian):
    client.post(door(russian), {"on": ["email-marketing", "email-personal_data"]})

    lines = Consent.objects.order_by("purpose_id")
    assert [(line.purpose_id, line.wording.purpose_id) for line in lines] == [
        ("marketing", "marketing"),
        ("personal_data", "personal_data"),
    ]


def test_taking_back_the_wide_consent_leaves_what_was_left_on(client, russian):
    client.post(door(russian), {"on": ["email-marketing", "email-personal_data"]})
    assert may_send("surveys", "RU")

    client.post(door(russian), {"on": ["email-surveys", "email-personal_data"]})

    assert (may_send("surveys", "RU"), may_send("loyalty", "RU"), may_send("marketing", "RU")) == (True, False, False)


# --- Double opt-in ------------------------------------------------------------------------------------------------


PETRO = "petro@example.com"


def sign_up_petro(client, ask, **more):
    return client.post(door(ask), {"deed": "sign_up", "email": PETRO, "yes": ["marketing"]} | more)


def button():
    """The address in Petro's newest mail, as he would press it."""
    with time_machine.travel(MONDAY + timedelta(minutes=5)):
        actions.send_due()
    message = Message.objects.filter(template__slug="confirm_subscription").latest("pk")
    assert message.state == "sent", message.why
    mail = message_from_bytes(bytes(LocalMail.objects.get(to=message.address).raw), policy=policy.default)
    return message, re.search(r"/p/[\w-]+/", mail.get_body(("plain",)).get_content())[0]


def test_another_address_gets_one_mail_with_a_button_and_counts_when_it_is_pressed(client, ask):
    with time_machine.travel(MONDAY):
        sign_up_petro(client, ask)
    message, url = button()
    assert not may_send("marketing", address=PETRO)

    with time_machine.travel(MONDAY + DAY, tick=False):
        assert client.get(url).status_code == 200
        assert not may_send("marketing", address=PETRO)
        client.post(url)
        client.post(url)
        page = client.get(url, {"lang": "en"}).content.decode()

    assert [action for _c, _p, action in ledger()] == ["granted", "confirmed"]
    assert may_send("marketing", address=PETRO)
    assert Consent.objects.latest("pk").evidence["message"] == message.pk
    assert "Thank you. It is settled" in page
    owner = Identifier.objects.get(value=PETRO)
    assert owner.verified_at == MONDAY + DAY
    assert Consent.objects.latest("pk").customer == owner.customer


def test_a_form_pressed_ten_times_sends_one_mail(client, ask):
    for minutes in range(4):
        with time_machine.travel(MONDAY + timedelta(minutes=minutes)):
            assert sign_up_petro(client, ask).status_code == 302

    assert Message.objects.filter(template__slug="confirm_subscription").count() == 1
    assert len(ledger()) == 1


def test_one_page_signs_up_five_addresses_a_day_and_then_says_so(client, ask):
    with time_machine.travel(MONDAY):
        answers = [sign_up_petro(client, ask, email=f"p{n}@example.com").status_code for n in range(6)]

    assert answers == [302] * 5 + [422]


@pytest.mark.parametrize("typed", ["", "petro", "petro@", "a@b.example\r\nBcc: x@y.example", "<a href=x>@example.com"])
def test_what_is_no_address_is_refused_in_words(client, ask, typed):
    answer = client.post(
        door(ask), {"deed": "sign_up", "email": typed, "yes": ["marketing"]}, query_params={"lang": "en"}
    )

    assert answer.status_code == 422
    assert "This is not an e-mail address." in answer.content.decode()
    assert ledger() == []


def test_a_scanner_that_opens_the_button_ten_times_confirms_nothing(client, ask):
    with time_machine.travel(MONDAY):
        sign_up_petro(client, ask)
    _message, url = button()

    with time_machine.travel(MONDAY + DAY):
        for _ in range(10):
            assert client.get(url).status_code == 200

    assert [action for _c, _p, action in ledger()] == ["granted"]


def test_after_thirty_days_the_button_opens_nothing(client, ask):
    with time_machine.travel(MONDAY):
        sign_up_petro(client, ask)
    _message, url = button()

    with time_machine.travel(MONDAY + 31 * DAY):
        assert client.post(url).status_code == 404
    assert len(ledger()) == 1


def test_a_no_said_meanwhile_makes_the_button_void(client, ask):
    with time_machine.travel(MONDAY):
        sign_up_petro(client, ask)
        withdraw(Said(PETRO, "email", "marketing", "api", MONDAY))
    _message, url = button()

    with time_machine.travel(MONDAY + DAY):
        page = client.post(url, query_params={"lang": "en"}).content.decode()

    assert "This link has had its time" in page
    assert not may_send("marketing", address=PETRO)


def test_in_russia_one_button_confirms_both_consents(client, russian):
    both = {"yes": ["marketing", "personal_data"]}
    with time_machine.travel(MONDAY):
        assert sign_up_petro(client, russian).status_code == 422
        assert sign_up_petro(client, russian, **both).status_code == 302
    _message, url = button()

    with time_machine.travel(MONDAY + DAY):
        client.post(url)

    assert [(purpose, action) for _channel, purpose, action in ledger()] == [
        ("marketing", "granted"),
        ("personal_data", "granted"),
        ("marketing", "confirmed"),
        ("personal_data", "confirmed"),
    ]


def test_the_mail_shows_the_words_that_are_agreed_to(client, ask, store):
    sign_up(SignUp(PETRO, ["marketing"], "UA", "uk", "form", evidence={"store": store.slug}), MONDAY)
    button()

    mail = LocalMail.objects.get(to=PETRO)
    assert mail.subject == "Ви просили листи від «Лавка»?"


# --- The shops' own forms -----------------------------------------------------------------------------------------


@pytest.fixture
def api(client):
    token = make_token(person("manager"), "shop")

    def post(**said):
        given = {"store": "lavka", "address": " Petro@Example.com ", "purposes": ["marketing"]} | said
        return client.post(
            "/api/v1/consents/", given, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
        )

    return post


def test_a_shops_form_signs_up_and_the_line_waits(store, api):
    answer = api(url="https://lavka.example/news", ip="203.0.113.7")

    assert answer.status_code == 201
    line = Consent.objects.get()
    assert (line.address, line.waits, line.source) == (PETRO, True, "api")
    assert line.evidence == {"store": "lavka", "url": "https://lavka.example/news"}
    assert answer.json()[0]["wording"]["version"] == 1
    assert Message.objects.get().address == PETRO


def test_a_shop_that_asked_already_says_how_and_no_mail_asks_again(store, api):
    assert api(confirmed=True).status_code == 400
    answer = api(confirmed=True, words="Double opt-in by the shop, mail of 20 November")

    assert answer.status_code == 201
    assert may_send("marketing", address=PETRO)
    assert not Message.objects.exists()
    assert api(confirmed=True, words="again").status_code == 200


def test_a_no_from_a_shop_counts_at_once(store, api):
    api(confirmed=True, words="by phone")
    answer = api(action="withdrawn")

    assert answer.status_code == 201
    assert not may_send("marketing", address=PETRO)


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "nobody"},
        {"address": "x" * 300},
        {"address": "+380501234567"},
        {"purposes": []},
        {"purposes": ["order_updates"]},
        {"purposes": "marketing'; --"},
        {"channel": "sms"},
        {"channel": "sms", "address": "+380501234567"},
        {"channel": "pigeon"},
        {"store": "nowhere"},
        {"action": "maybe"},
        {"url": "javascript:alert(1)"},
        {"ip": "here"},
    ],
)
def test_what_cannot_be_is_refused_with_the_field(store, api, wrong):
    answer = api(**wrong)

    assert answer.status_code == 400
    assert ledger() == []


def test_without_the_permission_nothing_is_written(store, client):
    token = make_token(person("marketer"), "x")
    given = {"store": "lavka", "address": PETRO, "purposes": ["marketing"]}
    headers = {"Authorization": f"Bearer {token}"}

    answer = client.post("/api/v1/consents/", given, content_type="application/json", headers=headers)

    assert (answer.status_code, client.post("/api/v1/consents/", given).status_code) == (403, 401)
    assert ledger() == []


# --- The checkout -------------------------------------------------------------------------------------------------


def test_a_yes_at_the_checkout_is_a_line_with_the_order_as_evidence(store):
    order = save_orders(store, [order_seen(accepts_marketing=True)])[0].order

    line = Consent.objects.get()
    assert (line.action, line.purpose_id, line.source, line.at) == ("imported", "marketing", "checkout", MONDAY)
    assert line.evidence == {"store": "lavka", "order": "1042"}
    assert line.customer == order.customer


def test_an_empty_box_says_nothing_and_an_old_yes_undoes_no_no(store):
    save_orders(store, [order_seen()])
    assert ledger() == []

    withdraw(Said(OLENA, "email", "marketing", "unsubscribe", MONDAY + DAY))
    save_orders(store, [order_seen(at=MONDAY + 2 * DAY, placed_at=MONDAY, accepts_marketing=True)])
    assert not may_send("marketing")


def test_the_page_offers_the_bot_where_there_is_one(client, ask):
    without = client.get(door(ask)).content.decode()
    Sender.objects.create(slug="bot", channel="telegram", is_default=True, address="@lavka_bot", url="telegram://1:x")
    with_bot = client.get(door(ask)).content.decode()

    assert "t.me" not in without
    assert "https://t.me/lavka_bot?start=" in with_bot
