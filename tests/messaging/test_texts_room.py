"""SMS, Viber and Telegram in the agent's room: senders, the text that was sent, the counter beside the editor."""

from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from customers.channels import Channel
from messaging import actions, lends
from messaging.actions import Written, drafts, open_ways, trials
from messaging.actions.fallback import fall_back
from messaging.models import Message, Sender
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.room import person
from tests.builders.templates import as_form
from tests.builders.text_api import text_api
from tests.messaging.test_texts import sender, template, text_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]

ADD = "/admin/messaging/sender/add/"
SMS = {
    "slug": "sms",
    "channel": "sms",
    "address": "Lavka",
    "person": "",
    "other_way": "turbosms://KEY",
    "connections": "2",
    "per_hour": "",
    "per_day": "",
    "reserve_percent": "20",
    "price": "0.85",
    "price_currency": "uah",
    "is_default": "on",
}


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock
    open_ways.close_ways()


@pytest.fixture
def api():
    with text_api() as api:
        yield api


@pytest.fixture
def order(store):
    return save_orders(store, [order_seen(phone="+380671234567")])[0].order


@pytest.fixture
def manager(client):
    client.force_login(person("manager"))
    return client


def page_of(client, thing):
    name = f"admin:messaging_{type(thing).__name__.lower()}_change"
    return client.get(reverse(name, args=[thing.pk])).content.decode()


# --- Senders ------------------------------------------------------------------------------------------------------


def test_a_sender_of_texts_is_asked_for_its_key_and_price_and_nothing_of_mail(manager):
    page = manager.get(f"{ADD}?channel=sms").content.decode()

    assert "turbosms://KEY" in page
    assert 'name="price"' in page
    for mail_only in ("host", "password", "dkim_selectors", "warm_up", "reply_address", "limit_gmail"):
        assert f'name="{mail_only}"' not in page


def test_a_bot_is_asked_for_its_token_and_costs_nothing(manager):
    page = manager.get(f"{ADD}?channel=telegram").content.decode()

    assert "telegram://BOT_TOKEN" in page
    assert 'name="price"' not in page


def test_a_sender_of_mail_is_asked_for_no_price(manager):
    assert 'name="price"' not in manager.get(ADD).content.decode()


def test_a_sender_of_texts_is_saved_and_its_key_is_never_shown_again(manager):
    manager.post(f"{ADD}?channel=sms", SMS)
    made = Sender.objects.get(slug="sms")

    page = page_of(manager, made)
    manager.post(f"/admin/messaging/sender/{made.pk}/change/", SMS | {"other_way": "turbosms://••••••", "price": "1"})

    made.refresh_from_db()
    assert (made.url, made.price, made.price_currency) == ("turbosms://KEY", Decimal(1), "UAH")
    assert "turbosms://••••••" in page
    assert 'value="turbosms://KEY"' not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"other_way": "telegram://KEY"}, "Write it as turbosms://KEY."),
        ({"other_way": "turbosms://"}, "Write it as turbosms://KEY."),
        ({"other_way": "smtp://mail.example"}, "Write it as turbosms://KEY."),
        ({"other_way": ""}, "This field is required."),
        ({"price_currency": ""}, "A price needs its currency."),
        ({"price_currency": "грн"}, "Write three letters, such as UAH."),
        ({"price": "-1"}, "A price cannot be less than nothing."),
    ],
)
def test_what_is_wrong_with_a_sender_of_texts_is_said_beside_its_field(manager, wrong, said):
    page = manager.post(f"{ADD}?channel=sms", SMS | wrong).content.decode()

    assert said in page
    assert not Sender.objects.filter(slug="sms").exists()


@pytest.mark.parametrize(
    ("channel", "scheme", "to"), [("sms", "turbosms", "+38 067 123-45-67"), ("telegram", "telegram", "777")]
)
def test_a_test_message_says_what_the_provider_answered(manager, api, channel, scheme, to):
    made = sender(channel, api.url(scheme))

    page = manager.post(f"/admin/messaging/sender/{made.pk}/act/", {"deed": "test", "to": to}, follow=True)

    assert len(api.taken) == 1
    assert "The provider took the text. It said: " in page.content.decode()


