"""SMTP by many lines at once, each with at most one letter between the hand-over and the server's answer.

The standard library's smtplib opens a line (greeting, TLS, sign-in); from there on the line is ours, for smtplib waits
for an answer four times a mail. With PIPELINING (RFC 2920) one write carries a letter's body and the next letter's
MAIL, RCPT and DATA, so that a mail costs one round trip. A body is written only when ``hand_over`` was called, that is
when its row says ``sending``: a recipient that is refused, or a line that breaks before, leaves nothing in doubt.
"""

import contextlib
import logging
import selectors
import smtplib
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from urllib.parse import urlsplit

from django.conf import settings

from messaging.channels import mime
from messaging.channels.ways import Later, Letter, NoWayOut, Refused, Result, Silent, Taken

log = logging.getLogger(__name__)

IDLE_SECONDS = 20  # servers hang up after a minute or more; we leave before they do
NO_MORE_LINES_SECONDS = 60  # after the server refused another line
LONGEST_REPLY = 64 * 1024
VOLLEY = 0.002  # seconds between questions that are answered at about the same time


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    username: str = ""
    password: str = ""
    tls: str = ""  # "", "start" or "from the first byte"


class Line:
    """One conversation. ``next`` is being addressed or ready; ``letter`` was handed over and waits for its answer."""

    def __init__(self, way: "SmtpWay", connection: smtplib.SMTP):
        self.way = way
        self.smtp = connection  # kept, for its socket would close with it
        assert connection.sock is not None
        self.sock: socket.socket = connection.sock
        self.sock.setblocking(False)
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pipelining = connection.has_extn("pipelining")
        self.utf8 = connection.has_extn("smtputf8")
        self.next: Letter | None = None
        self.letter: Letter | None = None
        self.error: tuple[str, int, str] | None = None  # what was said to the next letter's address
        self.clearing = False  # after a refusal, until the server has forgotten that letter
        self.script: deque[tuple[bytes, str]] = deque()  # not yet written
        self.expected: deque[str] = deque()  # written, and not yet answered
        self.heard = b""
        self.out = b""
        self.used_at = time.monotonic()
        self.deadline = 0.0
        self.asked_at = 0.0
        self.events = selectors.EVENT_READ

    # --- what the way tells it ------------------------------------------------------------------------------------

    def address(self, letter: Letter) -> None:
        try:
            sender, recipient = mime.addresses(letter.envelope)
        except ValueError as error:
            self.way.results.append((letter, Refused(str(error))))
            return
        utf8 = not (sender.isascii() and recipient.isascii())
        if utf8 and not self.utf8:
            self.way.results.append((letter, Refused("The mail server cannot write to this address (no SMTPUTF8).")))
            return
        self.next, self.error = letter, None
        option = " SMTPUTF8" if utf8 else ""
        self.script += [
            (f"MAIL FROM:<{sender}>{option}\r\n".encode(), "MAIL"),
            (f"RCPT TO:<{recipient}>\r\n".encode(), "RCPT"),
            (b"DATA\r\n", "DATA"),
        ]

    def send_body(self) -> None:
        self.letter, self.next = self.next, None
        assert self.letter is not None
        self.script.append((self.letter.body, "BODY"))

    def take_back(self) -> None:
        """The server waits for a body that will not come: only hanging up leaves nothing."""
        self.next = None
        self.hang_up()

    def write(self) -> None:
        if not self.expected:
            self.asked_at = time.monotonic()
        while self.script and (self.pipelining or not self.expected):
            words, what = self.script.popleft()
            self.out += words
            self.expected.append(what)
        if not self.out:
            return None
        if not self.deadline:
            self.deadline = time.monotonic() + self.way.patience
        try:
            self.out = self.out[self.sock.send(self.out) :]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError as error:
            return self.break_off(str(error))
        self.wish(selectors.EVENT_READ | (selectors.EVENT_WRITE if self.out else 0))
        return None

    # --- what the server says -------------------------------------------------------------------------------------

    def wake(self) -> None:
        if self.out:
            self.write()
        try:
            while chunk := self.sock.recv(65536):
                self.heard += chunk
                if len(chunk) < 65536 and not isinstance(self.sock, ssl.SSLSocket):
                    break
            else:
                self._read_replies()
                return self.break_off("the mail server hung up")
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError as error:
            return self.break_off(str(error))
        self._read_replies()
        if len(self.heard) > LONGEST_REPLY:
            self.break_off("the mail server's answer has no end")
        return None

    def _read_replies(self) -> None:
        if b"\n" not in self.heard:
            return None
        *lines, self.heard = self.heard.split(b"\n")
        said = []
        for line in lines:
            said.append(line[4:].strip().decode("utf-8", "replace"))
            if line[3:4] == b"-":
                continue
            try:
                code = int(line[:3])
            except ValueError:
                return self.break_off(f"the mail server speaks no SMTP: {line[:60]!r}")
            self._hear(code, " ".join(said))
            said = []
            if self.sock is None:
                return None
        if self.script and not self.pipelining:
            self.write()
        if said:  # the beginning of an answer of several lines
            self.heard = b"\n".join([*lines[len(lines) - len(said) :], self.heard])
        return None

    def _hear(self, code: int, text: str) -> None:
        what = self.expected.popleft() if self.expected else "NOTHING"
        now = time.monotonic()
        self.used_at, self.deadline = now, now + self.way.patience if self.expected else 0
        self.way.volley = self.asked_at
        if code == 421:
            return self.break_off(f"421 {text}", answered=what)
        if what == "BODY":
            assert self.letter is not None
            letter, self.letter = self.letter, None
            self.way.results.append((letter, answer_to_body(code, text)))
        elif what in ("MAIL", "RCPT"):
            if code >= 400 and self.error is None:
                self.error = (what, code, text)
                if not self.pipelining:
                    self.script.clear()
                    self._settle_refused()
        elif what == "DATA":
            self._hear_data(code, text)
        elif what == "RSET":
            self.clearing = False
        elif what == "NOTHING":
            return self.break_off(f"the mail server spoke unasked: {code} {text}")
        return None

    def _hear_data(self, code: int, text: str) -> None:
        if code == 354 and self.error is None:
            assert self.next is not None
            self.way.ready.append(self.next)
            return
        if code == 354:  # it took none of the recipients and waits for a body all the same: an empty one
            self.script.appendleft((b".\r\n", "EMPTY"))
        self.error = self.error or ("DATA", code, text)
        self._settle_refused()

    def _settle_refused(self) -> None:
        assert self.next is not None and self.error is not None
        letter, self.next = self.next, None
        self.way.results.append((letter, answer_to_address(*self.error)))
        self.script.append((b"RSET\r\n", "RSET"))
        self.clearing = True
        self.way.unwritten.add(self)

    # --- the end --------------------------------------------------------------------------------------------------

    def break_off(self, why: str, answered: str = "") -> None:
        """The line is gone. What was handed over is in doubt, unless the server just answered it."""
        letter, following = self.letter, self.next
        self.letter = self.next = None
        self.hang_up()
        if letter is not None:
            refused = answered == "BODY"
            self.way.results.append((letter, Later(why, way_failed=True) if refused else Silent(why)))
        if following is not None:
            if following in self.way.ready:
                self.way.ready.remove(following)
            self.way.returned.append(following)
            self.way.last_break = why

    def wish(self, events: int) -> None:
        if events != self.events and self.way.selector is not None:
            self.way.selector.modify(self.sock, events, self.wake)
        self.events = events

    def hang_up(self, politely: bool = False) -> None:
        if self.sock is None:
            return
        sock, self.sock = self.sock, None  # type: ignore[assignment]
        self.way.forget(self, sock)
        if politely:
            with contextlib.suppress(OSError):
                sock.send(b"QUIT\r\n")
        with contextlib.suppress(OSError):
            self.smtp.close()

    @property
    def is_free(self) -> bool:
        return self.next is None and not self.clearing and self.sock is not None


