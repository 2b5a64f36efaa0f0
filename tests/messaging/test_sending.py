"""Sending: lanes, leases, what a mail server may answer, and what nobody knows."""

from datetime import timedelta

import pytest
import time_machine
from django.core.mail import get_connection
from django.utils import timezone

from messaging import actions, contexts, identity
from messaging.actions import claiming, sending, settling
from messaging.channels import mime
from messaging.channels.email import PROVIDERS, backend_for, fell_silent, judge_error
from messaging.channels.ways import Later, Refused
from messaging.models import LocalMail, Message, MessageBody, Stream
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.post import HANG_UP, mail_server, planned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def place(store, number=1042, **overrides):
    return save_orders(store, [order_seen(number, **overrides)])[0].order


def places(store, count):
    return [place(store, number, email=f"n{number}@example.com", customer_id=str(number)) for number in range(count)]


def state_of(message):
    message.refresh_from_db()
    return message.state, message.why


# --- Order of leaving ---------------------------------------------------------------------------------------------


def test_order_updates_overtake_asks_whatever_their_time(store):
    order = place(store)
    ask = planned(order, MONDAY - timedelta(hours=3), "order_link", key="ask")
    Message.objects.filter(pk=ask.pk).update(lane=5)
    update = planned(order, MONDAY - timedelta(minutes=1), key="update")

    actions.send_due(limit=1)

    assert (state_of(update)[0], state_of(ask)[0]) == ("sent", "ready")


def test_a_message_is_not_sent_before_its_time_nor_by_a_paused_stream(store, monday):
    early = planned(place(store), MONDAY + timedelta(seconds=1))

    assert actions.send_due() == 0
    Stream.objects.update(paused_at=MONDAY)
    monday.shift(timedelta(minutes=1))
    assert actions.send_due() == 0
    Stream.objects.update(paused_at=None)
    assert actions.send_due() == 1

    assert state_of(early) == ("sent", "")


def test_a_lease_that_runs_is_not_taken_by_another_worker_and_one_that_ended_is(store, monday):
    planned(place(store), MONDAY)
    claiming.claim(10, MONDAY)

    while_it_runs = actions.send_due()
    monday.shift(claiming.LEASE + timedelta(seconds=1))
    after = actions.send_due()

    assert (while_it_runs, after) == (0, 1)


def test_a_worker_that_lost_its_lease_moves_nothing(store):
    message = planned(place(store), MONDAY)
    [slow] = claiming.claim(10, MONDAY)
    Message.objects.filter(pk=message.pk).update(lease=slow.lease + 1, state="sent")

    moved = settling.move(slow, "failed")

    assert (moved, state_of(message)[0]) == (False, "sent")


# --- What the mail server says ------------------------------------------------------------------------------------


def send_through(settings, *answers, refused=None):
    with mail_server(*answers) as server:
        settings.EMAIL_URL = server.url
        server.refused = refused or {}
        actions.send_due()
    return server


def test_a_mail_arrives_with_both_parts_and_a_message_id_of_its_own(store, settings):
    message = planned(place(store), MONDAY)

    [mail] = send_through(settings).mails

    assert state_of(message) == ("sent", "")
    assert (mail["To"], mail["From"]) == ("olena@example.com", "Лавка <hello@lavka.example>")
    assert mail["Reply-To"] == "help@lavka.example"
    assert mail["Message-ID"] == identity.message_id(identity.mark_of(message), "hello@lavka.example")
    assert "Чайник" in mail.get_body(("plain",)).get_content()
    assert "Чайник" in mail.get_body(("html",)).get_content()


def test_a_refusal_for_good_is_a_failure_with_the_servers_words(store, settings):
    message = planned(place(store), MONDAY)

    send_through(settings, "554 we do not like you")

    state, why = state_of(message)
    assert (state, message.settled_at) == ("failed", MONDAY)
    assert why == "The mail server refused it for good: 554 we do not like you"


def test_an_address_that_does_not_exist_is_a_failure(store, settings):
    message = planned(place(store), MONDAY)

    send_through(settings, refused={"olena@example.com": "550 no such user"})

    state, why = state_of(message)
    assert state == "failed"
    assert "no such user" in why


