"""What journeys can do besides writing: the table ACTS of config/wiring.py."""

from collections.abc import Mapping

from shelf.acts import Act

ACTS: dict[str, Act] = {}


def lend_with(acts: Mapping[str, Act]) -> None:
    """Given once by config/apps.py: name → act."""
    ACTS.clear()
    ACTS.update(acts)
