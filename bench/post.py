"""One worker of the post: sends what is due until it is stopped, as a Celery worker's process does."""

import signal
import sys
import time

import django


def main() -> None:
    django.setup()
    from django.db import connection

    from config.garbage import keep_what_is_loaded
    from events import nudges
    from messaging.actions import send_due

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    nudges.publish_with(None)
    connection.ensure_connection()
    keep_what_is_loaded()  # as Celery's workers do, config/celery.py
    while True:
        if not send_due():
            time.sleep(0.05)


if __name__ == "__main__":
    main()
