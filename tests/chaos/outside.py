"""The world outside our house, in one process of its own: mail providers and the faulty lines that lead to them.

``python -m tests.chaos.outside <seed> <log> <PostgreSQL's socket>`` reads one JSON order per line from stdin,
``{"who": "smtp", "does": "be", "how": {"mood": "busy"}}``, and answers each with one line of JSON.
"""

import asyncio
import inspect
import json
import sys
from pathlib import Path

from tests.chaos.faults import Proxy
from tests.chaos.provider import Http, Log, Smtp


async def main(seed: int, log: str, postgres: str) -> None:
    people: dict[str, object] = {"smtp": (smtp := Smtp(Log(Path(log)))), "http": (http := Http(Log(Path(log))))}
    people["smtp_line"] = Proxy(("127.0.0.1", await smtp.open()), seed)
    people["http_line"] = Proxy(("127.0.0.1", await http.open()), seed + 1, marker=b"}")
    people["database_line"] = Proxy(postgres, seed + 2)
    for name, line in people.items():
        if name.endswith("_line"):
            await line.open()  # type: ignore[attr-defined]
    say({name: person.port for name, person in people.items()})  # type: ignore[attr-defined]
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while said := await orders.readline():
        order = json.loads(said)
        answer = getattr(people[order["who"]], order["does"])(**order["how"])
        say(await answer if inspect.isawaitable(answer) else answer)


def say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:4]))
