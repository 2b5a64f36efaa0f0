"""The APIs of the carriers that are asked, on a port of this machine, as they are documented; with moods.

``carrier.parcels[number]`` is what the carrier knows of a number, in the words of its builder.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.builders import meest, nova_poshta, russian_post

KEY = "carriers-key"
LOGIN = "login:password"
CUT = -1  # the mood in which the connection breaks in the middle of the answer


@dataclass
class Carrier:
    """``moods`` are answered one after the other, before anything is looked up: (status, headers, body)."""

    port: int = 0
    parcels: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Any] = field(default_factory=dict)
    moods: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)  # the numbers of each call
    bodies: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def carrier_api() -> Iterator[Carrier]:
    carrier = Carrier()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            """Silence."""

        def do_POST(self):
            self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            carrier.bodies.append(self.body)
            answer = next((speak for path, speak in PATHS.items() if re.match(path, self.path)), nobody)(carrier, self)
            self.answer(*(carrier.moods.pop(0) if carrier.moods else answer))

        do_GET = do_POST

        def answer(self, status, headers, body):
            if status == CUT:
                self.send_response(200)
                self.send_header("Content-Length", "100000")
                self.end_headers()
                self.wfile.write(b'{"success": true, "da')
                self.wfile.flush()
                return self.connection.close()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            return self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    carrier.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield carrier
    finally:
        server.shutdown()
        server.server_close()


def in_json(told: Any, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(told, ensure_ascii=False).encode()


def nobody(carrier, request):
    return in_json({"error": "no such address"}, 404)


def of_nova_poshta(carrier, request):
    asked = json.loads(request.body)
    if asked["calledMethod"] == "getWarehouses":
        return in_json(nova_poshta.answer(*filter(None, [carrier.places.get(asked["methodProperties"]["Ref"])])))
    numbers = [one["DocumentNumber"] for one in asked["methodProperties"]["Documents"]]
    carrier.asked.append(numbers)
    if asked["apiKey"] != KEY:
        return in_json(nova_poshta.error("API key is incorrect"))
    if len(numbers) > 100 or any(number.startswith("BAD") for number in numbers):
        return in_json(nova_poshta.error("Document number is not correct"))
    unknown = {"StatusCode": "3", "Status": "Номер не знайдено"}
    return in_json(nova_poshta.answer(*[carrier.parcels.get(n) or {"Number": n, **unknown} for n in numbers]))


def of_russian_post(carrier, request):
    words = request.body.decode()
    number = words.partition("Barcode>")[2].partition("<")[0]
    carrier.asked.append([number])
    if ">login</" not in words or ">password</" not in words:
        return 500, {}, russian_post.fault("Ошибка авторизации")
    if number not in carrier.parcels:
        return 500, {}, russian_post.fault("Неверный штриховой идентификатор")
    return 200, {"Content-Type": "application/soap+xml"}, carrier.parcels[number]


def of_ukrposhta(carrier, request):
    numbers = json.loads(request.body)
    carrier.asked.append(numbers)
    if request.headers["Authorization"] != f"Bearer {KEY}":
        return in_json({"fault": {"code": 900901, "message": "Invalid Credentials"}}, 401)
    if len(numbers) > 50 or not all(re.fullmatch(r"\d{13}|[A-Z]{2}\d{9}[A-Z]{2}", number) for number in numbers):
        return in_json({"message": "Bad barcode"}, 400)
    found = {number: carrier.parcels[number] for number in numbers if number in carrier.parcels}
    return in_json({"found": found, "notFound": [number for number in numbers if number not in found]})


def of_meest(carrier, request):
    number = unquote(request.path.rpartition("/")[2])
    carrier.asked.append([number])
    if request.headers["token"] != KEY:
        return in_json({"status": "Error", "info": "Token is invalid", "result": []})
    if number not in carrier.parcels:
        return in_json({"status": "Error", "info": "Parcel not found", "result": []})
    return in_json(meest.answer(*carrier.parcels[number]))


def of_yandex(carrier, request):
    number = parse_qs(urlsplit(request.path).query)["request_id"][0]
    carrier.asked.append([number])
    if request.headers["Authorization"] != f"Bearer {KEY}":
        return in_json({"code": "401", "message": "Not authorized request"}, 401)
    if number not in carrier.parcels:
        return in_json({"code": "not_found", "message": "request not found"}, 404)
    return in_json({"state_history": carrier.parcels[number]})


def pass_of_fivepost(carrier, request):
    right = parse_qs(urlsplit(request.path).query)["apikey"] == [KEY]
    right = right and parse_qs(request.body.decode()) == {"subject": ["OpenAPI"], "audience": ["A122019!"]}
    return in_json({"status": "ok", "jwt": "pass-of-an-hour"} if right else {"status": "error"})


def of_fivepost(carrier, request):
    asked = json.loads(request.body)
    number = asked.get("orderId") or asked["senderOrderId"]
    carrier.asked.append([number])
    if request.headers["Authorization"] != "Bearer pass-of-an-hour":
        return in_json({"error": "expired"}, 401)
    return in_json(carrier.parcels.get(number, []))


def pass_of_cdek(carrier, request):
    right = {"grant_type": ["client_credentials"], "client_id": ["login"], "client_secret": ["password"]}
    if parse_qs(request.body.decode()) != right:
        return in_json({"error": "invalid_client"}, 401)
    return in_json({"access_token": "pass-of-an-hour", "token_type": "bearer", "expires_in": 3599})


def places_of_cdek(carrier, request):
    code = parse_qs(urlsplit(request.path).query)["code"][0]
    carrier.asked.append([code])
    return in_json([carrier.places[code]] if code in carrier.places else [])


def of_cdek(carrier, request):
    number = parse_qs(urlsplit(request.path).query)["cdek_number"][0]
    carrier.asked.append([number])
    if number not in carrier.parcels:
        return in_json({"requests": [{"errors": [{"code": "v2_entity_not_found"}]}]}, 400)
    return in_json({"entity": carrier.parcels[number], "requests": []})


PATHS = {
    r"/v2/oauth/token": pass_of_cdek,
    r"/v2/orders": of_cdek,
    r"/v2/deliverypoints": places_of_cdek,
    r"/v2\.0/json/": of_nova_poshta,
    r"/rtm34": of_russian_post,
    r"/status-tracking/": of_ukrposhta,
    r"/v3\.0/openAPI/tracking/": of_meest,
    r"/api/b2b/platform/request/history": of_yandex,
    r"/jwt-generate-claims/": pass_of_fivepost,
    r"/api/v1/getOrderHistory": of_fivepost,
}
