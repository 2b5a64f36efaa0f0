"""``python -m bench.serve``: our web on 127.0.0.1:$PORT with a Shopify connection, for load tools of others.

Takes POSTs at /in/shopify/bench/ signed with "bench-secret". No worker runs. Ctrl-C or SIGTERM ends everything.
"""

import os
import signal
import sys

from bench.ground import ground, web
from config.stack import listen


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listener = listen("127.0.0.1", int(os.environ.get("PORT", "58011")))  # first of all: whoever calls early waits
    with ground() as on, web(on, "config.wsgi", listener):
        print("ready", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
