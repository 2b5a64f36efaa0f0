#!/usr/bin/env python
"""The one command line: ``up`` starts everything; every other command is Django's or an app's."""

import os
import signal
import sys
import warnings


def main(argv: list[str]) -> int | str:
    """Returns the exit code, or the sentence that says what is in the way (exit code 1)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    name = argv[1] if len(argv) > 1 else "help"
    if name == "up":
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing to tidy up while Python still loads
    try:
        from config.children import CannotStart
        from config.stack import for_command, up
    except ModuleNotFoundError as missing:
        return f"{missing.name} is not installed: run `make up` once, then use .venv/bin/python manage.py."
    if name == "up":
        return up(argv[2:])
    try:
        with for_command(name):
            return run(argv)
    except CannotStart as sentence:
        return str(sentence)


def run(argv: list[str]) -> int | str:
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    # makemigrations compares with a database only where there is one.
    warnings.filterwarnings("ignore", "Got an error checking a consistent migration history")
    try:
        settings.INSTALLED_APPS  # noqa: B018 - loads the settings, which say in one line what is missing
    except ImproperlyConfigured as sentence:
        return str(sentence)
    execute_from_command_line(argv)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
