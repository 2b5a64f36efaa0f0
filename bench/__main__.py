"""``python -m bench``, all parts or those that are named (``door dispatch``), with ``--rounds 3 --seconds 4 …``."""

import argparse
import os

from bench import backfill, cost, dispatch, door, drain, indexes, journeys, latency, loyalty, page, scores, segments
from bench.ground import ground

PARTS = (
    *("door", "drain", "latency", "dispatch", "journeys", "segments", "loyalty", "cards", "page", "backfill"),
    *("scores", "indexes"),
)
ASKED_FOR = ("cost",)  # only by name: it takes phases apart


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, *ASKED_FOR, []], help="which to measure; all without a name"
    )
    parser.add_argument("--rounds", type=int, default=3, help="interleaved; the median is printed with its spread")
    parser.add_argument("--seconds", type=float, default=4, help="of load per row and round")
    parser.add_argument("--orders", type=int, default=5000, help="drained per round")
    parser.add_argument("--mails", type=int, default=6000, help="dispatched per round")
    parser.add_argument("--people", type=int, default=100_000, help="walked through a journey, beside 1,000")
    parser.add_argument("--past", type=int, default=100_000, help="orders in the file of the backfill")
    parser.add_argument("--pages", type=int, default=page.ORDERS, help="orders among which pages are asked for")
    options = parser.parse_args()
    wanted = options.parts or PARTS
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}" + (": not quiet, trust only the ratios" if load > 1 else ""))
    if set(wanted) - {"latency"}:
        with ground() as on:
            if "door" in wanted:
                door.measure(on, options.rounds, options.seconds)
            if "drain" in wanted:
                drain.measure(on, options.rounds, options.seconds, options.orders)
            if "dispatch" in wanted:
                dispatch.measure(on, options.rounds, options.mails)
            if "cost" in wanted:
                cost.measure(on, options.rounds, options.mails)
            if "journeys" in wanted:
                journeys.measure(on, options.rounds, options.people)
            if "segments" in wanted:
                segments.measure(on, options.rounds)
            if "loyalty" in wanted:
                loyalty.measure(on)
            if "cards" in wanted:
                on.tell("-m", "bench.cards")
            if "backfill" in wanted:
                backfill.measure(on, options.rounds, options.past)
            if "page" in wanted:
                page.measure(on, options.rounds, options.seconds, options.pages)
            if "scores" in wanted:
                scores.measure(on)
            if "indexes" in wanted:
                indexes.measure(on)
    if "latency" in wanted:
        latency.measure(orders=50)


if __name__ == "__main__":
    main()
