"""A provider's API on a port of this machine: it takes letters, keeps a log that can be searched, and misbehaves."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Kept:
    """One letter that was taken."""

    number: str
    to: str
    mark: str
    key: str = ""  # the idempotency key it came with
    body: Any = None


@dataclass
class Api:
    """``drops``: takes so many letters and hangs up without an answer. ``mood``: how it answers questions."""

    port: int = 0
    letters: list[Kept] = field(default_factory=list)
    drops: int = 0
    mood: str = "honest"  # down, slow, garbage, lying, empty
    questions: list[str] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    repeated: int = 0

    def url(self, scheme: str, **options: str) -> str:
        more = "".join(f"&{name}={value}" for name, value in options.items())
        path = {"mailgun": "/v3", "brevo": "/v3"}.get(scheme, "/")
        return f"{scheme}://secret?api_url=http://127.0.0.1:{self.port}{path}{more}"


@contextmanager
def provider_api() -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            """Silence."""

        def do_POST(self):
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(*self.taken(raw))

        def taken(self, raw: bytes) -> tuple[int, Any]:
            if self.path.startswith("/v3/") and "messages" in self.path:  # Mailgun speaks forms
                form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
                return self.keep(form["to"], form.get("v:aftercare", ""), form)
            body = json.loads(raw)
            if self.path == "/email":  # Postmark
                return self.keep(body["To"], body["Metadata"]["aftercare"], body)
            if self.path == "/v3/smtp/email":  # Brevo
                return self.keep(body["to"][0]["email"], body["tags"][0], body)
            return self.keep(body["to"][0], self.headers.get("Idempotency-Key", ""), body)  # Resend

        def keep(self, to: str, mark: str, body: Any) -> tuple[int, Any]:
            key = self.headers.get("Idempotency-Key", "")
            known = next((kept for kept in api.letters if key and kept.key == key), None)
            if known:
                api.repeated += 1
                if known.body != body:
                    return 409, {"name": "invalid_idempotent_request", "message": "modified", "statusCode": 409}
                return 200, {"id": known.number}
            kept = Kept(f"id-{len(api.letters) + 1}", to, mark, key, body)
            api.letters.append(kept)
            if api.drops:
                api.drops -= 1
                return 0, None
            told = {"id": kept.number, "MessageID": kept.number, "messageId": kept.number, "To": to}
            return 200, {**told, "ErrorCode": 0, "Message": "OK", "SubmittedAt": "2026-11-23T10:00:00Z"}

        def do_GET(self):
            api.questions.append(self.path)
            api.headers.append(dict(self.headers))
            if api.mood == "down":
                return self.answer(503, {"message": "maintenance"})
            if api.mood == "slow":
                time.sleep(2)
            if api.mood == "garbage":
                return self.answer(200, ["what", "is", "this"])
            return self.answer(200, self.searched(urlsplit(self.path)))

        def searched(self, url) -> dict:
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            liar = Kept("id-liar", "somebody.else@example.com", "1-" + "0" * 32)
            letters = {"lying": [liar], "empty": []}.get(api.mood, api.letters)
            honest = api.mood != "lying"
            if url.path == "/messages/outbound":
                wanted = query["metadata_aftercare"]
                found = [kept for kept in letters if not honest or kept.mark == wanted]
                return {
                    "TotalCount": len(found),
                    "Messages": [
                        {"MessageID": k.number, "Recipients": [k.to], "Metadata": {"aftercare": k.mark}} for k in found
                    ],
                }
            if url.path == "/v3/smtp/statistics/events":
                [wanted] = json.loads(query["tags"])
                found = [kept for kept in letters if not honest or (kept.mark == wanted and kept.to == query["email"])]
                events = [{"email": k.to, "messageId": k.number, "event": "requests", "tag": k.mark} for k in found]
                return {"events": events} if events else {}
            found = [kept for kept in letters if not honest or kept.to == query["recipient"]]
            return {
                "items": [
                    {
                        "event": "accepted",
                        "user-variables": {"aftercare": k.mark},
                        "message": {"headers": {"message-id": k.number}},
                    }
                    for k in found
                ]
            }

        def answer(self, status: int, said: Any) -> None:
            if not status:
                self.close_connection = True
                return  # hangs up without a word
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
