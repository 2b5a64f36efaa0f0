"""Journeys that every installation has from the start."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from campaigns.actions.publishing import publish
from campaigns.models import Journey
from messaging.actions import stream


def read_presets() -> list[dict[str, Any]]:
    """Each with slug, name by language, live, definition."""
    folder = Path(settings.BASE_DIR) / "campaigns" / "presets"
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


def load_preset_journeys() -> list[Journey]:
    """Make the preset journeys that are missing; those that exist belong to the people who edit them."""
    made = []
    for preset in read_presets():
        if Journey.objects.filter(slug=preset["slug"]).exists():
            continue
        name = preset["name"].get(settings.LANGUAGE_CODE) or preset["name"]["en"]
        with transaction.atomic():
            journey = Journey.objects.create(
                slug=preset["slug"],
                name=name,
                stream=stream(f"journey-{preset['slug']}", name),
                state=Journey.State.LIVE if preset["live"] else Journey.State.DRAFT,
            )
            publish(journey, preset["definition"])
        made.append(journey)
    return made
