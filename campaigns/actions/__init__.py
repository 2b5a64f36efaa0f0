"""Verbs about journeys: publish a version, let facts start and wake enrolments, advance those that are due."""

from campaigns.actions.advancing import advance_due
from campaigns.actions.objecting import object_to_ended
from campaigns.actions.pausing import pause, resume, set_state
from campaigns.actions.presets import load_preset_journeys
from campaigns.actions.publishing import Standing, people_inside, publish
from campaigns.actions.routing import enrol_by_dates, route
from campaigns.checking import check
from campaigns.engine import JourneyRefused

__all__ = [
    "JourneyRefused",
    "Standing",
    "advance_due",
    "check",
    "enrol_by_dates",
    "load_preset_journeys",
    "object_to_ended",
    "pause",
    "people_inside",
    "publish",
    "resume",
    "route",
    "set_state",
]
