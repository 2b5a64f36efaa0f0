"""The webhook door, beside a bare Django view that checks the signature and does one INSERT and commits."""

from collections.abc import Iterator

from bench.bodies import bodies, request
from bench.ground import SLUG, Ground, web
from bench.load import Load, load
from bench.tables import Row, median, show

GOAL, GOAL_P99 = 0.85, 10.0


def requests(path: str) -> Iterator[bytes]:
    return (request(path, number, body) for number, body in bodies("2026-03-02T10:15:00+02:00"))


def measure(on: Ground, rounds: int, seconds: float) -> None:
    cases = {
        "bare view": ("bench.peer.wsgi", "/bare/", "peer_delivery"),
        "ours": ("config.wsgi", f"/in/shopify/{SLUG}/", "events_receipt"),
    }
    found: dict[str, list[Load]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (application, path, table) in cases.items():
            with web(on, application) as port:
                load(port, requests(path), 1)  # connections open, code warm
                found[name].append(load(port, requests(path), seconds))
            on.empty(table)
    peer = median([each.per_second for each in found["bare view"]])
    rows = [
        Row(name, [each.per_second for each in many], peer, f"p99 {median([each.p99_ms for each in many]):.1f} ms")
        for name, many in found.items()
    ]
    show(
        "door: signed webhooks a second, 4 connections", rows, f"goal: {GOAL} of the bare view, p99 ≤ {GOAL_P99:.0f} ms"
    )
