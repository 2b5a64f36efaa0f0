"""One worker of the drain: runs the clocks from receipt to planned message in a loop until nothing is left.

python -m bench.worker        waits for a line on stdin, prints the seconds until the last row moved
"""

import sys
import time

import django

CLOCKS = ("receipts", "events", "journeys")


def main() -> None:
    django.setup()
    from django.db import connection

    from config.garbage import keep_what_is_loaded
    from events import clocks, nudges

    nudges.publish_with(None)
    connection.ensure_connection()
    keep_what_is_loaded()  # as Celery's workers do, config/celery.py
    print("ready", flush=True)
    sys.stdin.readline()
    begun = last = time.monotonic()
    idle = 0
    while idle < 20:  # the other worker may hold the rows that will become work for both
        if sum(clocks.CLOCKS[name].run() for name in CLOCKS):
            last, idle = time.monotonic(), 0
        else:
            idle += 1
            time.sleep(0.01)
    print(last - begun)


if __name__ == "__main__":
    main()
