"""The lines to a mail server: what is pipelined, what is in doubt, and how servers misbehave."""

import selectors
import time
from types import SimpleNamespace

import pytest

from messaging.channels.email import Envelope
from messaging.channels.smtp import Server, SmtpWay
from messaging.channels.ways import Later, Letter, NoWayOut, Refused, Silent, Taken
from tests.builders.smtp_server import DRIP, HANG_UP, SILENCE, Script, smtp_server


def letter(number: int, to: str = "", sender: str = "care@shop.example") -> Letter:
    envelope = Envelope(
        message_id=f"<{number}@shop.example>",
        to=to or f"u{number}@example.com",
        from_name="Shop",
        from_email=sender,
        reply_to="",
        subject=f"Letter {number}",
        html="<p>Hello</p>",
        text="Hello\n.\nEnd",
    )
    return Letter(SimpleNamespace(pk=number), envelope)


def deliver(port: int, letters: list[Letter], most: int = 1, seconds: float = 5) -> dict[int, object]:
    """Everything through one way, marking each letter at once: letter's number → what became of it."""
    way = SmtpWay(Server("127.0.0.1", port), most, "care.example")
    found: dict[int, object] = {}
    waiting = list(letters)
    until = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        way.watch(selector)
        while len(found) < len(letters) and time.monotonic() < until:
            while waiting and way.room():
                way.take_up(waiting.pop(0))
            way.flush()
            for key, _events in selector.select(0.05):
                key.data()
            way.look_at_clock()
            ready, way.ready = way.ready, []
            for one in ready:
                one.started = True
                way.hand_over(one)
            found |= {one.message.pk: result for one, result in way.results}
            way.results = []
            waiting, way.returned = way.returned + waiting, []
        way.close()
    return found


def test_a_body_and_the_next_address_travel_together_where_the_server_allows_it():
    with smtp_server() as (port, heard):
        results = deliver(port, [letter(n) for n in range(1, 5)])

    assert results == {n: Taken() for n in range(1, 5)}
    assert [to for to, _content in heard.mails] == [f"u{n}@example.com" for n in range(1, 5)]
    assert max(heard.together) == 4  # a body, MAIL, RCPT, DATA
    assert heard.connections == 1


def test_where_it_does_not_every_command_waits_for_its_answer():
    with smtp_server(Script(extensions=())) as (port, heard):
        results = deliver(port, [letter(n) for n in range(1, 4)])

    assert results == {n: Taken() for n in range(1, 4)}
    assert max(heard.together) == 1


def test_letters_leave_by_several_lines_at_once():
    with smtp_server() as (port, heard):
        results = deliver(port, [letter(n) for n in range(20)], most=4)

    assert results == {n: Taken() for n in range(20)}
    assert heard.connections == 4


def test_the_servers_own_number_is_kept():
    with smtp_server(Script({"BODY": ["250 2.0.0 Ok: queued as 4XkPq"]})) as (port, _heard):
        assert deliver(port, [letter(1)]) == {1: Taken("4XkPq")}


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize("after", ["503 no recipients", "354 go on"])
def test_a_refused_recipient_leaves_nothing_in_doubt_and_its_neighbours_leave(extensions, after):
    answers = {"RCPT": ["250 ok", "550 no such user"], "DATA": ["354 go", *([after] if extensions else [])]}
    with smtp_server(Script(answers, extensions)) as (port, heard):
        results = deliver(port, [letter(1), letter(2), letter(3)])

    assert results == {1: Taken(), 2: Refused("550 no such user"), 3: Taken()}
    assert [to for to, _content in heard.mails] == ["u1@example.com", "u3@example.com"]


def test_greylisting_is_the_letters_business_and_a_refused_sender_is_the_ways():
    with smtp_server(Script({"RCPT": ["450 come back"], "DATA": ["503 no"]})) as (port, _heard):
        assert deliver(port, [letter(1)]) == {1: Later("450 come back")}
    with smtp_server(Script({"MAIL": ["550 daily limit"], "RCPT": ["503 no"], "DATA": ["503 no"]})) as (port, _heard):
        assert deliver(port, [letter(1)]) == {1: Later("550 daily limit", way_failed=True)}


def test_a_refused_body_is_final_and_a_postponed_one_is_not():
    with smtp_server(Script({"BODY": ["554 spam", "451 busy"]})) as (port, _heard):
        results = deliver(port, [letter(1), letter(2), letter(3)])

    assert results == {1: Refused("554 spam"), 2: Later("451 busy", way_failed=True), 3: Taken()}


def test_a_line_that_breaks_after_the_body_leaves_that_letter_alone_in_doubt():
    with smtp_server(Script({"BODY": ["250 ok", HANG_UP]}), Script()) as (port, heard):
        results = deliver(port, [letter(n) for n in range(1, 5)])

    assert results == {1: Taken(), 2: Silent("the mail server hung up"), 3: Taken(), 4: Taken()}
    assert heard.connections == 2


