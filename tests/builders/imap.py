"""A mailbox on a port of this machine that speaks as much IMAP as is asked of it."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, mails: list[bytes]):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.mails, self.seen, self.validity = list(mails), set[int](), 7

    @property
    def url(self) -> str:
        return f"imap://care:pass%40word@127.0.0.1:{self.server_address[1]}/INBOX"


class Conversation(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        self.say(b"* OK ready")
        while line := self.rfile.readline().strip():
            tag, _space, words = line.partition(b" ")
            self.answer(words.decode())
            self.say(tag + b" OK done")
            if words == b"LOGOUT":
                return

    def answer(self, words: str) -> None:
        server = self.server
        if words == "CAPABILITY":
            self.say(b"* CAPABILITY IMAP4rev1")
        elif words.startswith("LOGIN"):
            assert words == 'LOGIN care "pass@word"', words
        elif words.startswith("SELECT"):
            self.say(f"* {len(server.mails)} EXISTS\r\n* OK [UIDVALIDITY {server.validity}] valid".encode())
        elif words.startswith("UID SEARCH"):
            every = range(1, len(server.mails) + 1)
            after = re.search(r"UID (\d+):\*", words)
            # "n:*" is never empty: beyond the end it means the last one (RFC 3501 §9, note of seq-range)
            found = (
                [n for n in every if n >= int(after[1])] or [*every][-1:]
                if after
                else [n for n in every if n not in server.seen]
            )
            self.say(f"* SEARCH {' '.join(map(str, found))}".encode())
        elif fetched := re.match(r"UID FETCH (\d+) \((.+)\)", words):
            self.fetch(int(fetched[1]), fetched[2])
        elif stored := re.match(r"UID STORE (\d+)", words):
            server.seen.add(int(stored[1]))

    def fetch(self, uid: int, what: str) -> None:
        raw = self.server.mails[uid - 1]
        if what == "RFC822.SIZE":
            self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})".encode())
            return
        body = raw if what == "BODY.PEEK[]" else raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.say(f"* {uid} FETCH (UID {uid} {what.replace('.PEEK', '')} {{{len(body)}}}".encode())
        self.wfile.write(body)
        self.say(b")")

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextmanager
def mailbox(mails: list[bytes]) -> Iterator[Server]:
    with Server(mails) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