def test_not_now_is_tried_again_with_growing_waits_and_then_given_up(store, settings, monday):
    message = planned(place(store), MONDAY)

    waits = []
    for _ in range(6):
        send_through(settings, "451 try later")
        message.refresh_from_db()
        waits.append((message.send_after - timezone.now()).total_seconds())
        monday.move_to(message.send_after + timedelta(seconds=1))

    assert state_of(message)[0] == "failed"
    assert "try later" in message.why
    for waited, most in zip(waits[:5], settling.BACK_OFF, strict=False):
        assert most / 2 <= waited <= most


def test_after_not_now_the_mail_leaves_once(store, settings, monday):
    message = planned(place(store), MONDAY)

    first = send_through(settings, "451 try later").mails
    monday.shift(timedelta(minutes=2))
    second = send_through(settings).mails

    assert (len(first), len(second)) == (0, 1)
    assert state_of(message) == ("sent", "")


def test_a_server_that_hangs_up_leaves_one_unknown_and_the_rest_of_the_batch_is_sent(store, settings):
    messages = [planned(order, MONDAY) for order in places(store, 4)]

    server = send_through(settings, HANG_UP)

    silent = "The mail server fell silent during the hand-over: the mail server hung up"
    assert sorted(state_of(m) for m in messages) == [("sent", ""), ("sent", ""), ("sent", ""), ("unknown", silent)]
    assert len(server.mails) == 3


def test_a_server_that_says_good_bye_between_two_mails_costs_nobody(store, settings, monday):
    messages = [planned(order, MONDAY) for order in places(store, 3)]

    server = send_through(settings, "421 too many mails at once")
    monday.shift(timedelta(minutes=2))
    more = send_through(settings)

    assert [state_of(m)[0] for m in messages] == ["sent"] * 3
    assert (len(server.mails), len(more.mails)) == (2, 1)


def test_a_server_that_is_away_costs_no_attempt(store, settings, monday):
    message = planned(place(store), MONDAY)
    settings.EMAIL_URL = "smtp://127.0.0.1:9"

    for _ in range(8):
        actions.send_due()
        monday.shift(timedelta(minutes=2))

    state, why = state_of(message)
    assert (state, message.attempts) == ("ready", 0)
    assert why == "The mail server did not take it yet: [Errno 111] Connection refused"


def test_a_wrong_email_url_says_so_at_the_message_and_stops_nothing(store, settings):
    message = planned(place(store), MONDAY)
    settings.EMAIL_URL = "pigeon://home"

    actions.send_due()

    state, why = state_of(message)
    assert state == "ready"
    assert why.startswith("The mail server did not take it yet: EMAIL_URL begins with pigeon://, which is neither")


# --- What nobody knows --------------------------------------------------------------------------------------------


def test_an_order_update_that_may_have_left_is_sent_once_more_after_fifteen_minutes(store, settings, monday):
    message = planned(place(store), MONDAY)
    send_through(settings, HANG_UP)

    monday.shift(timedelta(minutes=15))
    too_early = actions.resolve_unknown()
    monday.shift(timedelta(seconds=1))
    in_time = actions.resolve_unknown()
    send_through(settings, HANG_UP)
    monday.shift(timedelta(hours=1))
    never_again = actions.resolve_unknown()

    assert (too_early, in_time, never_again) == (0, 1, 0)
    assert (state_of(message)[0], message.attempts) == ("unknown", 2)


def test_an_ask_that_may_have_left_is_left_to_a_person(store, settings, monday):
    order = place(store)
    actions_ask(order)
    message = planned(order, MONDAY, "review_request")
    send_through(settings, HANG_UP)
    assert state_of(message)[0] == "unknown"

    monday.shift(timedelta(days=1))

    assert actions.resolve_unknown() == 0
    assert state_of(message)[0] == "unknown"


def actions_ask(order):
    from feedback.actions import ask_for_reviews

    ask_for_reviews([order], timezone.now())


def test_what_is_too_late_is_not_sent_once_more(store, settings, monday):
    planned(place(store), MONDAY, expires_at=MONDAY + timedelta(minutes=10))
    send_through(settings, HANG_UP)

    monday.shift(timedelta(hours=1))

    assert actions.resolve_unknown() == 0


