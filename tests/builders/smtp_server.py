"""A mail server that does what it is told, at the level of lines: for the ways in which real ones misbehave.

A test gives a script per connection: what to answer to the n-th command of a kind, or an act such as HANG_UP.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

HANG_UP, SILENCE, DRIP = "hang up", "silence", "drip"


@dataclass
class Script:
    """``answers``: command → answers in turn; when they run out, the usual one. ``extensions``: offered after EHLO."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("PIPELINING", "SMTPUTF8")


@dataclass
class Heard:
    commands: list[str] = field(default_factory=list)
    mails: list[tuple[str, bytes]] = field(default_factory=list)  # recipient, content
    together: list[int] = field(default_factory=list)  # how many commands came in one piece
    connections: int = 0


USUAL = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "BODY": "250 taken", "RSET": "250 ok", "QUIT": "221 bye"}


class Conversation:
    def __init__(self, sock: socket.socket, script: Script, heard: Heard):
        self.sock, self.script, self.heard = sock, script, heard
        self.recipient, self.heard_bytes = "", b""
        self.in_body = self.is_mute = False

    def run(self) -> None:
        self.sock.sendall(b"220 test\r\n")
        while chunk := self.sock.recv(65536):
            self.heard_bytes += chunk
            self.heard.together.append(0)
            while self._take_one():
                self.heard.together[-1] += 1

    def _take_one(self) -> bool:
        end = b"\r\n.\r\n" if self.in_body else b"\r\n"
        if self.in_body and self.heard_bytes.startswith(b".\r\n"):
            words, self.heard_bytes = b"", self.heard_bytes[3:]
        elif end in self.heard_bytes:
            words, _, self.heard_bytes = self.heard_bytes.partition(end)
        else:
            return False
        if self.in_body:
            self._body(words)
        else:
            self._command(words.decode())
        return True

    def _body(self, content: bytes) -> None:
        self.in_body = False
        answer = self._answer("BODY")
        if answer.startswith("250") and content:
            self.heard.mails.append((self.recipient, content))
        self._say(answer)

    def _command(self, line: str) -> None:
        self.heard.commands.append(line)
        what = line.split()[0].upper().split(":")[0]
        if what in ("EHLO", "HELO"):
            lines = ["test", *self.script.extensions]
            self._say("\r\n".join(f"250{'-' if n < len(lines) - 1 else ' '}{text}" for n, text in enumerate(lines)))
            return
        if what == "RCPT":
            self.recipient = line.partition("<")[2].partition(">")[0]
        answer = self._answer(what)
        self.in_body = what == "DATA" and answer.startswith("354")
        self._say(answer)

    def _answer(self, what: str) -> str:
        planned = self.script.answers.get(what)
        return planned.pop(0) if planned else USUAL.get(what, "502 what?")

    def _say(self, answer: str) -> None:
        if answer == HANG_UP:
            self.sock.close()
            raise ConnectionAbortedError
        self.is_mute = self.is_mute or answer == SILENCE
        if self.is_mute:
            return
        if answer.startswith(DRIP):
            for letter in answer.removeprefix(DRIP).strip() + "\r\n":
                self.sock.sendall(letter.encode())
                time.sleep(0.002)
            return
        self.sock.sendall(answer.encode() + b"\r\n")


@contextmanager
def smtp_server(*scripts: Script) -> Iterator[tuple[int, Heard]]:
    """The port and what was heard. The n-th connection follows the n-th script, and all further ones the last."""
    heard = Heard()
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(sock: socket.socket, script: Script) -> None:
        with sock:
            try:
                Conversation(sock, script, heard).run()
            except OSError:
                return

    def listen() -> None:
        while True:
            try:
                sock, _address = listener.accept()
            except OSError:
                return
            script = scripts[min(heard.connections, len(scripts) - 1)] if scripts else Script()
            heard.connections += 1
            threading.Thread(target=talk, args=(sock, script), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
