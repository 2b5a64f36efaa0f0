"""A reader with bugs, in real processes: ``{"poison": "exit"}`` in an order triggers one, until the cure is there.

Only a house of G4 has it: its processes run with ``DJANGO_SETTINGS_MODULE=tests.chaos.poisoned``. Product code knows
nothing of it. CURE names a file; once it exists, the bugs are fixed.
"""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from django.apps import AppConfig

MEMORY = 1024**3  # bytes of address space for each process, as a container would limit it


def fail() -> NoReturn:
    raise RuntimeError("a bug in the reader")


def end() -> NoReturn:
    os._exit(3)


def sleep() -> NoReturn:
    while True:
        time.sleep(1)


def hoard() -> NoReturn:
    kept = []
    while True:
        kept.append(bytearray(50_000_000))


POISONS: dict[str, Callable[[], NoReturn]] = {"raise": fail, "exit": end, "sleep": sleep, "memory": hoard}


def poisoned(read: Callable[[str, dict], Any]) -> Callable[[str, dict], Any]:
    cure = Path(os.environ["CURE"])

    def read_or_die(topic: str, payload: dict) -> Any:
        if "poison" in payload and not cure.exists():
            POISONS[payload["poison"]]()
        return read(topic, payload)

    return read_or_die


class Poison(AppConfig):
    name = "tests.chaos"
    label = "poison"
    path = str(Path(__file__).parent)

    def ready(self) -> None:
        from events import inbox

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        inbox.READERS["shopify"] = replace(inbox.READERS["shopify"], read=poisoned(inbox.READERS["shopify"].read))
