"""Fences: what happens between the claim, the note and the answer, and who may still say something then."""

from datetime import timedelta

import pytest
import time_machine
from django.db.models import F

from messaging import actions, gate
from messaging.actions import claiming, pauses, sending, settling, turns
from messaging.channels.email import EmailCaller
from messaging.gate import Decision
from messaging.models import LocalMail, Message, Quota, Sender, Stream
from orders.actions import save_orders
from shelf.reasons import Reason
from tests.builders.door import MONDAY, order_seen
from tests.builders.letters import letter, state_of
from tests.builders.post import planned
from tests.builders.smtp_server import HANG_UP, Script, smtp_server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def olena(store, journeys):
    """A confirmation that is due."""
    return planned(save_orders(store, [order_seen(1042)])[0].order, MONDAY)


def due(**fields):
    return letter(send_after=MONDAY, **fields)


def between_claim_and_note(monkeypatch, happens):
    real = sending.note

    def note(taken, ready, now):
        if ready:
            happens()
        return real(taken, ready, now)

    monkeypatch.setattr(sending, "note", note)


def during_the_hand_over(monkeypatch, happens):
    def send(caller, envelope):
        happens()
        return "provider-1"

    monkeypatch.setattr(EmailCaller, "send", send)


# --- The claim ----------------------------------------------------------------------------------------------------


def test_every_lease_has_a_number_of_its_own():
    message = due()

    [slow] = claiming.claim(10, MONDAY)
    [quick] = claiming.claim(10, MONDAY + claiming.LEASE + timedelta(seconds=1))

    assert (slow.pk, slow.lease) == (message.pk, 1)
    assert (quick.pk, quick.lease, quick.lost_leases) == (message.pk, 2, 1)


def test_what_is_paused_is_not_even_claimed():
    message = due()

    Stream.objects.filter(pk=message.stream_id).update(paused_at=MONDAY)
    of_a_paused_stream = claiming.claim(10, MONDAY)
    Stream.objects.update(paused_at=None)
    pauses.pause(pauses.everything(), None, MONDAY)
    while_all_is_paused = claiming.claim(10, MONDAY)

    assert (of_a_paused_stream, while_all_is_paused) == ([], [])


def test_a_busy_sender_is_passed_by():
    busy, free = due(url="smtp://busy.example"), due(url="smtp://free.example")

    claimed = claiming.claim(10, MONDAY, busy=[busy.sender_id])

    assert claimed == [free]


def test_of_a_sender_in_trouble_one_letter_tries_the_way_whichever_pile_it_lies_in():
    update, ask = due(lane=1), due(lane=5)
    claimed = claiming.claim(10, MONDAY, probes=[update.sender_id])

    kept = claiming.only_one_for({update.sender_id}, claimed, MONDAY)

    assert (claimed, kept) == ([update, ask], [update])
    assert list(Message.objects.order_by("lane").values_list("lease_until", flat=True)) == [
        MONDAY + claiming.LEASE,
        None,
    ]


def test_a_letter_that_gets_no_turn_gives_its_quota_back(olena, monkeypatch):
    Sender.objects.update(per_day=5)
    late = {olena.pk: Decision("hold", Reason("Another worker was quicker."), MONDAY + timedelta(days=1))}
    monkeypatch.setattr(turns, "take", lambda leaving, now: late)

    actions.send_due()

    assert (state_of(olena), olena.reason) == ("ready", "Another worker was quicker.")
    assert Quota.objects.get().used == 0


def test_one_letter_that_the_gate_stumbles_over_holds_up_no_other(monkeypatch):
    *good, bad = due(), due(), due()
    real = gate.judge

    def stumble(messages, now):
        if bad in messages:
            raise KeyError("boom")
        return real(messages, now)

    monkeypatch.setattr(gate, "judge", stumble)
    leaving = claiming.judge(claiming.claim(10, MONDAY), MONDAY)

    assert leaving == good
    assert (state_of(bad), bad.why) == ("ready", "An error on our side: KeyError: 'boom'")
    assert (bad.send_after, bad.lease_until) == (MONDAY + timedelta(hours=1), None)


# --- The note -----------------------------------------------------------------------------------------------------