@pytest.mark.parametrize(("arrived", "state"), [(True, "sent"), (False, "ready")])
def test_a_person_who_knows_settles_it(store, settings, arrived, state):
    message = planned(place(store), MONDAY)
    send_through(settings, HANG_UP)

    assert actions.settle_unknown(message, arrived) is True
    assert actions.settle_unknown(message, arrived) is False

    assert state_of(message) == (state, "")


# --- What cannot be written ---------------------------------------------------------------------------------------


def test_a_variable_that_is_missing_is_named_and_the_neighbour_is_sent(store, monkeypatch):
    bad, good = [planned(order, MONDAY) for order in places(store, 2)]
    load = contexts.load

    def without_number(subjects, now, *named):
        data = load(subjects, now, *named)
        del data["order", bad.subject_id]["order"]["number"]
        return data

    monkeypatch.setattr(contexts, "load", without_number)
    actions.send_due()

    assert state_of(bad) == ("failed", "The mail needs “order.number”, and it is not known here.")
    assert state_of(good) == ("sent", "")


def test_an_error_of_ours_in_one_mail_holds_back_that_mail_alone(store, monkeypatch):
    bad, good = [planned(order, MONDAY) for order in places(store, 2)]
    load = contexts.load

    def stumble(subjects, now, *named):
        if ("order", bad.subject_id) in subjects:
            raise KeyError("boom")
        return load(subjects, now, *named)

    monkeypatch.setattr(contexts, "load", stumble)
    actions.send_due()

    assert state_of(good) == ("sent", "")
    assert state_of(bad) == ("ready", "An error on our side: KeyError: 'boom'")
    assert bad.send_after == MONDAY + timedelta(hours=1)


def test_a_mail_that_cannot_be_packed_is_held_back_before_its_hand_over(store, settings, monkeypatch):
    bad, good = [planned(order, MONDAY) for order in places(store, 2)]
    build = mime.build

    def stumble(envelope):
        if envelope.mark == identity.mark_of(bad):
            raise KeyError("boom")
        return build(envelope)

    monkeypatch.setattr(mime, "build", stumble)
    server = send_through(settings)

    assert state_of(good) == ("sent", "")
    assert state_of(bad) == ("ready", "An error on our side: KeyError: 'boom'")
    assert (bad.attempts, len(server.mails)) == (0, 1)


def test_a_time_zone_that_does_not_exist_holds_back_that_shop_alone(store):
    bad, good = [planned(order, MONDAY) for order in places(store, 2)]
    bad.customer.time_zone = "Europe/Atlantis"
    bad.customer.save()

    actions.send_due()

    assert [state_of(bad)[0], state_of(good)[0]] == ["ready", "sent"]
    assert "Europe/Atlantis" in bad.why


def test_what_a_message_speaks_of_may_be_gone(store):
    message = planned(place(store), MONDAY, subject=("order", 999_999))

    actions.send_due()

    assert state_of(message) == ("failed", "What this message speaks of is gone.")


def test_the_archive_shows_no_token(store):
    order = place(store)
    message = planned(order, MONDAY)

    actions.send_due()

    body = MessageBody.objects.get(message=message)
    sent = bytes(LocalMail.objects.get().raw).decode()
    assert "/o/…" in body.text and "/o/…" in body.html
    assert "/o/…" not in sent


@pytest.mark.parametrize("name", ["Олена\r\nBcc: victim@example.com", "Олена\nX-Evil: 1", "Оле\u2028на", "Оле\x07на"])
def test_a_name_cannot_write_headers(store, settings, name):
    planned(place(store, first_name=name), MONDAY)

    [mail] = send_through(settings).mails

    assert mail["Bcc"] is None and mail["X-Evil"] is None
    assert mail["To"] == "olena@example.com"
    assert "\n" not in mail["Subject"]


def test_a_shops_name_that_would_break_out_of_the_head_stays_one_name(store, settings):
    store.name = "Лавка\r\nBcc: victim@example.com"
    store.save()
    message = planned(place(store), MONDAY)

    [mail] = send_through(settings).mails

    assert state_of(message) == ("sent", "")
    assert (mail["From"].addresses[0].display_name, mail["Bcc"]) == ("Лавка Bcc: victim@example.com", None)


