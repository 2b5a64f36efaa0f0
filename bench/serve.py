"""``python -m bench.serve``: our web on 127.0.0.1:$PORT with a Shopify connection, for load tools of others.

Takes POSTs at /in/shopify/bench/ signed with "bench-secret". No worker runs. Ctrl-C or SIGTERM ends everything.
"""

import os
import signal
import sys

from bench.ground import ground, web


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ground() as on, web(on, "config.wsgi", int(os.environ.get("PORT", "58011"))):
        print("ready", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
