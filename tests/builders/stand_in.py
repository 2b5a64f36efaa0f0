"""Somebody's API on a port of this machine: how a platform answers is the ``speak`` of its builder; with moods."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class StandIn:
    """``orders`` is what it knows; ``moods`` are answered one after the other, before it is asked anything."""

    port: int = 0
    orders: list[dict] = field(default_factory=list)
    moods: list[Answer] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def stand_in(speak: Callable[[StandIn, Asked], Answer]) -> Iterator[StandIn]:
    shop = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            """Silence."""

        def do_POST(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            shop.asked.append(Asked(self.command, parts.path, query, self.headers, body))
            self.answer(*(shop.moods.pop(0) if shop.moods else speak(shop, shop.asked[-1])))

        do_GET = do_PUT = do_POST

        def answer(self, status, headers, body):
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()


def in_json(payload: Any, status: int = 200) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(payload, ensure_ascii=False).encode()


def asked_at(shop: StandIn, store: Any, source: str, token: str) -> None:
    """The store belongs to this platform, which is asked where the stand-in listens; its shop window is elsewhere."""
    from tests.conftest import connect

    connection = connect(source, source)
    connection.token = token
    connection.options = {"private_hosts": ["127.0.0.1"], "address": shop.address}
    connection.save()
    store.connection, store.url = connection, "https://my-shop.example"
    store.save()