def test_a_line_that_breaks_before_the_body_costs_nobody():
    with smtp_server(Script({"RCPT": [HANG_UP]}), Script()) as (port, _heard):
        results = deliver(port, [letter(1), letter(2)])

    assert results == {1: Taken(), 2: Taken()}


def test_421_is_an_answer_no_letter_is_in_doubt():
    with smtp_server(Script({"BODY": ["421 too many mails"]}), Script()) as (port, _heard):
        results = deliver(port, [letter(1), letter(2)])

    assert results == {1: Later("421 too many mails", way_failed=True), 2: Taken()}


def test_a_server_that_hangs_is_left_when_its_time_is_over(settings):
    settings.EMAIL_TIMEOUT = 0.2
    with smtp_server(Script({"BODY": [SILENCE]}), Script()) as (port, _heard):
        results = deliver(port, [letter(1), letter(2)])

    assert results == {1: Silent("the mail server said nothing for 0.2 seconds"), 2: Taken()}


def test_answers_that_drip_and_answers_of_many_lines_are_read_whole():
    answers = {"MAIL": [f"{DRIP} 250 slow"], "RCPT": ["250-one\r\n250-two\r\n250 three"], "BODY": ["250-a\r\n250 b"]}
    with smtp_server(Script(answers)) as (port, _heard):
        assert deliver(port, [letter(1), letter(2)]) == {1: Taken(), 2: Taken()}


@pytest.mark.parametrize("answer", ["not smtp at all", "250", "2x0 ok"])
def test_a_server_that_speaks_nonsense_after_the_body_leaves_the_letter_in_doubt_or_taken(answer):
    with smtp_server(Script({"BODY": [answer]}), Script()) as (port, _heard):
        [result] = deliver(port, [letter(1)]).values()

    assert result == Taken() if answer == "250" else isinstance(result, Silent)


def test_an_answer_without_an_end_does_not_fill_the_memory():
    with smtp_server(Script({"BODY": ["250-" + "x" * 200_000]}), Script()) as (port, _heard):
        assert deliver(port, [letter(1)]) == {1: Silent("the mail server's answer has no end")}


@pytest.mark.parametrize(
    "to", ["u1@example.com>\r\nRCPT TO:<v@example.com", "a b@example.com", "<x@example.com>", "none"]
)
def test_an_address_cannot_break_out_of_its_command(to):
    with smtp_server() as (port, heard):
        [result] = deliver(port, [letter(1, to=to)]).values()

    assert result == Refused(f"{to!r} is no address of a mail")
    assert not [line for line in heard.commands if line.startswith(("MAIL", "RCPT"))]


def test_an_address_beyond_ascii_needs_a_server_that_reads_it():
    cyrillic = "олена@пошта.укр"
    with smtp_server() as (port, heard):
        assert deliver(port, [letter(1, to=cyrillic)]) == {1: Taken()}
    assert f"RCPT TO:<олена@{'пошта.укр'.encode('idna').decode()}>" in heard.commands
    assert "MAIL FROM:<care@shop.example> SMTPUTF8" in heard.commands

    with smtp_server(Script(extensions=("PIPELINING",))) as (port, heard):
        [result] = deliver(port, [letter(1, to=cyrillic)]).values()
    assert result == Refused("The mail server cannot write to this address (no SMTPUTF8).")


def test_a_server_that_is_away_or_refuses_the_sign_in_is_no_way_out():
    with pytest.raises(NoWayOut, match="refused"):
        deliver(9, [letter(1)])
    with smtp_server(Script(extensions=("AUTH PLAIN",))) as (port, _heard):
        way = SmtpWay(Server("127.0.0.1", port, "olena", "wrong"), 1, "care.example")
        with pytest.raises(NoWayOut, match="502 what"):
            way.room()


def test_a_server_that_gives_no_second_line_is_served_by_one():
    with smtp_server() as (port, _heard):
        way = SmtpWay(Server("127.0.0.1", port), 2, "care.example")
        assert way.room() == 1
        way.take_up(letter(1))
        way.server = Server("127.0.0.1", 9)
        assert way.room() == 0
        way.close()


def addressed(port: int, one: Letter) -> SmtpWay:
    """A way on which the server waits for the body of this letter."""
    way = SmtpWay(Server("127.0.0.1", port), 1, "care.example")
    assert way.room() == 1
    way.take_up(one)
    way.flush()
    until = time.monotonic() + 5
    while not way.ready and time.monotonic() < until:
        way.lines[0].wake()
    way.ready.remove(one)
    return way


def test_a_letter_that_is_put_back_leaves_no_line_on_which_its_body_is_awaited():
    one = letter(1)
    with smtp_server() as (port, heard):
        way = addressed(port, one)

        way.put_back(one)

        assert (way.lines, way.results, heard.mails) == ([], [], [])


def test_a_letter_whose_line_broke_while_it_was_noted_is_tried_later():
    one = letter(1)
    with smtp_server() as (port, heard):
        way = addressed(port, one)
        way.lines[0].break_off("the mail server hung up")
        assert way.returned == [one]

        way.hand_over(one)

        assert way.results == [(one, Later("the mail server hung up", way_failed=True))]
        assert (way.returned, heard.mails) == ([], [])
