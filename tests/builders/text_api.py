"""TurboSMS and a Telegram bot on a port of this machine: they take texts, and misbehave when they are told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class TextApi:
    """``answers``: given first, one per message: (HTTP status, JSON), or None, which takes the text and hangs up."""

    port: int = 0
    taken: list[dict] = field(default_factory=list)
    answers: list[tuple[int, Any] | None] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)

    def url(self, scheme: str) -> str:
        return f"{scheme}://secret?api_url=http://127.0.0.1:{self.port}"


@contextmanager
def text_api() -> Iterator[TextApi]:
    api = TextApi()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            """Silence."""

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            api.tokens.append(self.headers.get("Authorization", self.path))
            if self.path == "/message/status.json":
                rows = [{"message_id": one, "status": api.statuses.get(one, "Sent")} for one in body["messages"]]
                return self.answer(200, {"response_code": 0, "response_result": rows})
            planned = api.answers.pop(0) if api.answers else self.usual(body)
            if planned is None:
                api.taken.append(body)
                return self.connection.close()
            return self.answer(*planned)

        def usual(self, body: dict) -> tuple[int, Any]:
            if self.path.startswith("/bot"):
                api.taken.append(body)
                return 200, {"ok": True, "result": {"message_id": len(api.taken)}}
            known = [one for one in api.taken if one["sequence_id"] == body["sequence_id"]]
            if known:
                return 200, {"response_code": 0, "response_result": [{"response_status": "DUPLICATE_SEQUENCE"}]}
            api.taken.append(body)
            row = {"message_id": f"ts-{len(api.taken)}", "response_code": 0, "response_status": "OK"}
            return 200, {"response_code": 800, "response_result": [row]}

        def answer(self, status: int, said: Any) -> None:
            raw = json.dumps(said).encode() if said is not None else b"<html>busy</html>"
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
