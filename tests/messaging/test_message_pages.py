"""The pages of messages: what did not leave, rehearsal and replay, sending again, what became of a letter."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from messaging import actions
from messaging.models import Message, Suppression
from staff.models import Job
from tests.builders import room
from tests.builders.letters import NOON, letter, news, state_of

pytestmark = pytest.mark.django_db

DEAD = "admin:messaging_message_dead"
REHEARSE = "admin:messaging_message_rehearse"


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def signed_in(client, role):
    client.force_login(room.person(role))
    return client


@pytest.fixture
def agent(client):
    return signed_in(client, "agent")


def read(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def page_of(client, message):
    return read(client, reverse("admin:messaging_message_change", args=[message.pk]))


def failed(error="550 no", **fields):
    reason = "The mail server refused it for good: %(error)s"
    return letter("failed", reason=reason, reason_values={"error": error}, **fields)


# --- What did not leave ---------------------------------------------------------------------------------------------


def test_dead_letters_are_shown_by_reason_with_their_number(agent):
    failed("550 no such user <one@example.com>"), failed("550 no such user <two@example.com>"), letter("unknown")

    body = read(agent, reverse(DEAD))

    assert body.count('class="dead__why"') == 2
    assert "550 no such user &lt;two@example.com&gt;" in body


def test_a_group_leads_to_its_letters(agent):
    message, other = failed("550 a"), failed("554 b")
    from messaging.actions.replay import Choice, groups_of

    group = next(g for g in groups_of(Choice()) if "550 a" in g.why)
    body = read(agent, f"{reverse(DEAD)}?state=failed&reason={group.fingerprint}")

    assert (message.address in body, other.address in body) == (True, False)


def test_what_the_gate_refused_is_shown_when_asked_for(agent):
    letter("skipped", reason="The order was cancelled.")

    assert "The order was cancelled." not in read(agent, reverse(DEAD))
    assert "The order was cancelled." in read(agent, reverse(DEAD) + "?state=skipped")
    assert "The order was cancelled." in read(agent, reverse(DEAD) + "?state=all")


@pytest.mark.parametrize(
    "query", ["state=x&days=y&stream=z&purpose=%00&reason='", "stream=99999999999999999999", "days=-1", "ids=abc", "%"]
)
def test_a_filter_that_makes_no_sense_shows_a_page(agent, query):
    failed()

    read(agent, f"{reverse(DEAD)}?{query}")


def test_the_list_leads_to_what_did_not_leave_and_names_its_columns_in_the_language_of_the_reader(agent):
    failed()

    body = read(agent, reverse("admin:messaging_message_changelist"))

    assert reverse(DEAD) in body
    assert '<th scope="col" class="column-why_short">Why</th>' in body


@pytest.mark.parametrize("query", ["sender__id__exact=1", "channel=email", "channel=pigeon", "what=not"])
def test_the_list_is_filtered_by_sender_and_channel(agent, query):
    letter("sent")

    read(agent, f"{reverse('admin:messaging_message_changelist')}?{query}")


# --- Rehearsal and replay -------------------------------------------------------------------------------------------


def test_one_message_is_rehearsed_and_then_replayed_from_its_page(agent):
    message = failed()
    assert "Rehearse a replay" in page_of(agent, message)

    rehearsal = agent.post(reverse(REHEARSE), {"ids": message.pk})
    body = read(agent, rehearsal.url)
    assert (state_of(message), "Let 1 message go out" in body) == ("failed", True)
    replay = agent.post(rehearsal.url)

    assert state_of(message) == "ready"
    assert "What happened" in read(agent, replay.url)
    assert "Agent · agent" in page_of(agent, message)


def test_a_group_is_replayed_with_its_filter_and_no_other_letter(agent):
    two, other = [failed("550 a"), failed("550 a")], failed("554 b")
    from messaging.actions.replay import Choice, groups_of

    group = next(g for g in groups_of(Choice()) if g.count == 2)
    rehearsal = agent.post(reverse(REHEARSE), {"state": "failed", "reason": group.fingerprint})
    agent.post(rehearsal.url)

    assert [state_of(m) for m in (*two, other)] == ["ready", "ready", "failed"]


def test_the_chosen_ones_of_the_list_are_rehearsed(agent):
    one, other = failed(), failed()

    answer = agent.post(
        reverse("admin:messaging_message_changelist"), {"action": "rehearse_chosen", "_selected_action": [one.pk]}
    )

    assert "Let 1 message go out" in read(agent, answer.url)
    assert state_of(other) == "failed"


def test_a_rehearsal_names_every_no_with_its_number(agent):
    message, late = failed(), letter("expired", expires_at=NOON - timedelta(hours=1))
    Suppression.objects.create(address=message.address, reason=Suppression.Reason.values[0])

    body = read(agent, agent.post(reverse(REHEARSE), {}).url)

    assert "The address is suppressed" in body
    assert "Too late. Say until when it is of use now." in body
    assert "Let " not in body
    assert state_of(late) == "expired"


def test_a_rehearsal_can_be_repeated_on_other_terms(agent):
    letter("expired", expires_at=NOON - timedelta(hours=1)), letter("unknown")
    first = agent.post(reverse(REHEARSE), {})

    again = agent.post(
        reverse(REHEARSE),
        {"job": Job.objects.get().pk, "until": "2026-11-25T10:00", "even_unclear": "1"},
    )

    body = read(agent, again.url)
    assert again.url != first.url
    assert "Let 2 messages go out" in body


def test_an_end_in_the_past_is_refused_with_a_sentence(agent):
    letter("expired", expires_at=NOON - timedelta(hours=1))
    first = agent.post(reverse(REHEARSE), {})

    answer = agent.post(reverse(REHEARSE), {"job": Job.objects.get().pk, "until": "2020-01-01T10:00"}, follow=True)

    assert answer.redirect_chain[0][0] == first.url
    assert "The new end is in the past." in answer.content.decode()


def test_an_unfinished_walk_says_how_far_it_is_and_looks_again_by_itself(agent, monkeypatch):
    from messaging.actions import replay

    failed()
    monkeypatch.setattr(replay, "work_on", lambda job: job)

    body = read(agent, agent.post(reverse(REHEARSE), {}).url)

    assert '<meta http-equiv="refresh" content="2">' in body
    assert "Let " not in body


def test_a_second_click_leads_to_the_same_replay(agent):
    failed()
    rehearsal = agent.post(reverse(REHEARSE), {})

    assert agent.post(rehearsal.url).url == agent.post(rehearsal.url).url

    assert Job.objects.filter(dry_run=False).count() == 1


def test_a_replay_cannot_be_replayed_and_another_job_is_none(agent):
    failed()
    replay = agent.post(agent.post(reverse(REHEARSE), {}).url)
    other = Job.objects.create(kind="import_orders")

    assert agent.post(replay.url).status_code == 403
    assert agent.get(reverse("admin:messaging_message_replay", args=[other.pk])).status_code == 404
    assert agent.post(reverse(REHEARSE), {"job": other.pk}).status_code == 404
    assert agent.post(reverse(REHEARSE), {"job": "x"}).status_code == 404


def test_who_may_only_look_finds_no_button_and_no_door(client):
    message = failed()
    marketer = signed_in(client, "marketer")

    assert "Rehearse" not in read(marketer, reverse(DEAD))
    assert "Rehearse a replay" not in page_of(marketer, message)
    assert marketer.post(reverse(REHEARSE), {"ids": message.pk}).status_code == 403
    assert state_of(message) == "failed"


def test_the_pages_are_for_staff_only(client):
    for name, args in ((DEAD, []), ("admin:messaging_message_replay", [1])):
        assert client.get(reverse(name, args=args)).status_code == 302
    assert client.post(reverse(REHEARSE), {}).status_code == 302


def test_a_rehearsal_is_started_by_post_only(agent):
    assert agent.get(reverse(REHEARSE)).status_code == 405


# --- The page of a message ------------------------------------------------------------------------------------------


def test_what_left_is_sent_again_by_a_button_and_both_pages_name_the_other(agent):
    message = letter("sent")

    agent.post(reverse("admin:messaging_message_change", args=[message.pk]), {"deed": "send_copy"})

    copy = Message.objects.get(instead_of=message)
    assert reverse("admin:messaging_message_change", args=[copy.pk]) in page_of(agent, message)
    assert reverse("admin:messaging_message_change", args=[message.pk]) in page_of(agent, copy)


def test_a_copy_that_may_not_leave_is_refused_with_the_gates_sentence(agent):
    message = letter("bounced")
    Suppression.objects.create(address=message.address, reason=Suppression.Reason.values[0])

    answer = agent.post(
        reverse("admin:messaging_message_change", args=[message.pk]), {"deed": "send_copy"}, follow=True
    )

    assert "The address is suppressed" in answer.content.decode()
    assert Message.objects.count() == 1


def test_an_unclear_message_offers_both_answers_and_nothing_else(agent):
    body = page_of(agent, letter("unknown"))

    assert 'value="it_arrived"' in body and 'value="send_again"' in body
    assert 'value="send_copy"' not in body


def test_a_message_that_may_be_two_says_so(agent):
    assert "there may be two of it" in page_of(agent, letter("sent", resent_at=NOON))
    assert "drops the second copy" in page_of(agent, letter("sent", resent_at=NOON, url="resend://key"))
    assert "handed over twice" not in page_of(agent, letter("sent"))


def test_what_providers_told_is_on_the_page_and_a_machine_is_called_one(agent):
    message = letter("sent")
    news(message, "delivered", NOON)
    news(message, "opened", NOON + timedelta(minutes=1), is_machine=True)
    news(message, "bounced", NOON + timedelta(minutes=2), detail="550 <b>no</b>")
    actions.settle_by_news([message.pk])

    body = page_of(agent, message)

    assert "Opened by a machine" in body
    assert "550 &lt;b&gt;no&lt;/b&gt;" in body


@pytest.mark.parametrize("state", [str(state) for state in Message.State])
def test_every_state_has_a_page_a_pill_and_a_line_on_the_timeline(agent, state):
    from messaging.lends import timeline

    customer = room.Customer.objects.create(first_name="Olena")
    message = letter(state, customer=customer)

    assert 'class="pill' in page_of(agent, message)
    assert len(timeline(customer.pk, 10)) == 1


def test_the_timeline_and_the_panel_say_what_became_of_a_letter(agent):
    from messaging.lends import customer_panel, timeline

    customer = room.Customer.objects.create(first_name="Olena")
    letter("delivered", customer=customer, delivered_at=NOON, opened_at=NOON + timedelta(minutes=5))

    [entry], panel = timeline(customer.pk, 10), customer_panel(customer.pk)

    assert entry.note == "delivered today, 12:00 · opened today, 12:05"
    assert panel.context["rest"][0].progress == entry.note