NO_TOKEN = {"response_code": 103, "response_status": "REQUIRED_AUTH_TOKEN", "response_result": None}
NO_MONEY = {"response_code": 0, "response_result": [{"response_code": 302, "response_status": "NOT_ENOUGH_CREDITS"}]}
BLOCKED = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}


@pytest.mark.parametrize(
    ("channel", "answer", "meaning"),
    [
        ("sms", (200, NO_TOKEN), "The key is not accepted: copy it once more from your account."),
        ("viber", (200, NO_MONEY), "There is not enough money on the account."),
        ("telegram", (403, BLOCKED), "This person has not started the bot, or stopped it."),
        ("sms", (503, None), "The provider refused the text."),
    ],
)
def test_a_refusal_is_told_in_the_providers_words_and_in_ours(api, channel, answer, meaning):
    made = sender(channel, api.url("telegram" if channel == "telegram" else "turbosms"))
    api.answers = [answer]

    trial = trials.try_text(made, "777" if channel == "telegram" else "+380671234567", MONDAY)

    assert (trial.is_taken, str(trial.meaning)) == (False, meaning)
    assert trial.said


@pytest.mark.parametrize(
    ("channel", "to", "said"),
    [("sms", "call me", "“call me” is no phone number."), ("telegram", "@olena", "“@olena” is no chat.")],
)
def test_a_test_message_to_nobody_is_refused_here(api, channel, to, said):
    made = sender(channel, api.url("telegram" if channel == "telegram" else "turbosms"))

    trial = trials.try_text(made, to, MONDAY)

    assert str(trial.meaning).startswith(said)
    assert api.taken == []


def test_the_key_does_not_reach_the_page_when_nobody_answers():
    made = sender("telegram", "telegram://topsecret?api_url=http://127.0.0.1:9")

    trial = trials.try_text(made, "777", MONDAY)

    assert not trial.is_taken
    assert "topsecret" not in trial.said


# --- Messages -----------------------------------------------------------------------------------------------------


def test_a_text_is_shown_as_a_text_with_its_parts_and_price(manager, api, order):
    made = sender(Channel.SMS, api.url("turbosms"))
    Sender.objects.filter(pk=made.pk).update(price="0.85", price_currency="UAH")
    message = text_to(order, template(Channel.SMS))
    planned = page_of(manager, message)

    actions.send_due()

    sent = page_of(manager, message)
    for page in (planned, sent):
        assert '<p class="bubble" lang="uk">Олена, замовлення #1042 їде.</p>' in page
        assert "1 part · " in page
        assert "₴" in page or "UAH" in page
        assert "<iframe" not in page


def test_a_chain_of_channels_is_followed_from_page_to_page(manager, api, order):
    sender(Channel.TELEGRAM, api.url("telegram"))
    sender(Channel.SMS, api.url("turbosms"))
    first = text_to(order, template(Channel.TELEGRAM, instead=template(Channel.SMS)))
    actions.send_due()
    fall_back()
    second = Message.objects.get(instead_of=first)

    first_page, second_page = page_of(manager, first), page_of(manager, second)

    assert "Followed by SMS" in first_page
    assert "Stands in for Telegram: No chat: this customer has not started the bot." in second_page
    assert reverse("admin:messaging_message_change", args=[second.pk]) in first_page
    assert reverse("admin:messaging_message_change", args=[first.pk]) in second_page
    assert "This is a copy" not in second_page


def test_the_timeline_of_a_customer_names_the_channel(api, order):
    sender(Channel.SMS, api.url("turbosms"))
    text_to(order, template(Channel.SMS))
    actions.send_due()

    [entry] = [one for one in lends.timeline(order.customer_id, 10) if "sms" in one.text.lower()]

    assert entry.text == "Sent: sms (SMS)"


# --- Templates ----------------------------------------------------------------------------------------------------