def answer_to_body(code: int, text: str) -> Result:
    if code < 400:
        return Taken(queue_id(text))
    if code < 500:
        return Later(f"{code} {text}", way_failed=True)
    return Refused(f"{code} {text}")


def answer_to_address(what: str, code: int, text: str) -> Result:
    """A sender that is refused is our trouble with the provider; a recipient that is refused is this letter's."""
    said = f"{code} {text}"
    if what == "MAIL":
        return Later(said, way_failed=True)
    return Refused(said) if code >= 500 else Later(said, way_failed=what == "DATA")


def queue_id(text: str) -> str:
    """The server's own number for the mail, where its answer names one ("2.0.0 Ok: queued as 4Xk…")."""
    _before, found, after = text.partition("queued as ")
    return after.split()[0].strip(".,;)>")[:200] if found and after.strip() else ""


class SmtpWay:
    """As many lines as there is work for, up to ``most``; all of them at one server, under one name."""

    def __init__(self, server: Server, most: int, greeting: str):
        self.server, self.most, self.greeting = server, most, greeting
        self.patience: float = settings.EMAIL_TIMEOUT
        self.lines: list[Line] = []
        self.free: list[Line] = []  # as the last ``room`` found them
        self.ready: list[Letter] = []
        self.results: list[tuple[Letter, Result]] = []
        self.returned: list[Letter] = []
        self.unwritten: set[Line] = set()
        self.selector: selectors.BaseSelector | None = None
        self.last_break = ""
        self.volley = 0.0  # when the line that spoke last had been asked
        self.no_more_until = 0.0

    def room(self) -> int:
        self.free = [line for line in self.lines if line.is_free]
        if not self.free and self._may_open():
            try:
                self.open_line()
            except NoWayOut:
                if not self.lines:
                    raise
                self.no_more_until = time.monotonic() + NO_MORE_LINES_SECONDS  # it gives us no more than these
            else:
                self.free = self.lines[-1:]
        return len(self.free)

    def _may_open(self) -> bool:
        return len(self.lines) < self.most and not (self.lines and time.monotonic() < self.no_more_until)

    def open_line(self) -> None:
        line = Line(self, connect(self.server, self.greeting))
        self.lines.append(line)
        if self.selector is not None:
            self.selector.register(line.sock, line.events, line.wake)

    def make_ready(self, letter: Letter) -> None:
        letter.body = mime.build(letter.envelope) + b".\r\n"

    def take_up(self, letter: Letter) -> None:
        if not letter.body:
            self.make_ready(letter)
        letter.line = line = self.free.pop(0)
        line.address(letter)
        self.unwritten.add(line)

    def hand_over(self, letter: Letter) -> None:
        line: Line = letter.line
        if line.next is not letter:  # the line broke while the note was written: it was handed to nobody
            if letter in self.returned:
                self.returned.remove(letter)
            self.results.append((letter, Later(self.last_break or "the line broke", way_failed=True)))
            return
        line.send_body()
        self.unwritten.add(line)

    def put_back(self, letter: Letter) -> None:
        if letter.line.next is letter:
            letter.line.take_back()
        elif letter in self.returned:
            self.returned.remove(letter)

    def flush(self) -> None:
        while self.unwritten:
            line = self.unwritten.pop()
            if line.sock is not None:
                line.write()

    def is_busy(self) -> bool:
        return any(line.next or line.letter or line.expected for line in self.lines)

    def is_expecting(self) -> bool:
        return any(line.expected and abs(line.asked_at - self.volley) < VOLLEY for line in self.lines)

    def watch(self, selector: selectors.BaseSelector) -> None:
        self.selector = selector
        for line in self.lines:
            selector.register(line.sock, line.events, line.wake)

    def unwatch(self) -> None:
        if self.selector is not None:
            for line in self.lines:
                self.selector.unregister(line.sock)
        self.selector = None

    def look_at_clock(self) -> None:
        now = time.monotonic()
        for line in list(self.lines):
            if line.deadline and now > line.deadline:
                line.break_off(f"the mail server said nothing for {self.patience} seconds")

    def leave_idle(self) -> None:
        """Lines that nobody used for a while say good-bye."""
        now = time.monotonic()
        for line in list(self.lines):
            if now - line.used_at > IDLE_SECONDS and not (line.next or line.letter):
                line.hang_up(politely=True)

    def forget(self, line: Line, sock: socket.socket) -> None:
        if self.selector is not None:
            with contextlib.suppress(KeyError, ValueError):
                self.selector.unregister(sock)
        self.lines.remove(line)
        self.free = [one for one in self.free if one is not line]
        self.unwritten.discard(line)

    def close(self) -> None:
        for line in list(self.lines):
            line.hang_up(politely=True)


