"""How ``safe_http`` travels: httpx, whose connections go to judged addresses only, under one deadline.

Imported with the first request: httpx and what it brings along (rich, pygments, h11) take a process 15 MB, and a worker
that sends mail makes no request.
"""

import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import httpcore
import httpx
from django.utils.translation import gettext_noop as _

from shelf.safe_http import Answer, Unreachable

_PIECE = 16_384
_TROUBLE = (httpx.HTTPError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError)


def visit(request: httpx.Request, addresses: Sequence[str], deadline: float, max_bytes: int) -> Answer:
    """The answer of one of these addresses. Raises Unreachable."""
    try:
        with httpx.Client(transport=_Pinned(addresses, deadline), trust_env=False) as client:
            answer = client.send(request, stream=True, follow_redirects=False)
            content, cut = _bounded(answer.iter_raw(), max_bytes)
            return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, content, cut)
    except _TROUBLE as error:
        raise _unreachable(request.url.raw_host.decode("ascii"), error, deadline) from error


def _bounded(chunks: Iterable[bytes], max_bytes: int) -> tuple[bytes, bool]:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > max_bytes:
            return bytes(content[:max_bytes]), True
    return bytes(content), False


def _unreachable(host: str, error: Exception, deadline: float) -> Unreachable:
    slow = isinstance(error, httpx.TimeoutException | httpcore.TimeoutException | TimeoutError)
    if slow or time.monotonic() >= deadline:
        return Unreachable(_("%(host)s did not answer in time."), host=host)
    if isinstance(error.__cause__ or error, ssl.SSLError) or "certificate" in str(error).lower():
        return Unreachable(_("%(host)s has no valid certificate."), host=host)
    return Unreachable(_("%(host)s cannot be reached."), host=host)


@cache
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _Pinned(httpx.BaseTransport):
    """An httpx transport whose connections can go to the given addresses only."""

    def __init__(self, addresses: Sequence[str], deadline: float):
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(), max_connections=1, network_backend=_Backend(addresses, deadline)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        stream = _Body(answer.stream)  # type: ignore[arg-type]
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, request=request)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]):
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class _Backend(httpcore.NetworkBackend):
    """Dials the judged addresses, whatever name it is asked for."""

    def __init__(self, addresses: Sequence[str], deadline: float):
        self._addresses, self._deadline = addresses, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        dial = httpcore.SyncBackend().connect_tcp
        *others, last = self._addresses
        for address in others:
            try:
                return _Stream(dial(address, port, _left(self._deadline)), self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Stream(dial(last, port, _left(self._deadline)), self._deadline)


class _Stream(httpcore.NetworkStream):
    """A stream with one deadline for all that is read and written: a byte now and then does not prolong it."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float):
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # httpcore grants each piece that the peer takes the whole time again; small pieces keep that bounded.
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Stream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline has passed")
    return left
