import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shelf import pinned_http, safe_http
from shelf.safe_http import Blocked, Unreachable, fetch

PUBLIC = "93.184.215.14"
PUBLIC_V6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Shop: Abc\r\n\r\nhi"

# Every line would reach the listener if one rule were missing. PORT is the listener's; names resolve as INSIDE says.
HOSTILE = """
https://127.0.0.1:PORT/
https://127.0.0.2:PORT/
https://127.1:PORT/
https://127.0.1:PORT/
https://2130706433:PORT/
https://0x7f000001:PORT/
https://0x7f.0.0.1:PORT/
https://0177.0.0.1:PORT/
https://017700000001:PORT/
https://0:PORT/
https://0.0.0.0:PORT/
https://localhost:PORT/
https://LOCALHOST:PORT/
https://localhost.:PORT/
https://localhost.localdomain:PORT/
https://127.0.0.1.:PORT/
https://127。0。0。1:PORT/
https://①②⑦.⓪.⓪.①:PORT/
https://１２７.0.0.1:PORT/
https://[::1]:PORT/
https://[::]:PORT/
https://[0:0:0:0:0:0:0:1]:PORT/
https://[::ffff:127.0.0.1]:PORT/
https://[::ffff:7f00:1]:PORT/
https://[::127.0.0.1]:PORT/
https://[64:ff9b::127.0.0.1]:PORT/
https://[64:ff9b::7f00:1]:PORT/
https://[64:ff9b:1::127.0.0.1]:PORT/
https://[2002:7f00:1::]:PORT/
https://[2001:0:7f00:1::]:PORT/
https://[fe80::1%25lo]:PORT/
https://[fe80::1%lo]:PORT/
https://[fc00::1]:PORT/
https://[fd00:ec2::254]:PORT/
https://[fec0::1]:PORT/
https://[ff02::1]:PORT/
https://10.0.0.1:PORT/
https://172.16.0.1:PORT/
https://192.168.1.1:PORT/
https://169.254.169.254:PORT/latest/meta-data/
https://100.100.100.200:PORT/
https://192.0.0.192:PORT/
https://198.18.0.1:PORT/
https://224.0.0.1:PORT/
https://240.0.0.1:PORT/
https://255.255.255.255:PORT/
https://inside.example:PORT/
https://mixed.example:PORT/
https://mapped.example:PORT/
https://sixtofour.example:PORT/
https://nat64.example:PORT/
https://rubbish.example:PORT/
https://good.example@127.0.0.1:PORT/
https://good.example:80@127.0.0.1:PORT/
https://good.example%00.127.0.0.1:PORT/
https://good.example#@127.0.0.1:PORT/
https://127.0.0.1:PORT#good.example
https://127.0.0.1:PORT\\@good.example/
https:\\\\127.0.0.1:PORT/
https:/127.0.0.1:PORT/
https:127.0.0.1:PORT
//127.0.0.1:PORT/
http://127.0.0.1:PORT/
http://inside.example:PORT/
ftp://127.0.0.1:PORT/
gopher://127.0.0.1:PORT/_GET
file:///etc/passwd
unix:///run/redis.sock
javascript:alert(1)
https://127.0.0.1:PORT/\r\nHost: x
 https://127.0.0.1:PORT/
https://127.0.0.1\t:PORT/
https:// 127.0.0.1:PORT/
https://:PORT/
https://
https://127.0.0.1:22/
https://inside.example:99999/
""".strip("\n").split("\n")