def test_a_lease_that_another_worker_took_marks_nothing(olena, monkeypatch):
    theirs = {"lease": F("lease") + 1}
    between_claim_and_note(monkeypatch, lambda: Message.objects.update(**theirs))

    actions.send_due()

    assert (state_of(olena), olena.attempts, LocalMail.objects.count()) == ("ready", 0, 0)


def test_a_lease_that_ran_out_marks_nothing(olena, monkeypatch):
    between_claim_and_note(monkeypatch, lambda: Message.objects.update(lease_until=MONDAY))

    actions.send_due()

    assert (state_of(olena), olena.attempts, LocalMail.objects.count()) == ("ready", 0, 0)


def test_a_stream_that_is_paused_after_the_claim_keeps_its_letter_at_home(olena, monkeypatch):
    between_claim_and_note(monkeypatch, lambda: Stream.objects.update(paused_at=MONDAY))

    actions.send_due()

    assert (state_of(olena), olena.attempts, LocalMail.objects.count()) == ("ready", 0, 0)


def test_a_letter_that_stays_at_home_gives_its_quota_back(olena, monkeypatch):
    Sender.objects.update(per_day=5)
    between_claim_and_note(monkeypatch, lambda: Stream.objects.update(paused_at=MONDAY))

    actions.send_due()

    assert Quota.objects.get().used == 0


def test_a_late_answer_does_not_settle_a_letter_that_another_worker_has_in_hand(olena, monkeypatch):
    during_the_hand_over(monkeypatch, lambda: Message.objects.update(lease=F("lease") + 1))

    actions.send_due()

    assert (state_of(olena), olena.provider_id, olena.sent_at) == ("sending", "", None)


def test_an_answer_that_comes_after_the_news_of_arrival_moves_nothing_back(olena, monkeypatch):
    during_the_hand_over(monkeypatch, lambda: Message.objects.update(state="delivered"))

    actions.send_due()

    assert (state_of(olena), olena.attempts) == ("delivered", 1)


def test_a_letter_before_which_three_lines_broke_waits_its_turn_again(olena):
    with smtp_server(Script({"RCPT": [HANG_UP] * 20})) as (port, heard):
        Sender.objects.update(url=f"smtp://127.0.0.1:{port}", connections=1)
        actions.send_due()

    assert (state_of(olena), olena.attempts, heard.connections) == ("ready", 1, 3)
    assert olena.why == "The mail server did not take it yet: the line broke before the hand-over, time after time"


# --- What became of it --------------------------------------------------------------------------------------------


def test_who_lost_the_lease_says_nothing_of_the_letter():
    slow = due(lease=1)
    Message.objects.update(lease=2)

    assert settling.move(slow, "failed") is False
    assert state_of(slow) == "ready"


def test_who_holds_the_lease_moves_nothing_that_went_on_meanwhile():
    message = letter("delivered", lease=1)

    assert settling.move(message, "failed", was=settling.IN_FLIGHT) is False
    assert state_of(message) == "delivered"


def test_who_lost_the_lease_keeps_no_letter_at_home():
    slow = due(lease=1)
    Message.objects.update(lease=2, lease_until=MONDAY)

    settling.settle_ready([settling.Settled(slow, "skipped", Reason("No."))], MONDAY)

    assert (state_of(slow), slow.reason, slow.lease_until) == ("ready", "", MONDAY)


def test_what_left_meanwhile_is_not_kept_at_home():
    message = letter("sent", lease=1)

    settling.settle_ready([settling.Settled(message, "skipped", Reason("No."))], MONDAY)

    assert (state_of(message), message.reason) == ("sent", "")


def test_the_wait_grows_to_twelve_hours_and_no_further(monkeypatch):
    monkeypatch.setattr(settling.random, "uniform", lambda least, most: most)

    waits = [settling.back_off(attempts) for attempts in (0, 1, 2, 3, 4, 5, 6, 7, 100)]

    assert waits == [60, 60, 300, 900, 3600, 14400, 43200, 43200, 43200]


def test_what_failed_together_does_not_come_back_together():
    waits = {settling.back_off(1) for _ in range(100)}

    assert len(waits) == 100
    assert 30 <= min(waits) < max(waits) <= 60
