"""Senders in the agent's room: the form and its secrets, presets, the test mail, banners, the health page."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from messaging.actions import pauses, trials
from messaging.models import LocalMail, Sender, SenderHealth, Stream
from tests.builders.post import mail_server
from tests.builders.room import person

pytestmark = pytest.mark.django_db

SENDERS, HEALTH, STREAMS = "/admin/messaging/sender/", "/admin/messaging/sender/health/", "/admin/messaging/stream/"
FORM = {
    "person": "Olena",
    "photo_url": "",
    "address": "olena@lavka.ua",
    "reply_address": "",
    "host": "smtp.yandex.ru",
    "port": "465",
    "security": "smtp+ssl",
    "connections": "2",
    "username": "olena@lavka.ua",
    "password": "p@ss/w:rd",
    "other_way": "",
    "per_hour": "",
    "per_day": "500",
    "reserve_percent": "20",
    "limit_gmail": "300",
    "warm_up_began_on": "2026-11-20",
    "warm_up": "new",
    "dkim_selectors": "",
}
URL = "smtp+ssl://olena%40lavka.ua:p%40ss%2Fw%3Ard@smtp.yandex.ru:465"


@pytest.fixture
def manager(client):
    user = person("manager")
    client.force_login(user)
    return user


@pytest.fixture
def lavka():
    return Sender.objects.create(slug="lavka", address="hello@lavka.ua", person="Olena", url=URL)


def page_of(sender):
    return f"{SENDERS}{sender.pk}/change/"


def act(client, sender, **posted):
    return client.post(f"{SENDERS}{sender.pk}/act/", posted, follow=True)


# --- The form -----------------------------------------------------------------------------------------------------


def test_a_sender_is_written_down_in_parts_and_kept_as_one_address(client, manager):
    answer = client.post(f"{SENDERS}add/", FORM | {"slug": "lavka", "channel": "email"}, follow=True)

    made = Sender.objects.get(slug="lavka")
    assert answer.status_code == 200
    assert (made.url, made.per_day, made.group_limits, made.warm_up) == (URL, 500, {"gmail": 300}, "new")


def test_the_password_is_never_shown_and_stays_when_the_field_is_empty(client, manager, lavka):
    shown = client.get(page_of(lavka)).content.decode()

    client.post(page_of(lavka), FORM | {"password": ""})

    lavka.refresh_from_db()
    assert "p@ss" not in shown and "p%40ss" not in shown
    assert lavka.url == URL


def test_a_kept_password_does_not_go_to_another_server(client, manager, lavka):
    answer = client.post(page_of(lavka), FORM | {"password": "", "host": "smtp.evil.example"})

    lavka.refresh_from_db()
    assert "Write the password again" in answer.content.decode()
    assert lavka.url == URL


def test_the_key_of_a_provider_is_not_shown_and_stays(client, manager):
    lavka = Sender.objects.create(slug="lavka", url="brevo://SECRETKEY")
    shown = client.get(page_of(lavka)).content.decode()

    client.post(page_of(lavka), FORM | {"host": "", "username": "", "password": "", "other_way": "brevo://••••••"})

    lavka.refresh_from_db()
    assert "SECRETKEY" not in shown
    assert lavka.url == "brevo://SECRETKEY"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"host": "smtp.example.com/x y"}, "Write the name of a server"),
        ({"other_way": "nonsense://x"}, "Choose one"),
        ({"host": "", "username": "", "other_way": "nonsense://x"}, "Begin with one of: brevo://"),
        ({"person": "Olena\x0bBcc: all"}, "cannot stand in the head of a mail"),
        ({"username": "new", "password": ""}, "Write the password again"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(client, manager, lavka, wrong, said):
    answer = client.post(page_of(lavka), FORM | wrong)

    lavka.refresh_from_db()
    assert said in answer.content.decode()
    assert lavka.url == URL


def test_saving_a_form_does_not_undo_what_the_breaker_did_meanwhile(client, manager, lavka, monkeypatch):
    later = timezone.now() + timedelta(minutes=5)
    from messaging.admin.senders import Senders

    real = Senders.save_model

    def meanwhile(*args):
        Sender.objects.update(paused_until=later, failures=5)
        return real(*args)

    monkeypatch.setattr(Senders, "save_model", meanwhile)

    client.post(page_of(lavka), FORM)

    lavka.refresh_from_db()
    assert (lavka.paused_until, lavka.per_day) == (later, 500)


def test_changed_limits_open_a_sender_that_was_full(client, manager, lavka):
    Sender.objects.update(full_until=timezone.now() + timedelta(hours=1))

    client.post(page_of(lavka), FORM)

    lavka.refresh_from_db()
    assert lavka.full_until is None


def test_a_preset_fills_the_fields_and_keeps_nothing_until_saved(client, manager, lavka):
    shown = client.get(page_of(lavka) + "?preset=gmail").content.decode()

    lavka.refresh_from_db()
    assert 'value="smtp.gmail.com"' in shown and 'value="587"' in shown
    assert "support.google.com/mail/answer/22839" in shown
    assert lavka.url == URL


def test_an_agent_sees_senders_and_changes_none(client, lavka):
    client.force_login(person("agent"))

    seen = client.get(HEALTH)
    before = Sender.objects.values().get(pk=lavka.pk)

    assert seen.status_code == 200 and lavka.slug in seen.content.decode()
    assert client.post(page_of(lavka), FORM).status_code == 403
    assert client.post(f"{SENDERS}{lavka.pk}/act/", {"deed": "test"}).status_code == 403
    assert Sender.objects.values().get(pk=lavka.pk) == before


# --- The test mail ------------------------------------------------------------------------------------------------


def test_a_test_mail_says_what_the_server_answered(client, manager):
    with mail_server("250 2.0.0 queued as 4Xk") as server:
        lavka = Sender.objects.create(slug="lavka", address="hello@lavka.ua", url=server.url)
        said = act(client, lavka, deed="test", to="petro@example.com").content.decode()

    assert "The server took the mail. It said: 250 2.0.0 queued as 4Xk" in said
    assert [mail["To"] for mail in server.mails] == ["petro@example.com"]


def test_a_server_that_refuses_is_quoted_and_explained(client, manager):
    with mail_server("421 4.7.0 too many") as server:
        lavka = Sender.objects.create(slug="lavka", address="hello@lavka.ua", url=server.url)
        said = act(client, lavka, deed="test", to="petro@example.com").content.decode()

    assert "The server is busy, or thinks that we send too much. Try again later." in said
    assert "421 4.7.0 too many" in said


def test_a_server_that_is_not_there_is_named_so():
    lavka = Sender.objects.create(slug="lavka", address="hello@lavka.ua", url="smtp://127.0.0.1:9")

    trial = trials.try_sender(lavka, "petro@example.com", timezone.now())

    assert not trial.is_taken
    assert str(trial.meaning) == "Nobody answers at this port."


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("535 5.7.8 Error: authentication failed", "The user name or password is not accepted."),
        ("[Errno -2] Name or service not known", "There is no server of this name."),
        ("timed out", "The server did not answer in time"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "The encryption is of another kind"),
        ("certificate verify failed: Hostname mismatch", "The server's certificate does not fit its name."),
        ("550 who knows", "The server refused the mail."),
    ],
)
def test_answers_are_explained(said, meaning):
    assert str(trials.meaning_of(said)).startswith(meaning)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://u:topsecret@h", "535 you sent topsecret"),
        ("smtp://u:top%40secret@h", "535 you sent top@secret"),
        ("brevo://xkeysib-123", "bad key xkeysib-123"),
        ("ses://?aws_secret_access_key=topsecret", "signature of topsecret"),
    ],
)
def test_no_secret_reaches_the_page(url, said):
    assert "•••" in trials.without_secrets(said, url)
    assert "secret" not in trials.without_secrets(said, url) and "xkeysib" not in trials.without_secrets(said, url)


def test_without_a_way_out_the_test_mail_is_kept_in_the_local_mailbox(lavka):
    lavka.url = ""

    trial = trials.try_sender(lavka, "petro@example.com", timezone.now())

    assert (trial.is_taken, LocalMail.objects.get().to) == (True, "petro@example.com")


@pytest.mark.parametrize("to", ["", "no address", "a@b\r\nBcc: all@example.com"])
def test_a_test_mail_to_no_address_is_refused_and_not_raised(lavka, to):
    lavka.url = "smtp://127.0.0.1:9"

    assert not trials.try_sender(lavka, to, timezone.now()).is_taken


# --- Pause, banners, health ---------------------------------------------------------------------------------------


def test_everything_is_paused_and_resumed_by_one_button_and_every_page_says_so(client, manager):
    client.post(f"{STREAMS}everything/", {"deed": "pause"})
    paused = client.get("/admin/").content.decode()

    stream = Stream.objects.get(slug="everything")
    client.post(f"{STREAMS}{stream.pk}/change/", {"deed": "resume"})

    assert f"by {manager}." in paused and "Resume sending" in paused
    assert "Sending is paused" not in client.get("/admin/").content.decode()


def test_an_agent_sees_the_banner_without_its_button(client):
    pauses.pause(pauses.everything(), None, timezone.now())
    client.force_login(person("agent"))

    page = client.get("/admin/").content.decode()

    assert "Sending is paused since" in page
    assert "Resume sending" not in page
    assert client.post(f"{STREAMS}everything/", {"deed": "resume"}).status_code == 403


def test_a_provider_in_trouble_is_on_every_page_until_somebody_tries_again(client, manager, lavka):
    Sender.objects.update(
        failures=5, paused_until=timezone.now(), pause_reason="It said: %(e)s", pause_values={"e": "<b>"}
    )

    before = client.get(STREAMS).content.decode()
    act(client, lavka, deed="resume")

    assert "Olena does not send at the moment. It said: &lt;b&gt;" in before
    assert "does not send" not in client.get(STREAMS).content.decode()


def test_marketing_goes_on_by_a_button_beside_the_figures(client, manager, lavka):
    Sender.objects.update(marketing_paused_at=timezone.now())

    before = client.get(HEALTH).content.decode()
    act(client, lavka, deed="resume_marketing", back="health")

    assert "I have read why" in before
    assert Sender.objects.get().marketing_paused_at is None


def test_the_health_page_shows_figures_limits_and_findings(client, manager, lavka):
    Sender.objects.update(per_day=500, warm_up_began_on=timezone.now().date())
    SenderHealth.objects.create(
        sender=lavka,
        dns=[{"what": "spf", "tone": "bad", "text": "No SPF record: nobody can tell who may send for %(domain)s.",
              "values": {"domain": "lavka.ua"}, "record": ""}],
        figures={"gmail": {"sent": 2000, "bounced": 10, "complained": 4}, "ukrnet": {"sent": 100}},
        counted_at=timezone.now(),
    )  # fmt: skip

    page = client.get(HEALTH).content.decode()

    assert "nobody can tell who may send for lavka.ua" in page
    assert "0.2 %" in page and "0 of 500" in page and "day 1 of 8" in page
    assert "p%40ss" not in page


@pytest.mark.parametrize("deed", ["", "delete", "__class__"])
def test_an_unknown_button_is_no_page(client, manager, lavka, deed):
    assert client.post(f"{SENDERS}{lavka.pk}/act/", {"deed": deed}).status_code == 404
    assert client.get(f"{SENDERS}{lavka.pk}/act/").status_code == 405


def test_a_sender_of_texts_has_no_dns_and_no_test_mail(client, manager):
    texts = Sender.objects.create(slug="sms", channel="sms", address="LAVKA", url="turbosms://TOKEN")

    form = client.get(page_of(texts)).content.decode()
    posted = FORM | {
        "price": "0.89",
        "price_currency": "UAH",
        "address": "LAVKA",
        "host": "",
        "username": "",
        "password": "",
        "other_way": "turbosms://••••••",
    }
    client.post(page_of(texts), posted)

    texts.refresh_from_db()
    assert "Send a test mail" not in form and "TOKEN" not in form
    assert "May it write as" not in client.get(HEALTH).content.decode()
    assert (texts.url, texts.per_day) == ("turbosms://TOKEN", 500)
    assert (texts.price, texts.price_currency) == (Decimal("0.89"), "UAH")