def connect(server: Server, greeting: str) -> smtplib.SMTP:
    """A line on which the server waits for the first MAIL. Raises NoWayOut with what went wrong."""
    kind: Callable[..., smtplib.SMTP] = smtplib.SMTP
    if server.tls == "from the first byte":
        kind = partial(smtplib.SMTP_SSL, context=trust())
    connection: smtplib.SMTP | None = None
    try:
        connection = kind(server.host, server.port, local_hostname=greeting, timeout=settings.EMAIL_TIMEOUT)
        connection.ehlo_or_helo_if_needed()
        if server.tls == "start":
            connection.starttls(context=trust())
            connection.ehlo()
        if server.username:
            connection.login(server.username, server.password)
    except (OSError, ValueError) as error:  # smtplib's own errors are OSErrors
        if connection is not None:
            connection.close()
        raise NoWayOut(spoken(error)) from error
    return connection


@cache
def trust() -> ssl.SSLContext:
    """The certificates this machine trusts; reading them takes 20 ms."""
    return ssl.create_default_context()


def spoken(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {said}"
    return str(error) or type(error).__name__


def greeting_name() -> str:
    """What we call ourselves in EHLO: the host of our own address. Looking up this machine's name may take seconds."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return f"[{host}]" if host.replace(".", "").isdigit() else host
