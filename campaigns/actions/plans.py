"""Plans of versions, read once in a process: a version never changes."""

import logging
from collections.abc import Iterable

from campaigns.engine import JourneyRefused, Plan, read_plan
from campaigns.models import JourneyVersion

log = logging.getLogger(__name__)

MOST = 1000
_PLANS: dict[int, Plan | JourneyRefused] = {}


def plans_of(version_ids: Iterable[int]) -> dict[int, Plan]:
    """Only versions that nobody has asked for yet are fetched. One that cannot be read (any more) is absent."""
    wanted = set(version_ids)
    if unknown := wanted - _PLANS.keys():
        if len(_PLANS) > MOST:
            _PLANS.clear()
            unknown = wanted
        for version in JourneyVersion.objects.filter(pk__in=unknown):
            _PLANS[version.pk] = _read(version)
    return {pk: plan for pk in wanted if isinstance(plan := _PLANS.get(pk), Plan)}


def why_unreadable(version_id: int) -> JourneyRefused | None:
    known = _PLANS.get(version_id)
    return known if isinstance(known, JourneyRefused) else None


def forget() -> None:
    _PLANS.clear()


def _read(version: JourneyVersion) -> Plan | JourneyRefused:
    try:
        return read_plan(version.definition)
    except JourneyRefused as refusal:
        log.error("version %s of journey %s cannot be read: %s", version.number, version.journey_id, refusal)
        return refusal
