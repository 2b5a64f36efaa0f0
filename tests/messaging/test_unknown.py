"""What nobody knows: evidence first (news, the provider's log, its memory for keys), the purpose's rule last."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging import actions, identity
from messaging.actions import open_ways, unknown
from messaging.channels import lookups
from messaging.models import LocalMail, Message
from messaging.states import LEFT
from orders.actions import save_orders
from tests.builders.door import MONDAY, order_seen
from tests.builders.letters import NOON, letter, news, state_of
from tests.builders.post import HANG_UP, mail_server, planned
from tests.builders.provider_api import provider_api

pytestmark = pytest.mark.django_db

ASKED = ("postmark", "brevo", "mailgun")
OPTIONS = {"mailgun": {"sender_domain": "mg.example.com"}}


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def api():
    with provider_api() as api:
        yield api
    open_ways.close_ways()


def unclear(api=None, scheme="postmark", **fields):
    url = api.url(scheme, **OPTIONS.get(scheme, {})) if api else ""
    return letter("unknown", url=url, **fields)


def taken_by(api, message):
    """The provider has it, whatever we think."""
    from tests.builders.provider_api import Kept

    api.letters.append(Kept("provider-7", message.address, identity.mark_of(message)))


def seen(message):
    state_of(message)
    return message.state, message.provider_id


# --- Found and lost -------------------------------------------------------------------------------------------------


def test_a_row_found_sending_after_its_term_is_unknown_with_the_reason(clock):
    dead = letter("sending", lease_until=NOON - timedelta(seconds=1))
    alive = letter("sending", lease_until=NOON + timedelta(seconds=1))

    moved = actions.resolve_unknown()

    assert (moved, state_of(dead), state_of(alive)) == (1, "unknown", "sending")
    assert dead.why == "The worker died during the hand-over: nobody can tell whether it left."


def test_a_pass_over_nothing_moves_nothing(clock):
    letter("ready"), letter("sent")

    assert actions.resolve_unknown() == 0


def test_an_unknown_message_is_not_looked_at_all_the_time(clock):
    unclear()
    actions.resolve_unknown()

    with CaptureQueriesContext(connection) as queries:
        actions.resolve_unknown()

    assert len(queries) <= 8  # two short looks: nothing is lost, nothing is due


# --- News -----------------------------------------------------------------------------------------------------------


def test_news_that_came_before_the_worker_died_settle_it(clock):
    message = letter("sending", lease_until=NOON - timedelta(seconds=1))
    news(message, "deferred", at=NOON)

    actions.resolve_unknown()

    assert (state_of(message), message.sent_at, message.reason) == ("sent", NOON, "")


def test_news_are_asked_before_the_provider_is(clock, api):
    message = unclear(api)
    news(message, "delivered")

    actions.resolve_unknown()

    assert (state_of(message), api.questions) == ("delivered", [])


# --- The provider's log ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ASKED)
def test_what_the_provider_has_is_sent_with_its_number(clock, api, scheme):
    message = unclear(api, scheme)
    taken_by(api, message)

    actions.resolve_unknown()

    assert seen(message) == ("sent", "provider-7")
    assert (message.sent_at, message.reason, message.resent_at) == (NOON, "", None)


@pytest.mark.parametrize("scheme", ASKED)
def test_what_the_provider_has_no_trace_of_goes_out_once_its_log_is_complete(clock, api, scheme):
    message = unclear(api, scheme, purpose="review_requests")

    clock.shift(timedelta(minutes=59))
    actions.resolve_unknown()
    too_early = state_of(message)
    clock.shift(timedelta(hours=2))
    actions.resolve_unknown()

    assert (too_early, state_of(message)) == ("unknown", "ready")
    assert message.why == "Sent once more because the provider has no trace of it."
    assert message.resent_at is not None


def test_an_order_update_without_a_trace_waits_five_minutes_only(clock, api):
    message = unclear(api)

    clock.shift(timedelta(minutes=6))
    actions.resolve_unknown()

    assert state_of(message) == "ready"


@pytest.mark.parametrize("scheme", ASKED)
def test_a_provider_that_answers_with_another_letter_is_not_believed(clock, api, scheme):
    message = unclear(api, scheme, purpose="review_requests")
    api.mood = "lying"

    for _hour in range(4):
        actions.resolve_unknown()
        clock.shift(timedelta(hours=1))

    # Mailgun is asked for all letters to an address: another one there is no lie, and ours is missing
    assert state_of(message) == ("ready" if scheme == "mailgun" else "unknown")
    assert message.provider_id == ""


@pytest.mark.parametrize("mood", ["down", "garbage"])
@pytest.mark.parametrize("scheme", ASKED)
def test_a_provider_that_gives_no_answer_settles_nothing(clock, api, scheme, mood):
    message = unclear(api, scheme, purpose="marketing")
    taken_by(api, message)
    api.mood = mood

    clock.shift(timedelta(hours=3))
    actions.resolve_unknown()

    assert (seen(message), len(api.questions)) == (("unknown", ""), 1)


def test_a_provider_that_is_down_is_asked_once_in_a_pass_and_the_rule_goes_on(clock, api):
    updates = [unclear(api) for _ in range(5)]
    asks = [unclear(api, purpose="surveys") for _ in range(5)]
    api.mood = "down"

    clock.shift(timedelta(minutes=16))
    actions.resolve_unknown()

    assert len(api.questions) == 1
    assert {state_of(m) for m in updates} == {"ready"}
    assert {state_of(m) for m in asks} == {"unknown"}


def test_a_slow_provider_is_given_up_after_its_time(clock, api, monkeypatch):
    monkeypatch.setattr(lookups, "TIMEOUT", 0.2)
    messages = [unclear(api) for _ in range(3)]
    api.mood = "slow"

    actions.resolve_unknown()

    assert len(api.questions) == 1
    assert {state_of(m) for m in messages} == {"unknown"}


def test_nobody_answers_at_the_providers_address(clock):
    message = letter("unknown", url="postmark://secret?api_url=http://127.0.0.1:9/")

    actions.resolve_unknown()

    assert state_of(message) == "unknown"


@pytest.mark.parametrize("url", ["postmark://sécret", "mailgun://key", "brevo://[", "pigeon://home", "", "smtp://[::1"])
def test_a_way_out_that_cannot_be_asked_stops_nothing(clock, url):
    message = letter("unknown", url=url)

    actions.resolve_unknown()

    assert state_of(message) == "unknown"


def test_a_provider_is_asked_with_our_key_and_by_our_mark(clock, api):
    message = unclear(api)

    actions.resolve_unknown()

    [question], [headers] = api.questions, api.headers
    assert question == f"/messages/outbound?count=5&offset=0&metadata_aftercare={identity.mark_of(message)}"
    assert headers["X-Postmark-Server-Token"] == "secret"


def like(first, count):
    fields = {f.attname: getattr(first, f.attname) for f in Message._meta.concrete_fields if f.name != "id"}
    Message.objects.bulk_create([Message(**{**fields, "key": f"many:{number}"}) for number in range(count)])


def test_more_unknown_messages_than_two_batches_cost_a_bounded_number_of_questions(clock, api, monkeypatch):
    monkeypatch.setattr(unknown, "QUESTIONS", 3)
    like(unclear(api), 2 * unknown.BATCH)

    actions.resolve_unknown()

    assert len(api.questions) == 3
    assert Message.objects.filter(state="unknown").count() == 1_001


def test_more_order_updates_by_plain_smtp_than_two_batches_are_freed_in_one_pass(clock):
    like(letter("unknown"), 2 * unknown.BATCH)

    clock.shift(timedelta(minutes=16))
    moved = actions.resolve_unknown()

    assert moved == 1_001
    assert Message.objects.filter(state="ready", resent_at__isnull=False).count() == 1_001


# --- A provider that remembers keys ---------------------------------------------------------------------------------


def test_a_provider_that_remembers_keys_gets_it_again_at_once_whatever_the_purpose(clock):
    message = letter("unknown", url="resend://key", purpose="marketing")

    actions.resolve_unknown()

    assert state_of(message) == "ready"
    assert message.why == "Handed over once more with the same key: the provider drops a second copy."


def test_what_the_provider_may_have_forgotten_is_left_to_the_purpose(clock):
    message = letter("unknown", url="resend://key", purpose="marketing")

    clock.shift(timedelta(hours=12))
    actions.resolve_unknown()

    assert state_of(message) == "unknown"


def test_the_memory_is_counted_from_the_first_repetition(clock):
    fresh = letter("unknown", url="resend://key", purpose="marketing", resent_at=NOON - timedelta(hours=11))
    old = letter("unknown", url="resend://key", purpose="marketing", resent_at=NOON - timedelta(hours=12))

    actions.resolve_unknown()

    assert (state_of(fresh), fresh.resent_at) == ("ready", NOON - timedelta(hours=11))
    assert state_of(old) == "unknown"


# --- The rule -------------------------------------------------------------------------------------------------------


def test_a_refusal_before_the_silence_does_not_use_up_the_repetition(clock):
    message = unclear(attempts=2)  # 451 at first, then the worker died

    clock.shift(timedelta(minutes=16))
    actions.resolve_unknown()

    assert (state_of(message), message.resent_at) == ("ready", NOON + timedelta(minutes=16))


def test_it_is_sent_once_more_and_not_twice_more(clock):
    message = unclear(attempts=2, resent_at=NOON)

    clock.shift(timedelta(days=1))
    actions.resolve_unknown()

    assert state_of(message) == "unknown"


def test_an_ask_is_left_to_a_person(clock):
    message = unclear(purpose="surveys")

    clock.shift(timedelta(days=1))

    assert (actions.resolve_unknown(), state_of(message)) == (0, "unknown")


def test_what_is_too_late_is_neither_freed_by_the_rule_nor_by_the_log_nor_by_the_key(clock, api):
    messages = [
        unclear(expires_at=NOON),
        unclear(api, expires_at=NOON),
        letter("unknown", url="resend://key", expires_at=NOON),
    ]

    clock.shift(timedelta(hours=3))
    actions.resolve_unknown()

    assert {state_of(m) for m in messages} == {"unknown"}


def test_the_waits_can_be_shortened_for_trials(clock, settings):
    settings.BACK_OFF_SCALE = 0.01
    message = unclear()

    clock.shift(timedelta(seconds=10))
    actions.resolve_unknown()

    assert state_of(message) == "ready"


def test_what_was_handed_over_again_while_it_was_looked_at_is_not_freed(clock):
    message = unclear()
    Message.objects.update(lease=message.lease + 1)

    freed = unknown._send_once_more([message], unknown.SENT_AGAIN, NOON)

    assert (freed, state_of(message), message.resent_at) == (set(), "unknown", None)


# --- A person -------------------------------------------------------------------------------------------------------


def test_a_person_who_sends_it_again_leaves_the_mark_that_there_may_be_two(clock):
    message = unclear()

    actions.settle_unknown(message, arrived=False)

    assert (state_of(message), message.resent_at) == ("ready", NOON)


def test_who_settled_it_is_written_down(clock, django_user_model):
    from events.models import Event

    agent = django_user_model.objects.create_user("agent@shop.example", "x", name="Agent")
    here, there = unclear(), unclear()

    actions.settle_unknown(here, arrived=True, by=agent)
    actions.settle_unknown(there, arrived=False, by=agent)

    told = Event.objects.order_by("pk").values_list("kind", "subject_id", "created_by_id", "data")
    assert list(told) == [
        ("message.settled", here.pk, agent.pk, {}),
        ("message.replayed", there.pk, agent.pk, {"was": "unknown", "job_id": None, "new_id": None}),
    ]


# --- The whole way ----------------------------------------------------------------------------------------------------


@pytest.fixture
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def ordered(store):
    return save_orders(store, [order_seen(1042)])[0].order


@pytest.mark.parametrize("scheme", ASKED)
@pytest.mark.usefixtures("journeys")
def test_a_provider_that_accepts_and_drops_the_answer_is_asked_and_nothing_is_doubled(
    store, settings, monday, api, scheme
):
    settings.EMAIL_URL = api.url(scheme, **OPTIONS.get(scheme, {}))
    message = planned(ordered(store), MONDAY)
    api.drops = 1
    actions.send_due()
    assert state_of(message) == "unknown"

    monday.shift(timedelta(minutes=1))
    actions.resolve_unknown()
    actions.send_due()

    assert seen(message) == ("sent", "id-1")
    assert len(api.letters) == 1


@pytest.mark.usefixtures("journeys")
def test_resend_gets_the_same_key_and_drops_the_second_copy(store, settings, monday, api):
    settings.EMAIL_URL = api.url("resend")
    message = planned(ordered(store), MONDAY)
    api.drops = 1
    actions.send_due()

    monday.shift(timedelta(minutes=1))
    actions.resolve_unknown()
    actions.send_due()

    assert state_of(message) == "sent"
    assert [(kept.key, kept.to) for kept in api.letters] == [(identity.mark_of(message), message.address)]
    assert api.repeated == 1


@pytest.mark.usefixtures("journeys")
def test_the_mark_is_the_same_on_every_attempt(store, settings, monday):
    message = planned(ordered(store), MONDAY)
    mails = []
    for answer in (HANG_UP, "250 taken"):
        with mail_server(answer) as server:
            settings.EMAIL_URL = server.url
            actions.send_due()
        mails += server.mails
        open_ways.close_ways()
        monday.shift(timedelta(minutes=16))
        actions.resolve_unknown()

    [mail] = mails
    assert state_of(message) == "sent"
    assert identity.read_mark(mail["Message-ID"]) == identity.mark_of(message)
    assert LocalMail.objects.count() == 0


# --- The mark -------------------------------------------------------------------------------------------------------


def test_a_mark_leads_back_to_its_message_and_a_forged_one_does_not():
    message, other = letter("sent"), letter("sent")
    mark = identity.mark_of(message)
    forged = f"{other.pk}-{mark.partition('-')[2]}"

    assert identity.messages_of([mark, forged, "1-2", "", "x" * 500]) == {mark: message.pk}


def test_a_mark_made_with_a_former_secret_is_ours_too(settings):
    message = letter("sent")
    mark = identity.mark_of(message)

    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret-of-this-installation"

    assert identity.messages_of([mark]) == {mark: message.pk}
    assert identity.mark_of(message) != mark


@pytest.mark.parametrize("state", LEFT)
def test_a_mark_is_read_out_of_whatever_it_stands_in(state):
    message = letter(state)
    mark = identity.mark_of(message)

    assert identity.read_mark(identity.message_id(mark, "Olena <olena@shop.example>")) == mark
    assert identity.read_mark(f"bounce+{mark}@shop.example") == mark
    assert identity.read_mark(f"x{mark}") == ""
