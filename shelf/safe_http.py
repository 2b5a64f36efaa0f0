"""The only way out of the house: one HTTP request to an address that a person or another program gave us.

The name is resolved once, every answer is judged, and the connection goes to a judged address; the name is kept for
TLS (SNI and certificate) and for the Host header. So neither a name that points inside nor one that changes its mind
between the check and the connection gets anywhere (peers fixed this hole piece by piece: CVE-2026-30242, -104973,
-105636). No redirects, no proxies from the environment, one deadline over everything, a bounded answer.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from shelf.reasons import Refusal

if TYPE_CHECKING:
    import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

_PORTS = (443, 8443)
_LONGEST_URL = 2_048
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_OURS = ("host", "content-length", "transfer-encoding", "connection", "accept-encoding")

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REACHABLE_V6 = ipaddress.ip_network("2000::/3")
# Inside 2000::/3, yet no place of its own: Teredo and the other special blocks, documentation. Python 3.11.7 calls
# some of them global.
_SPECIAL = [
    ipaddress.ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "3fff::/20", "192.88.99.0/24", "192.0.0.0/24", "240.0.0.0/4")
]
_LOCAL = [
    ipaddress.ip_network(block)
    for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128")
]
# Where clouds keep credentials. Closed even to hosts on the local network that the owner approved.
_METADATA = [ipaddress.ip_address(host) for host in ("169.254.169.254", "fd00:ec2::254", "192.0.0.192")]


class Blocked(Refusal):
    """The address is none that we visit; nothing was sent."""


class Unreachable(Refusal):
    """Nobody answered in time, or not in HTTP. Whether the request was acted upon is unknown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` have lower-case names; ``cut`` says that ``body`` is only the first ``max_bytes``."""

    status: int
    headers: dict[str, str]
    body: bytes
    cut: bool = False


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeout: float = 10,
    max_bytes: int = 65_536,
    allow_private: bool = False,
    resolver: Resolver | None = None,
) -> Answer:
    """One request, one answer; 3xx is an answer like any other. Raises Blocked or Unreachable.

    ``allow_private`` is for hosts that the owner of the installation approved (a shop on the LAN): http, any port,
    private and loopback addresses are then open, link-local and metadata addresses are not. ``timeout`` is in
    seconds and covers everything from the name to the last byte. The body is asked for without compression and
    never unpacked.
    """
    from shelf import pinned_http  # with it comes httpx

    deadline = time.monotonic() + timeout
    target = _judged_url(url, allow_private)
    host, port = target.raw_host.decode("ascii"), target.port or (443 if target.scheme == "https" else 80)
    addresses = _judged_addresses(host, port, allow_private, resolver or _system_resolver, deadline)
    request = _request(method, target, headers or {}, body)
    return pinned_http.visit(request, addresses, deadline, max_bytes)


# --- Judging --------------------------------------------------------------------------------------------------


def _judged_url(url: str, allow_private: bool) -> httpx.URL:
    import httpx

    if len(url) > _LONGEST_URL or any(letter <= " " or letter in '\\\x7f"<>^`{|}' for letter in url):
        raise Blocked(_("This is no web address."))
    try:
        target = httpx.URL(url)
        host = target.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise Blocked(_("This is no web address.")) from None
    if target.scheme not in (("https", "http") if allow_private else ("https",)) or not host:
        raise Blocked(_("The address must begin with https://."))
    if target.userinfo or "%" in host or len(host) > 253:
        raise Blocked(_("This is no web address."))
    if not allow_private and (target.port or 443) not in _PORTS:
        raise Blocked(_("Port %(port)s is closed; 443 and 8443 are open."), port=target.port)
    return target.copy_with(fragment=None)


def _judged_addresses(host: str, port: int, allow_private: bool, resolver: Resolver, deadline: float) -> list[str]:
    """All addresses of the name, or Blocked if a single one of them is out of bounds."""
    try:
        found = [str(ipaddress.ip_address(host))]
    except ValueError:
        found = _resolved(host, port, resolver, deadline)
    if not found:
        raise Unreachable(_("The name %(host)s is unknown."), host=host)
    for text in found:
        if not _is_open(text, allow_private):
            raise Blocked(_("%(host)s is an address inside a private network."), host=host)
    return found


def _resolved(host: str, port: int, resolver: Resolver, deadline: float) -> list[str]:
    """The system resolver knows no deadline, therefore it is asked in a thread that may be left behind."""
    found: list[str] = []

    def ask() -> None:
        try:
            found.extend(resolver(host, port))
        except (OSError, UnicodeError):  # unknown name, or one that cannot be a name
            return

    thread = threading.Thread(target=ask, daemon=True, name="resolve")
    thread.start()
    thread.join(max(0.0, deadline - time.monotonic()))
    return list(found)


def _system_resolver(host: str, port: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


def _is_open(text: str, allow_private: bool) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(_is_open_address(one, allow_private) for one in _unwrapped(address))


def _unwrapped(address: Address) -> Iterator[Address]:
    """The address itself, or the IPv4 address that it carries (mapped, NAT64), or both (6to4)."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    elif address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    else:
        yield address
        if address.sixtofour:
            yield address.sixtofour


def _is_open_address(address: Address, allow_private: bool) -> bool:
    if address in _METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if allow_private and any(address in block for block in _LOCAL if block.version == address.version):
        return True
    if any(address in block for block in _SPECIAL if block.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _REACHABLE_V6:
        return False
    return address.is_global and not address.is_reserved


def _request(method: str, target: httpx.URL, headers: Mapping[str, str], body: bytes | None) -> httpx.Request:
    import httpx

    if method.upper() not in _METHODS:
        raise Blocked(_("%(method)s is no method that we use."), method=method[:20])
    ours = {"User-Agent": "Aftercare", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    given = {name: value for name, value in headers.items() if name.lower() not in _OURS}
    for name, value in given.items():
        if not (name + value).isascii() or not (name + value).isprintable():
            raise Blocked(_("The header %(name)s holds a character that no header may hold."), name=name[:40])
    merged = httpx.Headers(ours)
    merged.update(given)
    return httpx.Request(method.upper(), target, headers=merged, content=body)
