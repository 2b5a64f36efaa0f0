"""Points: what they add to an order's transaction, and what the reaction costs that awards them."""

import json
import subprocess
import sys

from bench.ground import Ground
from config.data_folder import ROOT

ORDERS = 1_000
MOST_MILLISECONDS = 1.0
KINDS = {
    "waiting": "not delivered yet: nothing to award",
    "alone": "awarded, each in a transaction of its own",
    "batch": "awarded, fifty in a transaction",
}


def measure(on: Ground) -> None:
    env = on.env | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "bench.award", str(ORDERS)]
    said = subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    told = json.loads(said.splitlines()[-1])
    print(f"\nloyalty: a programme adds {told['added']} statements to the transaction that saves an order; must: 0")
    print("  the reaction afterwards, milliseconds of processor time per order: ours + PostgreSQL's")
    for kind, words in KINDS.items():
        ours, theirs = told[f"{kind}_ours"], told[f"{kind}_theirs"]
        print(f"  {ours + theirs:6.3f} = {ours:.3f} + {theirs:.3f}  {words}")
    print(f"  must: the award by the batch, as workers do it, at most {MOST_MILLISECONDS}")