def test_more_mails_than_a_batch_holds_leave_once_each(store):
    many = range(sending.FEWEST + 5)
    orders = save_orders(store, [order_seen(n, email=f"n{n}@example.com", phone="", customer_id=str(n)) for n in many])
    for saved in orders:
        planned(saved.order, MONDAY)

    taken = sum(iter(actions.send_due, 0))

    assert taken == len(orders) == 25
    assert LocalMail.objects.values("to").distinct().count() == LocalMail.objects.count() == 25


# --- EMAIL_URL ----------------------------------------------------------------------------------------------------

SMTP = "django.core.mail.backends.smtp.EmailBackend"
ADDRESSES = {
    "": ("messaging.channels.email.LocalMailbox", {}),
    "smtp://mail.example:2525": (SMTP, {"host": "mail.example", "port": 2525, "use_tls": False, "use_ssl": False}),
    "smtp://mail.example": (SMTP, {"port": 25, "username": "", "password": ""}),
    "smtp+tls://me:p%40ss@mail.example": (SMTP, {"port": 587, "username": "me", "password": "p@ss", "use_tls": True}),
    "smtp+ssl://me%40x.example:pw@mail.example": (SMTP, {"port": 465, "username": "me@x.example", "use_ssl": True}),
    "brevo://KEY": ("anymail.backends.brevo.EmailBackend", {"api_key": "KEY"}),
    "postmark://TOKEN": ("anymail.backends.postmark.EmailBackend", {"server_token": "TOKEN"}),
    "mailgun://key-1?sender_domain=mg.example.com": (
        "anymail.backends.mailgun.EmailBackend",
        {"api_key": "key-1", "sender_domain": "mg.example.com"},
    ),
    "sendgrid://SG.a%2Fb": ("anymail.backends.sendgrid.EmailBackend", {"api_key": "SG.a/b"}),
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_email_url_names_its_backend_and_options(url):
    backend, options = backend_for(url)

    expected_backend, expected = ADDRESSES[url]
    assert backend == expected_backend
    assert expected.items() <= options.items()


MORE = {
    "unisender_go": "?api_url=https://go2.unisender.ru/en/transactional/api/v1/",
    "mailjet": "?secret_key=S",
    "postal": "?api_url=https://postal.example/api/v1/",
    "scaleway": "?project_id=P",
}


@pytest.mark.parametrize("provider", sorted(set(PROVIDERS) - {"ses"}))
def test_every_provider_builds_its_backend(provider):
    backend, options = backend_for(f"{provider}://KEY{MORE.get(provider, '')}")

    connection = get_connection(backend, **options)

    assert type(connection).__module__ == backend.rpartition(".")[0]


def test_an_unknown_scheme_is_a_sentence():
    with pytest.raises(ValueError) as refusal:
        backend_for("pigeon://home")

    assert str(refusal.value).startswith("EMAIL_URL begins with pigeon://, which is neither smtp nor one of brevo, ")


def test_a_provider_that_breaks_off_is_unknown_and_one_that_refuses_is_not():
    import requests
    from anymail.exceptions import AnymailRecipientsRefused
    from urllib3.exceptions import MaxRetryError, ProtocolError

    def because(error, cause):
        error.__cause__ = cause
        return error

    cut = requests.ConnectionError(ProtocolError("Connection aborted."))
    never = requests.ConnectionError(MaxRetryError(None, "/", "refused"))
    busy = requests.Response()
    busy.status_code = 429

    assert fell_silent(because(requests.ConnectionError("posting"), cut))
    assert fell_silent(because(requests.ReadTimeout("posting"), requests.ReadTimeout("slow")))
    assert not fell_silent(because(requests.ConnectionError("posting"), never))
    assert not fell_silent(requests.HTTPError(response=busy))
    assert judge_error(AnymailRecipientsRefused()) == Refused("All message recipients were rejected or invalid")
    assert judge_error(requests.HTTPError(response=busy)) == Later("HTTPError", way_failed=True)
    busy.headers["Retry-After"] = "90"
    assert judge_error(requests.HTTPError("busy", response=busy)) == Later("busy", way_failed=True, seconds=90)
