"""Journeys that every installation has from the start."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language

from campaigns.actions.publishing import publish
from campaigns.engine import JourneyRefused
from campaigns.models import Journey
from campaigns.ready_made import COMES_WITH, Preset, read_presets
from messaging.actions import stream

log = logging.getLogger(__name__)


def load_preset_journeys(slugs: Collection[str] | None = None) -> list[Journey]:
    """Make the preset journeys that are missing, all or these; those that exist belong to the people who edit them.

    One that needs what nobody brings yet is made by the first call after somebody does.
    """
    there = set(Journey.objects.values_list("slug", flat=True))
    wanted = [p for p in read_presets() if p.slug not in there and (slugs is None or p.slug in slugs)]
    made = [_make(preset) for preset in wanted if not preset.missing]
    return [journey for journey in made if journey]


def _make(preset: Preset) -> Journey | None:
    name = preset.named(settings.LANGUAGE_CODE)
    try:
        with transaction.atomic():
            journey = Journey.objects.create(
                slug=preset.slug,
                name=name,
                stream=stream(f"journey-{preset.slug}", name),
                state=Journey.State.LIVE if preset.is_live else Journey.State.DRAFT,
            )
            publish(journey, preset.definition)
    except JourneyRefused as refusal:  # a mail of it was thrown away, say: the others are made all the same
        log.warning("The journey %s was not made: %s", preset.slug, refusal)
        return None
    return journey


@dataclass(frozen=True, slots=True)
class NotYet:
    """A preset that cannot run here yet, and a sentence that says what it comes with."""

    number: int
    name: str
    why: str


def presets_to_come() -> list[NotYet]:
    there = set(Journey.objects.values_list("slug", flat=True))
    language = get_language() or settings.LANGUAGE_CODE
    return [
        NotYet(preset.number, preset.named(language), str(COMES_WITH[preset.comes_with]))
        for preset in read_presets()
        if preset.missing and preset.slug not in there
    ]
