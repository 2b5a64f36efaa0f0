"""Journeys: what a customer costs when there are many, and what a fact costs when there are many journeys."""

import json
import subprocess
import sys
from statistics import median
from typing import Any

from bench.ground import Ground
from config.data_folder import ROOT

FEW = 1_000
MOST_TIMES = 1.3
MOST_MILLISECONDS = 3.0


def measure(on: Ground, rounds: int, people: int) -> None:
    few = [walked(on, FEW) for _round in range(rounds)]
    many = walked(on, people)
    times = many["wall"] / median(one["wall"] for one in few)
    route = median(one["route"] for one in [*few, many])
    print("\njourneys: send, wait, branch, send; milliseconds per customer, enrolling and advancing")
    for count, wall, cpu in (
        (FEW, median(one["wall"] for one in few), median(one["cpu"] for one in few)),
        (people, many["wall"], many["cpu"]),
    ):
        print(f"  {count:>9,} customers  {wall:6.3f} ms  of which our own CPU {cpu:6.3f} ms")
    print(f"  {times:.2f} times as much per customer; must: at most {MOST_TIMES}")
    print(f"  one fact routed past 50 live journeys, 10 of which it starts: {route:.2f} ms of CPU", end="")
    print(f"; must: at most {MOST_MILLISECONDS}")


def walked(on: Ground, people: int) -> dict[str, Any]:
    env = on.env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "bench.walk", str(people)]
    said = subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return json.loads(said.splitlines()[-1])
