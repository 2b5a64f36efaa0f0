"""Our settings, and a reader that can be poisoned: see poison.py."""

from config.settings import *  # noqa: F403

INSTALLED_APPS += ["tests.chaos.poison.Poison"]  # noqa: F405
