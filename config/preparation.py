"""What must have happened before the web answers, in one process: three commands would start Django three times."""

import sys

import django
from django.core.management import call_command, get_commands


def prepare(*, demo: bool) -> None:
    django.setup()
    one_at_a_time()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if "prepare" in get_commands():
        call_command("prepare", *([] if demo else ["--no-demo"]))


def one_at_a_time() -> None:
    """Two deploys at once: the second waits until this process ends. Both would write the same static files."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('preparation'))")


if __name__ == "__main__":
    prepare(demo="--no-demo" not in sys.argv)
