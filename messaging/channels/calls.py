"""Ways made of calls: one function sends one letter and returns the provider's id, or raises.

``CallWay`` makes as many calls at once as the sender may hold connections, each in a thread of its own: a provider's
API takes its time. ``InlineWay`` makes them one by one where we stand: the local mailbox is a row in our own database.
"""

import queue
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from messaging.channels.ways import Letter, Result, Taken


class Caller(Protocol):
    """One connection to a provider; used by one thread."""

    def send(self, envelope: Any) -> str: ...

    def close(self) -> None: ...


Judge = Callable[[Exception], Result]


class InlineWay:
    def __init__(self, caller: Caller, judge: Judge):
        self.caller, self.judge = caller, judge
        self.ready: list[Letter] = []
        self.results: list[tuple[Letter, Result]] = []
        self.returned: list[Letter] = []

    def room(self) -> int:
        return 0 if self.ready else 1

    def make_ready(self, letter: Letter) -> None: ...

    def take_up(self, letter: Letter) -> None:
        self.ready.append(letter)

    def hand_over(self, letter: Letter) -> None:
        self.results.append((letter, call(self.caller, letter, self.judge)))

    def put_back(self, letter: Letter) -> None: ...

    def flush(self) -> None: ...

    def is_busy(self) -> bool:
        return bool(self.ready or self.results)

    def is_expecting(self) -> bool:
        return False  # threads answer when they answer

    def watch(self, selector: selectors.BaseSelector) -> None: ...

    def unwatch(self) -> None: ...

    def look_at_clock(self) -> None: ...

    def leave_idle(self) -> None: ...

    def close(self) -> None:
        self.caller.close()


class CallWay:
    """``most`` threads, started when there is work for them; each keeps its caller until the way is closed."""

    def __init__(self, new_caller: Callable[[], Caller], judge: Judge, most: int):
        self.new_caller, self.judge, self.most = new_caller, judge, most
        self.ready: list[Letter] = []
        self.results: list[tuple[Letter, Result]] = []
        self.returned: list[Letter] = []
        self.todo: queue.SimpleQueue[Letter | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[tuple[Letter, Result]] = queue.SimpleQueue()
        self.threads: list[threading.Thread] = []
        self.under_way = 0
        self.bell, self.ringer = socket.socketpair()
        self.bell.setblocking(False)
        self.selector: selectors.BaseSelector | None = None

    def room(self) -> int:
        return self.most - len(self.ready) - self.under_way

    def make_ready(self, letter: Letter) -> None: ...

    def take_up(self, letter: Letter) -> None:
        self.ready.append(letter)

    def hand_over(self, letter: Letter) -> None:
        self.under_way += 1
        if len(self.threads) < min(self.most, self.under_way):
            thread = threading.Thread(target=self._work, name="calls", daemon=True)
            self.threads.append(thread)
            thread.start()
        self.todo.put(letter)

    def put_back(self, letter: Letter) -> None: ...

    def flush(self) -> None: ...

    def is_busy(self) -> bool:
        return bool(self.ready or self.results or self.under_way)

    def is_expecting(self) -> bool:
        return False  # threads answer when they answer

    def watch(self, selector: selectors.BaseSelector) -> None:
        self.selector = selector
        selector.register(self.bell, selectors.EVENT_READ, self._collect)

    def unwatch(self) -> None:
        if self.selector is not None:
            self.selector.unregister(self.bell)
        self.selector = None

    def look_at_clock(self) -> None: ...  # every call has a time-out of its own

    def leave_idle(self) -> None: ...

    def close(self) -> None:
        for _ in self.threads:
            self.todo.put(None)
        for thread in self.threads:
            thread.join(5)
        self.threads = []
        self.bell.close()
        self.ringer.close()

    def _collect(self) -> None:
        with suppress(BlockingIOError):
            self.bell.recv(4096)
        with suppress(queue.Empty):
            while True:
                self.results.append(self.done.get_nowait())
                self.under_way -= 1

    def _work(self) -> None:
        caller = self.new_caller()
        try:
            while (letter := self.todo.get()) is not None:
                self.done.put((letter, call(caller, letter, self.judge)))
                with suppress(OSError):
                    self.ringer.send(b"!")
        finally:
            caller.close()


def call(caller: Caller, letter: Letter, judge: Judge) -> Result:
    try:
        return Taken(caller.send(letter.envelope)[:200])
    except Exception as error:
        return judge(error)
