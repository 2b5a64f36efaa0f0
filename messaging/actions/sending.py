"""Send what is due: claim, judge, write, hand over; many letters at once, one note for all that are ready together.

The order of a letter: its row is leased with a batch; the gate judges the batch; the letter is written when a line has
room for it; the line tells the server to whom it goes; its row says ``sending``, in one commit with the rows of all
letters that are ready at that moment and with the results of those before; only then its body is written. So a worker
that is killed leaves at most one letter in doubt for each open line.
"""

import logging
import selectors
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from messaging.actions import breaker, quotas, settling
from messaging.actions.claiming import claim, judge, only_one_for, without_killers
from messaging.actions.open_ways import drop_way, leave_idle_ways, open_way
from messaging.actions.writing import write_all
from messaging.channels.ways import Letter, NoWayOut, Result, Silent, Taken
from messaging.models import Message, Sender, Stream
from shelf.prepared import Prepared

log = logging.getLogger(__name__)

# Claimed at once: as many as leave within a second or so, so that no worker sits on letters that another could send.
FEWEST, MOST = 20, 400
RUN_SECONDS = 20.0  # then the worker looks around for other work
# How long one hand-over may take before it is unknown: the mail server's time-out, and a little for our own commits.
HAND_OVER = timedelta(seconds=settings.EMAIL_TIMEOUT + 5)
SHORTLY = 0.1  # seconds between two looks for work while some senders are busy
GATHER = 0.004  # seconds that a letter may wait for others to share its note
BROKEN_LINES = 3  # that a letter may meet before it was handed over; then it waits its turn again


def send_due(limit: int | None = None, seconds: float = RUN_SECONDS) -> int:
    """Send until nothing is due, ``limit`` messages were taken or the time is up; how many were taken."""
    return Round(limit, seconds).run()


def no_way_out(sender: Sender, messages: Sequence[Message], error: NoWayOut) -> None:
    now = timezone.now()
    breaker.weigh(sender.pk, [error], now)
    settling.no_way_out(messages, error, now)
    quotas.give_back(messages, now)


# --- The note -----------------------------------------------------------------------------------------------------

# What was taken, and what is handed over next, in one commit. A stream that was paused meanwhile, a lease that ran out
# or that another worker took: such a row is not marked, and its letter stays at home.
NOTE = Prepared(
    "messaging_note",
    """
WITH taken AS (
  UPDATE messaging_message m
  SET state = 'sent', sent_at = %(now)s, reason = '', reason_values = '{}', provider_id = v.provider_id
  FROM unnest(%(taken)s, %(taken_leases)s, %(provider_ids)s) AS v(id, lease, provider_id)
  WHERE m.id = v.id AND m.lease = v.lease AND m.state IN ('sending', 'unknown', 'ready')
), letter AS (
  SELECT * FROM unnest(%(ids)s, %(leases)s, %(versions)s, %(subjects)s, %(patterns)s, %(bodies)s)
    AS v(id, lease, version_id, subject, pattern_id, folded)
), started AS (
  UPDATE messaging_message m
  SET state = 'sending', reason = '', reason_values = '{}', handed_off_at = %(now)s, lease_until = %(until)s,
    attempts = m.attempts + 1, version_id = letter.version_id, subject = letter.subject
  FROM letter, messaging_stream s
  WHERE m.id = letter.id AND m.lease = letter.lease AND m.state = 'ready' AND m.lease_until > %(now)s
  AND s.id = m.stream_id AND s.paused_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM messaging_stream WHERE slug = %(everything)s AND paused_at IS NOT NULL)
  RETURNING m.id
), kept AS (
  INSERT INTO messaging_messagebody (message_id, pattern_id, folded)
  SELECT letter.id, letter.pattern_id, letter.folded FROM letter JOIN started USING (id)
  ON CONFLICT (message_id) DO UPDATE SET pattern_id = excluded.pattern_id, folded = excluded.folded
)
SELECT id FROM started
""",
    {
        **{"now": "timestamptz", "until": "timestamptz", "everything": "text"},
        **{"taken": "bigint[]", "taken_leases": "int[]", "provider_ids": "text[]"},
        **{"ids": "bigint[]", "leases": "int[]", "versions": "bigint[]"},
        **{"subjects": "text[]", "patterns": "bigint[]", "bodies": "bytea[]"},
    },
)