def drafted(channel, text, name="Parcel", language="uk"):
    made = drafts.create_template(name, "order_updates", channel, {}, None, MONDAY)
    drafts.save_draft(made, language, Written("", "", "", text), drafts.working(made).token, None, MONDAY)
    return made


def press(client, made, text, do, language="uk", name="change"):
    form = as_form(made, Written("", "", "", text), do, language)
    return client.post(reverse(f"admin:messaging_template_{name}", args=[made.pk]), form, follow=True)


@pytest.fixture
def marketer(client):
    client.force_login(person("marketer"))
    return client


def test_the_counter_counts_the_text_as_it_is_filled_and_what_it_costs(marketer, order):
    Sender.objects.create(slug="sms", channel="sms", is_default=True, price="0.85", price_currency="UAH")
    made = drafted("sms", "-")

    answer = press(marketer, made, "{{ order.number }}" + "ї" * 66, "", name="preview").json()

    assert answer["measure"] == (
        "all letters (UCS-2) · 71 letters · 2 parts · 63 letters left in this part · UAH\u00a01.70 for one message"
    )
    assert answer["warning"] == ""


def test_looking_at_a_template_makes_no_sender(marketer, order):
    made = drafted("sms", "-")

    press(marketer, made, "Hello", "", name="preview")
    page_of(marketer, made)

    assert not Sender.objects.filter(channel="sms").exists()


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("We are waiting for you’", "“’” (U+2019) is not in the GSM alphabet"),
        ("Your parcel has arrived ї and waits for you ґ", "“ї” (U+0457), “ґ” (U+0491) are not in the GSM alphabet"),
        ("Ваша посилка прибула", ""),
        ("Your parcel has arrived", ""),
    ],
)
def test_one_odd_letter_is_named(marketer, order, text, warning):
    answer = press(marketer, drafted("sms", "-"), text, "", name="preview").json()

    assert answer["warning"].startswith(warning) if warning else answer["warning"] == ""


@pytest.mark.parametrize(("channel", "most"), [("sms", 402), ("viber", 1000), ("telegram", 4096)])
def test_a_text_that_is_too_long_when_it_is_filled_is_not_published(marketer, order, channel, most):
    made = drafted(channel, "-")
    text = "{{ order.number }}" + "ї" * (most - 4)

    page = press(marketer, made, text, "publish").content.decode()

    assert f"UK: the text has {most + 1} letters when it is filled, and this channel takes {most}." in page
    assert not made.versions.filter(state="published").exists()


def test_a_text_that_just_fits_is_published(marketer, order):
    made = drafted("sms", "-")

    press(marketer, made, "{{ order.number }}" + "ї" * 397, "publish")

    assert made.versions.filter(state="published").exists()


def settle(client, made, follower, hours="4"):
    form = {"do": "settings", "name": made.name, "purpose": made.purpose_id, "instead_after_hours": hours}
    form["instead"] = follower.pk if follower else ""
    return client.post(reverse("admin:messaging_template_change", args=[made.pk]), form, follow=True)


def test_the_next_channel_is_chosen_among_others_of_the_same_purpose(marketer):
    viber, sms = drafted("viber", "a", "In Viber"), drafted("sms", "b", "By SMS")
    drafts.create_template("Reviews", "review_requests", "sms", {}, None, MONDAY)

    page = page_of(marketer, viber)
    settle(marketer, viber, sms)

    viber.refresh_from_db()
    assert (viber.instead, viber.instead_after_hours) == (sms, 4)
    assert "By SMS (SMS)" in page
    assert "Reviews (SMS)" not in page and "In Viber (Viber)" not in page


def test_a_chain_that_never_ends_is_refused_with_a_sentence(marketer):
    viber, sms = drafted("viber", "a", "In Viber"), drafted("sms", "b", "By SMS")
    settle(marketer, viber, sms)

    page = settle(marketer, sms, viber)

    sms.refresh_from_db()
    assert sms.instead is None
    assert "This chain never ends: By SMS → In Viber → By SMS." in page.content.decode()
