"""Dead letters: grouped, rehearsed, replayed by the batch; what left is only ever repeated by a new message."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from customers.models import OpenMatter
from events.models import Event
from messaging import actions, gate
from messaging.actions import replay
from messaging.actions.replay import Choice, ReplayRefused, Terms, groups_of, judge, outcome_of, work_on
from messaging.models import Message, Suppression
from messaging.states import LEFT
from shelf.reasons import Reason
from staff.jobs import ask_to_stop
from staff.models import Job
from tests.builders.letters import NOON, letter, news, state_of

pytestmark = pytest.mark.django_db

REFUSED = "The mail server refused it for good: %(error)s"
TOMORROW = (NOON + timedelta(days=1)).isoformat()


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def olena(django_user_model):
    return django_user_model.objects.create_user("olena@shop.example", "x", name="Olena")


def failed(error="550 no", **fields):
    return letter("failed", reason=REFUSED, reason_values={"error": error}, attempts=6, settled_at=NOON, **fields)


def rehearsed(choice=None, **terms):
    return actions.rehearse(choice or Choice(), Terms(**terms), NOON)


def replayed(choice=None, by=None, **terms):
    return actions.replay_rehearsed(rehearsed(choice, **terms), NOON, by)


def refusals(job):
    return {str(Reason(text, values)): n for text, values, n in outcome_of(job).refused}


# --- Looking through ------------------------------------------------------------------------------------------------


def test_letters_that_died_of_the_same_thing_are_one_group_whatever_the_address():
    for number in range(3):
        failed(f"550 5.1.1 <reader{number}@example.com>: no such user, id 0a1b2c3d4e5f{number}")
    failed("554 5.7.1 we do not like you")

    first, second = groups_of(Choice())

    assert (first.count, second.count) == (3, 1)
    assert first.why.startswith("The mail server refused it for good: 550 5.1.1 <reader2@example.com>")


def test_letters_that_were_late_are_one_group_whatever_their_end():
    for hour in range(3):
        values = {"until": f"2026-11-22 1{hour}:00 UTC"}
        letter("expired", reason="Too late: it was of use until %(until)s.", reason_values=values)

    [group] = groups_of(Choice())

    assert (group.state, group.count) == ("expired", 3)


def test_the_same_reason_in_two_states_is_two_groups():
    failed(), letter("unknown", reason=REFUSED, reason_values={"error": "550 no"})

    assert sorted((g.state, g.count) for g in groups_of(Choice())) == [("failed", 1), ("unknown", 1)]


def test_the_filters_narrow_the_groups(noon):
    old = failed(purpose="marketing")
    Message.objects.filter(pk=old.pk).update(created_at=NOON - timedelta(days=10))
    new = failed("554 other", purpose="surveys")
    letter("skipped")

    def found(**choice):
        return sum(g.count for g in groups_of(Choice(**choice)))

    assert found() == 3
    assert found(states=("failed",)) == 2
    assert found(purpose_id="surveys") == 1
    assert found(stream_id=new.stream_id) == 3
    assert found(stream_id=new.stream_id + 1) == 0
    assert found(since=(NOON - timedelta(days=1)).isoformat()) == 2
    assert found(reason=groups_of(Choice(purpose_id="marketing"))[0].fingerprint) == 1


def test_states_that_are_not_dead_cannot_be_chosen():
    letter("sent"), letter("ready"), letter("bounced")

    assert groups_of(Choice(states=("sent", "ready", "bounced"))) == []


# --- The rehearsal --------------------------------------------------------------------------------------------------


def test_a_rehearsal_says_what_would_happen_and_writes_nothing():
    good, gone = failed(), failed()
    Suppression.objects.create(address=gone.address, reason=Suppression.Reason.values[0])
    late = letter("expired", expires_at=NOON - timedelta(hours=1))
    unclear = letter("unknown")

    job = rehearsed()

    outcome = outcome_of(job)
    assert (job.state, job.dry_run, job.total, job.done, job.refused) == ("done", True, 4, 1, 3)
    assert (outcome.go, outcome.late, outcome.left, outcome.unclear) == (1, 1, 0, 1)
    assert refusals(job) == {
        "The address is suppressed: mail bounced, or its owner complained.": 1,
        "Too late. Say until when it is of use now.": 1,
        "Nobody can tell whether it left: it may arrive twice.": 1,
    }
    assert [state_of(m) for m in (good, gone, late, unclear)] == ["failed", "failed", "expired", "unknown"]
    assert Event.objects.count() == 0


def test_a_rehearsal_counts_what_the_gate_would_hold(monkeypatch):
    message = failed()
    hold = gate.Decision("hold", Reason("Not now."), NOON + timedelta(hours=1))
    monkeypatch.setattr(gate, "judge", lambda messages, now: {m.pk: hold for m in messages})

    outcome = outcome_of(rehearsed())

    assert (outcome.go, outcome.wait, state_of(message)) == (1, 1, "failed")


def test_an_end_in_the_past_and_an_empty_choice_are_refused():
    with pytest.raises(ReplayRefused, match="in the past"):
        rehearsed(until=(NOON - timedelta(minutes=1)).isoformat())
    with pytest.raises(ReplayRefused, match="Nothing is chosen"):
        rehearsed(Choice(states=()))

    assert Job.objects.count() == 0


# --- The replay -----------------------------------------------------------------------------------------------------


def test_what_was_rehearsed_goes_out_afresh(olena):
    message = failed(lease_until=NOON)

    job = replayed(by=olena)

    assert (job.state, job.done, job.refused) == ("done", 1, 0)
    assert state_of(message) == "ready"
    assert (message.attempts, message.reason, message.send_after) == (0, "", NOON)
    assert (message.settled_at, message.lease_until, message.resent_at) == (None, None, None)


def test_who_replayed_what_is_written_down(olena):
    message = failed()

    job = replayed(by=olena)

    [event] = Event.objects.all()
    assert (event.kind, event.subject_type, event.subject_id) == ("message.replayed", "message", message.pk)
    assert (event.created_by_id, event.data) == (olena.pk, {"was": "failed", "job_id": job.pk, "new_id": None})
    assert event.handled_at == NOON  # history: no journey starts of it
    assert job.created_by == olena


def test_one_can_be_replayed_and_its_neighbours_stay():
    one, other = failed(), failed()

    replayed(Choice(ids=(one.pk,)))

    assert (state_of(one), state_of(other)) == ("ready", "failed")


@pytest.mark.parametrize("state", [*LEFT, "ready", "sending", "cancelled"])
def test_what_left_or_is_on_its_way_or_was_cancelled_is_never_replayed(state):
    message = letter(state)

    job = replayed(Choice(ids=(message.pk,)), even_unclear=True, until=TOMORROW)

    assert (job.done, job.refused, state_of(message)) == (0, 1, state)
    assert job.refused_rows.get().row == {"message": message.pk}


@pytest.mark.parametrize("state", ["failed", "unknown", "skipped", "expired"])
def test_what_the_provider_spoke_of_is_not_replayed_even_if_a_person_allows_two(state):
    message = letter(state)
    news(message, "opened", is_machine=True)

    job = replayed(even_unclear=True, until=TOMORROW)

    assert (job.done, state_of(message)) == (0, state)
    assert refusals(job) == {"It arrived: the provider said so.": 1}


def test_what_may_have_left_at_an_earlier_attempt_counts_as_unclear():
    message = failed(resent_at=NOON - timedelta(hours=1))

    careful = replayed()
    bold = replayed(even_unclear=True)

    assert (careful.done, bold.done, state_of(message)) == (0, 1, "ready")
    assert message.resent_at == NOON


def test_what_was_too_late_needs_a_new_end_and_gets_it():
    message = letter("expired", expires_at=NOON - timedelta(hours=1))

    without = replayed()
    with_end = replayed(until=TOMORROW)

    assert (without.done, with_end.done, state_of(message)) == (0, 1, "ready")
    assert message.expires_at == NOON + timedelta(days=1)


def test_a_new_end_is_given_only_to_what_is_too_late():
    message = failed(expires_at=NOON + timedelta(days=30))

    replayed(until=TOMORROW)

    state_of(message)
    assert message.expires_at == NOON + timedelta(days=30)


def test_the_gate_is_asked_again_when_it_happens():
    message = failed()
    rehearsal = rehearsed()
    Suppression.objects.create(address=message.address, reason=Suppression.Reason.values[0])

    job = actions.replay_rehearsed(rehearsal, NOON)

    assert (job.done, job.refused, state_of(message)) == (0, 1, "failed")


def test_without_a_rehearsal_that_is_over_nothing_is_replayed(monkeypatch):
    message = failed()
    monkeypatch.setattr(replay, "work_on", lambda job: job)
    unfinished = rehearsed()

    with pytest.raises(ReplayRefused, match="not over yet"):
        actions.replay_rehearsed(unfinished, NOON)

    assert state_of(message) == "failed"


def test_an_old_rehearsal_is_refused(noon):
    message = failed()
    rehearsal = rehearsed()

    with pytest.raises(ReplayRefused, match="more than an hour old"):
        actions.replay_rehearsed(rehearsal, NOON + timedelta(hours=1, seconds=1))

    assert state_of(message) == "failed"


def test_a_second_click_is_the_same_replay():
    failed()
    rehearsal = rehearsed()

    first = actions.replay_rehearsed(rehearsal, NOON)
    second = actions.replay_rehearsed(rehearsal, NOON)

    assert first == second
    assert Event.objects.count() == 1


def test_what_dies_after_the_rehearsal_is_not_part_of_it():
    failed()
    rehearsal = rehearsed()
    later = failed()

    job = actions.replay_rehearsed(rehearsal, NOON)

    assert (job.done, state_of(later)) == (1, "failed")


# --- By the batch ---------------------------------------------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(replay, "BATCH", 2)
    monkeypatch.setattr(replay, "SECONDS_AT_ONCE", 0)


def test_a_large_replay_goes_on_by_the_clock(monkeypatch, small_batches):
    monkeypatch.setattr(replay, "work_on", lambda job, seconds=0: job)
    for _ in range(5):
        failed()

    job = rehearsed()
    looked_at = [actions.replay_waiting() for _ in range(4)]

    job.refresh_from_db()
    assert looked_at == [2, 2, 1, 0]
    assert (job.state, job.done, job.percent) == ("done", 5, 100)


def test_a_batch_that_fails_is_rolled_back_and_the_job_says_why(monkeypatch):
    message, rehearsal = failed(), None
    rehearsal = rehearsed()

    def stumble(*_):
        raise KeyError("boom")

    monkeypatch.setattr(replay, "_keep", stumble)
    job = actions.replay_rehearsed(rehearsal, NOON)

    assert (job.state, job.error, state_of(message)) == ("failed", "KeyError: 'boom'", "failed")
    assert (Event.objects.count(), actions.replay_waiting()) == (0, 0)


def test_a_replay_stops_when_it_is_asked_to(monkeypatch, small_batches):
    messages = [failed() for _ in range(6)]
    rehearsal = work_on(rehearsed(), seconds=60)
    monkeypatch.setattr(replay, "work_on", lambda job: job)
    job = actions.replay_rehearsed(rehearsal, NOON)

    actions.replay_waiting()
    ask_to_stop(job)
    actions.replay_waiting()

    job.refresh_from_db()
    assert (job.state, job.done) == ("cancelled", 2)
    assert [state_of(m) for m in messages] == ["ready"] * 2 + ["failed"] * 4


@pytest.mark.django_db(transaction=True)
def test_a_job_that_another_worker_holds_is_left_alone():
    import threading

    from django.db import connections

    failed()
    job = Job.objects.create(kind=replay.KIND, options=rehearsed().options | {"after": 0}, total=1)
    held, done = threading.Event(), threading.Event()

    def hold():
        try:
            with transaction.atomic():
                Job.objects.select_for_update().get(pk=job.pk)
                held.set()
                done.wait(5)
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    while_held = actions.replay_waiting()
    done.set()
    thread.join()

    assert (while_held, actions.replay_waiting()) == (0, 1)


def test_the_number_of_queries_does_not_grow_with_the_batch(django_assert_max_num_queries):
    for _ in range(40):
        failed()
    rehearsal = rehearsed()

    with django_assert_max_num_queries(40):
        actions.replay_rehearsed(rehearsal, NOON)


# --- Once more ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["sent", "delivered", "bounced", "complained"])
def test_what_left_is_sent_again_as_a_message_of_its_own(state, olena):
    message = letter(state, cause_type="enrolment", cause_id=7)

    copy = actions.send_copy(message, NOON, olena)

    assert (copy.key, copy.state, copy.instead_of_id) == (f"{message.key}:again:1", "ready", message.pk)
    assert (copy.address, copy.template_id, copy.sender_id) == (message.address, message.template_id, message.sender_id)
    assert (copy.cause_type, copy.cause_id, copy.send_after) == ("enrolment", 7, NOON)
    assert (state_of(message), copy.attempts, copy.sent_at) == (state, 0, None)
    [event] = Event.objects.all()
    assert (event.created_by_id, event.data["new_id"]) == (olena.pk, copy.pk)


@pytest.mark.parametrize("state", ["ready", "sending", "unknown", "failed", "skipped", "expired", "cancelled"])
def test_what_did_not_leave_is_not_sent_again_as_a_copy(state):
    message = letter(state)

    with pytest.raises(ReplayRefused, match="Only what left"):
        actions.send_copy(message, NOON)

    assert Message.objects.count() == 1


def test_a_second_click_makes_no_second_copy():
    message = letter("sent")
    actions.send_copy(message, NOON)

    with pytest.raises(ReplayRefused, match="on its way again already"):
        actions.send_copy(message, NOON)

    assert Message.objects.count() == 2


def test_copies_are_numbered_whichever_of_them_is_sent_again_and_there_is_an_end():
    message = letter("sent")
    copies = []
    for _ in range(replay.AGAIN_AT_MOST):
        copy = actions.send_copy(copies[-1] if copies else message, NOON)
        Message.objects.filter(pk=copy.pk).update(state="sent", sent_at=NOON)
        copies.append(copy)

    assert [copy.key for copy in copies] == [f"{message.key}:again:{number}" for number in range(1, 6)]
    assert replay.copies_of(message) == copies
    with pytest.raises(ReplayRefused, match="5 times"):
        actions.send_copy(message, NOON)


def test_a_copy_that_the_gate_would_refuse_is_not_made():
    message = letter("complained")
    Suppression.objects.create(address=message.address, reason=Suppression.Reason.values[0])

    with pytest.raises(ReplayRefused, match="suppressed"):
        actions.send_copy(message, NOON)

    assert Message.objects.count() == 1


def test_the_longest_key_can_be_sent_again():
    message = letter("sent", key="k" * 200)

    copy = actions.send_copy(message, NOON)

    assert (len(copy.key), copy.key[-8:]) == (200, ":again:1")
    assert replay.copies_of(message) == [copy]


def test_an_open_matter_holds_what_is_replayed_and_does_not_refuse_it():
    from customers.models import Customer

    customer = Customer.objects.create()
    OpenMatter.objects.create(customer=customer, kind="return", subject_type="order", subject_id=1, opened_at=NOON)
    message = failed(purpose="review_requests", customer=customer)

    decision = judge([message], Terms(), NOON)[message.pk]

    assert decision.verdict == "hold"