def note(taken: Sequence[tuple[Letter, Taken]], ready: Sequence[Letter], now: datetime) -> set[int]:
    """Write down what was taken and what is handed over next; ids of the messages that may go.

    Rows are locked in one order, so that two workers and a provider's news wait for each other and never for good.
    A late "taken" settles a row that was called unknown meanwhile, or was freed and not leased again.
    """
    taken = sorted(taken, key=lambda pair: pair[0].message.pk)
    ready = sorted(ready, key=lambda letter: letter.message.pk)
    values: dict[str, Any] = {
        "now": now,
        "until": now + HAND_OVER,
        "everything": Stream.EVERYTHING,
        "taken": [letter.message.pk for letter, _result in taken],
        "taken_leases": [letter.message.lease for letter, _result in taken],
        "provider_ids": [result.provider_id for _letter, result in taken],
        "ids": [letter.message.pk for letter in ready],
        "leases": [letter.message.lease for letter in ready],
        "versions": [letter.version_id for letter in ready],
        "subjects": [letter.mail.subject[:300] for letter in ready],
        "patterns": [letter.pattern.pk for letter in ready],
        "bodies": [letter.folded for letter in ready],
    }
    started = {row[0] for row in NOTE.run(values)}
    for letter in ready:
        if letter.message.pk in started:
            letter.started = True
            letter.message.attempts += 1
    return started


# --- The round ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Desk:
    """One sender's work in this round: letters still to be written, letters that came back, and the way out."""

    sender: Sender
    way: Any
    unwritten: deque[Iterator[Letter]] = field(default_factory=deque)
    ahead: deque[Letter] = field(default_factory=deque)  # written while the lines waited for an answer
    waiting: int = 0  # letters not yet taken up
    back: deque[Letter] = field(default_factory=deque)
    is_over: bool = False  # no way out: nothing more for this sender in this round

    def next_letter(self) -> Letter | None:
        if self.back:
            return self.back.popleft()
        if letter := self.ahead.popleft() if self.ahead else self._write():
            self.waiting -= 1
            return letter
        self.waiting = 0
        return None

    def write_ahead(self) -> bool:
        """Write one letter for the next line that is free; False when there are enough, or none."""
        if len(self.ahead) >= self.sender.connections or not (letter := self._write()):
            return False
        self.ahead.append(letter)
        return True

    def _write(self) -> Letter | None:
        while self.unwritten:
            letter = next(self.unwritten[0], None)
            if letter is None:
                self.unwritten.popleft()
            elif self._make_ready(letter):
                return letter
        return None

    def _make_ready(self, letter: Letter) -> bool:
        """All that depends on nobody's answer; between the answer and the body stands the note alone."""
        try:
            self.way.make_ready(letter)
            letter.folded = letter.pattern.fold(letter.mail)
        except Exception as error:
            settling.hold_back(letter.message, error, timezone.now())
            return False
        return True