INSIDE = {
    "inside.example": ["127.0.0.1"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "sixtofour.example": ["2002:7f00:1::"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "rubbish.example": ["127.0.0.1%lo"],
    "good.example": [PUBLIC],
}


def test_there_are_at_least_sixty_hostile_addresses():
    assert len(set(HOSTILE)) >= 60


def test_no_hostile_address_reaches_a_listener_inside(monkeypatch, dialled):
    with listener(OK) as (port, hits):
        monkeypatch.setattr(safe_http, "_PORTS", (443, port))

        for line in HOSTILE:
            with pytest.raises((Blocked, Unreachable)):
                fetch("GET", line.replace("PORT", str(port)), resolver=names, timeout=2)

    assert hits == []
    assert set(dialled) <= {PUBLIC}  # "https://good.example#@127.0.0.1" is a visit to good.example


def test_the_listener_would_have_been_reached_without_the_judgement(monkeypatch):
    with listener(OK) as (port, hits):
        monkeypatch.setattr(safe_http, "_PORTS", (443, port))
        monkeypatch.setattr(safe_http, "_is_open", lambda address, allow_private: True)

        for line in ("https://127.0.0.1:PORT/", "https://127.1:PORT/", "https://inside.example:PORT/"):
            with pytest.raises(Unreachable):  # it speaks no TLS
                fetch("GET", line.replace("PORT", str(port)), resolver=names, timeout=2)

    assert len(hits) == 3


def test_proxies_of_the_environment_are_not_asked(monkeypatch, dialled):
    with listener(OK) as (port, hits):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")

        with pytest.raises(Unreachable):
            fetch("GET", "https://good.example/", resolver=names)

    assert hits == []
    assert dialled == [PUBLIC]


def test_a_name_that_changes_its_mind_is_visited_where_it_was_judged(dialled):
    asked = []

    def flipping(host, port):
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    with pytest.raises(Unreachable):
        fetch("GET", "https://rebinding.example/", resolver=flipping)

    assert asked == ["rebinding.example"]
    assert dialled == [PUBLIC]


def test_all_addresses_of_a_name_must_be_public_and_all_are_tried(dialled):
    with pytest.raises(Unreachable):
        fetch("GET", "https://shop.example/", resolver=lambda host, port: [PUBLIC_V6, PUBLIC])

    assert dialled == [PUBLIC_V6, PUBLIC]


def test_a_public_address_behind_a_mapping_is_open(dialled):
    for address in ("::ffff:93.184.215.14", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"):
        with pytest.raises(Unreachable):
            fetch("GET", "https://shop.example/", resolver=lambda host, port, found=address: [found])

    assert len(dialled) == 3


@pytest.mark.parametrize(
    "url", ["https://169.254.169.254/", "http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://0.0.0.0/"]
)
def test_a_host_that_the_owner_approved_still_cannot_be_the_clouds_metadata(dialled, url):
    with pytest.raises(Blocked):
        fetch("GET", url, allow_private=True)

    assert dialled == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://shop.example/", "The address must begin with https://."),
        ("https://shop.example:22/", "Port 22 is closed; 443 and 8443 are open."),
        ("https://127.0.0.1/", "127.0.0.1 is an address inside a private network."),
        ("https://shop.example/" + "a" * 2_100, "This is no web address."),
        ("https://user:secret@shop.example/", "This is no web address."),
    ],
)
def test_a_blocked_address_is_told_in_one_sentence(url, sentence):
    with pytest.raises(Blocked) as refusal:
        fetch("GET", url, resolver=names)

    assert str(refusal.value) == sentence


def test_an_unknown_name_is_told_in_one_sentence():
    with pytest.raises(Unreachable) as refusal:
        fetch("GET", "https://nowhere.example/", resolver=lambda host, port: [])

    assert str(refusal.value) == "The name nowhere.example is unknown."


def test_a_slow_resolver_does_not_hold_us_up():
    began = time.monotonic()
    with pytest.raises(Unreachable):
        fetch("GET", "https://slow.example/", timeout=0.2, resolver=lambda host, port: time.sleep(3) or [PUBLIC])

    assert time.monotonic() - began < 2.5


def test_a_request_arrives_with_its_own_name_headers_and_body():
    with listener(OK) as (port, hits):
        answer = fetch(
            "POST",
            f"http://inside.example:{port}/a/b?c=d#e",
            headers={"Content-Type": "application/json", "Host": "evil.example", "X-Key": "1"},
            body=b'{"a": 1}',
            allow_private=True,
            resolver=names,
        )

    assert (answer.status, answer.body, answer.cut) == (200, b"hi", False)
    assert answer.headers["x-shop"] == "Abc"
    head, _, body = hits[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a/b?c=d HTTP/1.1"
    assert {line for line in lines if line.lower().startswith("host:")} == {f"Host: inside.example:{port}"}
    assert {"Content-Type: application/json", "X-Key: 1", "Accept-Encoding: identity", "User-Agent: Aftercare"} <= set(
        lines
    )
    assert body == b'{"a": 1}'


def test_a_redirect_is_an_answer_and_is_not_followed():
    with listener(OK) as (inner, inner_hits):
        redirect = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % inner
        with listener(redirect) as (port, hits):
            answer = fetch("GET", f"http://127.0.0.1:{port}/", allow_private=True)

    assert answer.status == 302
    assert (len(hits), len(inner_hits)) == (1, 0)


def test_a_long_answer_is_cut():
    with listener(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 500_000) as (port, _hits):
        answer = fetch("GET", f"http://127.0.0.1:{port}/", allow_private=True, max_bytes=1_000)

    assert (answer.body, answer.cut) == (b"x" * 1_000, True)


def test_a_compressed_answer_is_not_unpacked():
    raw = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"
    with listener(raw) as (port, _hits):
        answer = fetch("GET", f"http://127.0.0.1:{port}/", allow_private=True)

    assert answer.body == b"\x1f\x8b\x08\x00"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_a_byte_now_and_then_does_not_prolong_the_deadline(head):
    with listener(head + b"HTTP/1.1 200 OK\r\n" * 20, pause=0.05) as (port, _hits):
        began = time.monotonic()
        with pytest.raises(Unreachable) as refusal:
            fetch("GET", f"http://127.0.0.1:{port}/", allow_private=True, timeout=0.3)

    assert time.monotonic() - began < 5  # all of it takes 17 s
    assert str(refusal.value) == "127.0.0.1 did not answer in time."


@pytest.mark.parametrize("raw", [b"", b"not http\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"])
def test_what_is_no_answer_is_unreachable(raw):
    with listener(raw) as (port, _hits), pytest.raises(Unreachable) as refusal:
        fetch("GET", f"http://127.0.0.1:{port}/", allow_private=True)

    assert str(refusal.value) == "127.0.0.1 cannot be reached."


def test_a_closed_port_is_unreachable():
    with listener(OK) as (port, _hits):
        pass

    with pytest.raises(Unreachable):
        fetch("GET", f"http://127.0.0.1:{port}/", allow_private=True)


@pytest.mark.parametrize("headers", [{"X-A": "1\r\nX-B: 2"}, {"X-A\n": "1"}, {"X-A": "\0"}, {"X-A": "ї"}])
def test_headers_cannot_be_smuggled(headers, dialled):
    with pytest.raises(Blocked):
        fetch("GET", "https://good.example/", headers=headers, resolver=names)

    assert dialled == []


def test_only_known_methods_are_used(dialled):
    with pytest.raises(Blocked):
        fetch("CONNECT", "https://good.example/", resolver=names)

    assert dialled == []


# --- TLS ------------------------------------------------------------------------------------------------------


def test_the_certificate_is_asked_for_by_name_though_the_address_was_dialled(monkeypatch, tmp_path):
    trust, server = authority(tmp_path, "inside.example")
    seen = []
    server.sni_callback = lambda tls, name, context: seen.append(name)
    monkeypatch.setattr(pinned_http, "_trust", lambda: trust)

    with listener(OK, tls=server) as (port, _hits):
        answer = fetch("GET", f"https://inside.example:{port}/", allow_private=True, resolver=names)

    assert answer.body == b"hi"
    assert seen == ["inside.example"]


def test_a_certificate_of_another_name_is_refused(monkeypatch, tmp_path):
    trust, server = authority(tmp_path, "other.example")
    monkeypatch.setattr(pinned_http, "_trust", lambda: trust)

    with listener(OK, tls=server) as (port, hits), pytest.raises(Unreachable) as refusal:
        fetch("GET", f"https://inside.example:{port}/", allow_private=True, resolver=names)

    assert str(refusal.value) == "inside.example has no valid certificate."
    assert [said for said in hits if said] == []


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    _trust, server = authority(tmp_path, "inside.example")

    with listener(OK, tls=server) as (port, _hits), pytest.raises(Unreachable) as refusal:
        fetch("GET", f"https://inside.example:{port}/", allow_private=True, resolver=names)

    assert str(refusal.value) == "inside.example has no valid certificate."


def names(host, port):
    if host in INSIDE:
        return INSIDE[host]
    return safe_http._system_resolver(host, port)


@pytest.fixture
def dialled(monkeypatch):
    """Addresses that would have been connected to; local ones really are."""
    addresses = []
    dial = httpcore.SyncBackend.connect_tcp

    def connect_tcp(self, host, *args, **kwargs):
        addresses.append(host)
        if host.startswith("127."):
            return dial(self, host, *args, **kwargs)
        raise httpcore.ConnectError("nobody leaves the test")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    return addresses


@contextmanager
def listener(raw, pause=0.0, tls=None):
    """A server on both loopbacks that answers ``raw`` to everybody: (port, what each visitor said)."""
    hits, sockets = [], []
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    sockets.append(server)
    with suppress(OSError):  # a machine without IPv6
        sockets.append(socket.create_server(("::1", port), family=socket.AF_INET6))

    def greet(waiting):
        while True:
            try:
                visitor, _ = waiting.accept()
            except OSError:
                return
            try:
                visitor.settimeout(2)
                visitor = tls.wrap_socket(visitor, server_side=True) if tls else visitor
                said = visitor.recv(65_536)
                while b"\r\n\r\n" in said and b'"a"' not in said and b"POST" in said:
                    said += visitor.recv(65_536)
                hits.append(said)
                for piece in [raw] if not pause else [raw[i : i + 1] for i in range(len(raw))]:
                    visitor.sendall(piece)
                    time.sleep(pause)
            except OSError:
                hits.append(b"")
            finally:
                visitor.close()

    for waiting in sockets:
        threading.Thread(target=greet, args=(waiting,), daemon=True).start()
    try:
        yield port, hits
    finally:
        for waiting in sockets:
            waiting.shutdown(socket.SHUT_RDWR)
            waiting.close()


def authority(folder, name):
    """(a context that trusts the certificate, the server's context) for one self-signed name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "both.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return ssl.create_default_context(cafile=str(pem)), server
