"""Journeys as readable files, so that they can live in git: YAML, one file for each, there and back without loss."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from campaigns.actions import publish
from campaigns.checking import check
from campaigns.engine import JourneyRefused
from campaigns.models import Journey, JourneyVersion, Segment
from messaging.actions import stream

SUFFIX = ".yaml"
LARGEST = 1_000_000  # letters


class FileRefused(JourneyRefused):
    """A file that is no journey, with a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Written:
    """A journey as its file says it."""

    slug: str
    name: str
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """``what``: made, changed, same. ``version`` is the new one, None where nothing was written."""

    slug: str
    what: str
    version: JourneyVersion | None = None


def as_file(journey: Journey, definition: Mapping[str, Any] | None = None) -> str:
    """The newest version, or a draft, as text. A segment is named, for its number is another one elsewhere."""
    if definition is None:
        newest = journey.versions.order_by("-number").first()
        if newest is None:
            raise FileRefused(_("The journey “%(journey)s” has no version yet."), journey=journey.slug)
        definition = newest.definition
    written = {"journey": journey.slug, "name": journey.name, **_in_order(_with_names(definition))}
    return yaml.dump(written, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=110)


# As people would write them; the database keeps no order. Other keys stand between the first and the last.
FIRST = ("starts_with", "subject", "re_entry", "counts_from", "ends_with", "goal", "id", "do", "name", "field", "op")
LAST = ("then", "otherwise", "next", "late_hours", "steps")


def _in_order(part: Any) -> Any:
    if isinstance(part, list):
        return [_in_order(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    return {key: _in_order(part[key]) for key in sorted(part, key=_place)}


def _place(key: str) -> tuple[int, str]:
    if key in FIRST:
        return FIRST.index(key), ""
    return (len(FIRST) + 1 + LAST.index(key), "") if key in LAST else (len(FIRST), key)


class Dumper(yaml.SafeDumper):
    """Lists stand in from their key, as people write them."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def read_file(text: str) -> Written:
    """Raises FileRefused."""
    if len(text) > LARGEST:
        raise FileRefused(_("The file is larger than any journey."))
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise FileRefused(_("This is not YAML, see line %(line)s."), line=mark.line + 1 if mark else 1) from None
    if not isinstance(said, Mapping) or not isinstance(said.get("journey"), str) or not said["journey"]:
        raise FileRefused(_("The file does not begin with the short name of a journey (journey: …)."))
    slug, name = said["journey"], said.get("name", said["journey"])
    if len(slug) > 60 or not slug.replace("-", "").replace("_", "").isalnum() or not slug.isascii():
        raise FileRefused(_("“%(journey)s” is no short name: letters, digits, _ and -."), journey=slug)
    if not isinstance(name, str) or not 1 <= len(name) <= 120:
        raise FileRefused(_("The name of a journey is a text of at most 120 letters."))
    definition = {key: value for key, value in said.items() if key not in ("journey", "name")}
    return Written(slug, name, _with_numbers(definition))


@transaction.atomic
def import_journey(written: Written, choice: str = "finish", by: Any = None, *, dry_run: bool = False) -> Imported:
    """Publish what a file says, as a draft where there is no such journey. Raises JourneyRefused naming the step."""
    journey = Journey.objects.filter(slug=written.slug).first()
    newest = journey.versions.order_by("-number").first() if journey else None
    if journey and newest and newest.definition == written.definition and journey.name == written.name:
        return Imported(written.slug, "same")
    what = "changed" if journey else "made"
    if dry_run:
        check(written.definition, timezone.now())
        return Imported(written.slug, what)
    if journey is None:
        made = stream(f"journey-{written.slug}", written.name)
        journey = Journey.objects.create(slug=written.slug, name=written.name, stream=made)
    elif journey.name != written.name:
        journey.name = written.name
        journey.save(update_fields=["name"])
    if newest and newest.definition == written.definition:
        return Imported(written.slug, what)
    return Imported(written.slug, what, publish(journey, written.definition, choice, by))


# --- Segments -----------------------------------------------------------------------------------------------------


def _with_names(definition: Mapping[str, Any]) -> dict[str, Any]:
    start = definition.get("starts_with")
    if not isinstance(start, Mapping) or "segment" not in start:
        return dict(definition)
    segment = Segment.objects.filter(pk=start["segment"]).first()
    return {**definition, "starts_with": {**start, "segment": segment.name if segment else start["segment"]}}


def _with_numbers(definition: dict[str, Any]) -> dict[str, Any]:
    start = definition.get("starts_with")
    if not isinstance(start, Mapping) or not isinstance(start.get("segment"), str):
        return definition
    found = list(Segment.objects.filter(name=start["segment"]).values_list("pk", flat=True)[:2])
    if len(found) != 1:
        text = _("There is no segment “%(segment)s”.") if not found else _("There are two segments “%(segment)s”.")
        raise FileRefused(text, segment=start["segment"])
    return {**definition, "starts_with": {**start, "segment": found[0]}}