class Round:
    """One run of the post."""

    def __init__(self, limit: int | None, seconds: float):
        self.left = limit
        self.until = time.monotonic() + seconds
        self.size = FEWEST
        self.claimed_at = 0.0
        self.moved = 0
        self.nothing_due = False
        self.desks: dict[int, Desk] = {}
        self.senders: dict[int, Sender] = {}
        self.streams: dict[int, Stream] = {}
        self.selector = selectors.DefaultSelector()

    def run(self) -> int:
        try:
            while True:
                self.claim_more(enough=0)
                if not self.desks or not self.hand_on():
                    return self.moved
        except BaseException:  # the database went away between two steps: no line may go on waiting for the next one
            for pk in self.desks:
                drop_way(pk)
            raise
        finally:
            for desk in self.desks.values():
                desk.way.unwatch()
            self.selector.close()
            if not self.moved:
                leave_idle_ways()

    # --- taking -----------------------------------------------------------------------------------------------------

    def claim_more(self, enough: float) -> bool:
        """Claim a batch for senders with no more than ``enough`` letters; False when there was none to be had."""
        if self.nothing_due or self.left == 0 or time.monotonic() > self.until:
            return False
        busy = [pk for pk, desk in self.desks.items() if desk.waiting > enough or desk.is_over]
        if busy and (len(busy) == len(self.desks) or time.monotonic() < self.claimed_at + SHORTLY):
            return False
        for desk in self.desks.values():
            desk.way.flush()  # what is ready does not wait for our looking
        self._measure()
        now = timezone.now()
        size = self.size if self.left is None else min(self.size, self.left)
        probes = breaker.probes(now) - set(busy)
        messages = claim(size, now, busy, list(probes))
        breaker.unused(probes - {m.sender_id for m in messages})
        self.nothing_due = not messages and all(self.desks[pk].is_over for pk in busy)
        self.moved += len(messages)
        if self.left is not None:
            self.left -= len(messages)
        if messages:
            messages = without_killers(only_one_for(probes, messages, now), now)
            self._give_out(self._accompanied(messages), probes, now)
        return bool(messages)

    def _accompanied(self, messages: Sequence[Message]) -> Sequence[Message]:
        """With their senders and streams, each read once in a round."""
        if new := {m.sender_id for m in messages} - self.senders.keys():
            self.senders |= Sender.objects.in_bulk(new)
        if new := {m.stream_id for m in messages} - self.streams.keys():
            self.streams |= Stream.objects.in_bulk(new)
        for m in messages:
            m.accompany(sender=self.senders[m.sender_id], stream=self.streams[m.stream_id])
        return messages

    def _measure(self) -> None:
        """Batches grow while they leave quickly, and shrink when a slow provider would let their leases run out."""
        took, self.claimed_at = time.monotonic() - self.claimed_at, time.monotonic()
        if took < 0.5:
            self.size = min(MOST, self.size * 2)
        elif took > 3:
            self.size = max(FEWEST, self.size // 2)

    def _give_out(self, messages: Sequence[Message], probes: set[int], now: datetime) -> None:
        by_sender: dict[int, list[Message]] = {}
        for m in judge(messages, now):
            by_sender.setdefault(m.sender_id, []).append(m)
        breaker.unused(probes & {m.sender_id for m in messages} - by_sender.keys())  # the gate kept their one letter
        for pk, its in by_sender.items():
            desk = self._desk(self.senders[pk], its)
            if desk is not None:
                desk.unwritten.append(write_all(its, now))
                desk.waiting += len(its)

    def _desk(self, sender: Sender, messages: Sequence[Message]) -> Desk | None:
        if sender.pk not in self.desks:
            try:
                way = open_way(sender)
            except NoWayOut as error:
                no_way_out(sender, messages, error)
                return None
            way.watch(self.selector)
            self.desks[sender.pk] = Desk(sender, way)
        return self.desks[sender.pk]

    # --- handing on -------------------------------------------------------------------------------------------------

    def hand_on(self) -> bool:
        """Fill the lines, hear what was said, note it, go on. False when nothing is left to do."""
        for desk in list(self.desks.values()):
            self._fill(desk)
        if not any(desk.way.is_busy() for desk in self.desks.values()):
            return any(desk.waiting or desk.back for desk in self.desks.values()) or not self._is_over()
        self._listen()
        for desk in self.desks.values():
            self._settle(desk)
        return True

    def _is_over(self) -> bool:
        if self.nothing_due or self.left == 0 or time.monotonic() > self.until:
            return True
        return all(desk.is_over for desk in self.desks.values())  # the next round tries their ways again

    def _fill(self, desk: Desk) -> None:
        try:
            while (desk.waiting or desk.back) and (room := desk.way.room()):
                now = timezone.now()
                for _ in range(room):
                    letter = desk.next_letter()
                    if letter is None:
                        break
                    if letter.message.lease_until > now:  # else somebody else may have it by now; the note looks again
                        desk.way.take_up(letter)
                    else:
                        quotas.give_back([letter.message], timezone.now())
        except NoWayOut as error:
            no_way_out(desk.sender, [letter.message for letter in self._rest(desk)], error)
            desk.is_over = True
        desk.way.flush()

    @staticmethod
    def _rest(desk: Desk) -> Iterator[Letter]:
        while letter := desk.next_letter():
            yield letter

    def _listen(self) -> None:
        """Until somebody speaks; not at all where something is ready already. Who waits writes the next letters."""
        silent = not any(desk.way.ready or desk.way.results or desk.way.returned for desk in self.desks.values())
        if self.selector.get_map():
            heard = self.selector.select(0)
            while silent and not heard and self._prepare():
                heard = self.selector.select(0)
            for key, _events in heard or self.selector.select(0.5 if silent else 0):
                key.data()
            self._gather()
        for desk in self.desks.values():
            desk.way.look_at_clock()

    def _gather(self) -> None:
        """Give other lines a moment to answer too: a note costs as much for one letter as for ten."""
        until = time.monotonic() + GATHER
        while any(desk.way.is_expecting() for desk in self.desks.values()):
            if (left := until - time.monotonic()) <= 0 or not (heard := self.selector.select(left)):
                return
            for key, _events in heard:
                key.data()

    def _prepare(self) -> bool:
        """One step of what will be wanted soon; False when nothing is left to prepare."""
        half_of_its_share = self.size / max(1, len(self.desks)) / 2
        return any(desk.write_ahead() for desk in self.desks.values()) or self.claim_more(half_of_its_share)

    def _settle(self, desk: Desk) -> None:
        way, now = desk.way, timezone.now()
        ready, way.ready = way.ready, []
        results, way.results = way.results, []
        taken = [(letter, result) for letter, result in results if isinstance(result, Taken)]
        started: set[int] = set()
        if taken or ready:
            started = note(taken, ready, now)
        for letter in ready:
            if letter.message.pk in started:
                way.hand_over(letter)
            else:
                way.put_back(letter)
                quotas.give_back([letter.message], now)
        if results:
            breaker.weigh(desk.sender.pk, [result for _letter, result in results], now)
        self._settle_others(desk, [pair for pair in results if not isinstance(pair[1], Taken)], now)
        returned, way.returned = way.returned, []
        for letter in returned:
            letter.tries += 1
            if letter.tries < BROKEN_LINES:
                desk.back.append(letter)
            else:
                settling.settle(letter, settling.LINE_BROKE, now)

    def _settle_others(self, desk: Desk, results: Sequence[tuple[Letter, Result]], now: datetime) -> None:
        for letter, result in results:
            settling.settle(letter, result, now)
            if not isinstance(result, Silent):
                quotas.give_back([letter.message], now)
