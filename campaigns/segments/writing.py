"""Verbs about segments: write one down, publish a version, throw it away while nothing uses it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Model
from django.utils.translation import gettext_noop as _

from campaigns import fields
from campaigns.models import Crossing, Journey, JourneyVersion, Segment, SegmentMember, SegmentVersion
from campaigns.segments import asking
from events import nudges
from shelf.conditions import Node, as_json
from shelf.reasons import Refusal


class SegmentRefused(Refusal):
    """Something that cannot be done to a segment, with a sentence for the marketer."""


class Everyone(SegmentRefused):
    """The segment matches everyone; whoever means that says so."""


EVERYONE = _("This segment matches every customer. Say so if you mean it, or add a condition.")
USED = _("The segment “%(segment)s” is used by %(uses)s: end or change that first.")
SILENT = _("No fact tells when “%(field)s” changes, so no journey can start with a segment that asks for it.")


@transaction.atomic
def create(name: str, definition: Any, now: datetime, *, by=None, **more: Any) -> Segment:
    """A segment with its first version. Raises ConditionRefused, Everyone."""
    everyone = more.pop("everyone", False)
    segment = Segment.objects.create(name=name, owner=by, **more)
    publish(segment, definition, now, by=by, everyone=everyone)
    return segment


@transaction.atomic
def publish(segment: Segment, definition: Any, now: datetime, *, by=None, everyone: bool = False) -> SegmentVersion:
    """Make a new version, unless it says what the newest says. People whom only the change lets in start no journey."""
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    node = asking.read_tree(definition)
    if not everyone and asking.matches_everyone(node, now):
        raise Everyone(EVERYONE)
    if segment.is_followed:
        check_followable(node)
    newest = live_version(segment)
    written = as_json(node)
    if newest and newest.definition == written:
        return newest
    last = segment.versions.aggregate(last=Max("number"))["last"] or 0
    version = SegmentVersion.objects.create(
        segment=segment, number=last + 1, definition=written, published_at=now, published_by=by
    )
    _wake(segment)
    return version


def live_version(segment: Segment) -> SegmentVersion | None:
    return segment.versions.order_by("-number").first()


def rename(segment: Segment, name: str, about: str) -> None:
    segment.name, segment.about = name, about
    segment.save(update_fields=["name", "about"])


@transaction.atomic
def set_followed(segment: Segment, followed: bool) -> None:
    """Start to write down who is inside, or stop and forget it. Raises SegmentRefused."""
    segment = Segment.objects.select_for_update().get(pk=segment.pk)
    newest = live_version(segment)
    if followed and newest:
        check_followable(asking.read_version(newest))
    if not followed:
        uses = used_by(segment)
        if any(use.kind == "journey" for use in uses):
            raise SegmentRefused(USED, segment=segment.name, uses=_named(uses))
        SegmentMember.objects.filter(segment=segment).delete()
        Crossing.objects.filter(segment=segment).delete()
    segment.is_followed, segment.filled_version, segment.filled_at = followed, 0, None
    segment.save(update_fields=["is_followed", "filled_version", "filled_at"])
    _wake(segment)


def check_followable(node: Node) -> None:
    silent = sorted(str(field.label) for field in fields.fields_in([node]) if field.is_silent)
    if silent:
        raise SegmentRefused(SILENT, field=silent[0])


def _wake(segment: Segment) -> None:
    if segment.is_followed:
        transaction.on_commit(lambda: nudges.nudge("segments"), robust=True)


# --- Who uses it --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Use:
    """``kind``: "journey" or "campaign", as staff.display.page_of names it."""

    kind: str
    pk: int
    name: str


def used_by(segment: Segment) -> list[Use]:
    """Journeys that are not drafts and name it, and whatever keeps one of its versions, such as a campaign."""
    newest = JourneyVersion.objects.order_by("journey_id", "-number").distinct("journey_id").select_related("journey")
    journeys = [
        Use("journey", version.journey_id, version.journey.name)
        for version in newest
        if version.journey.state != Journey.State.DRAFT and segment.pk in _segments_in(version.definition)
    ]
    return journeys + [Use(row._meta.model_name or "", row.pk, str(row)) for row in _keepers(segment)]


def _segments_in(definition: Any) -> Iterator[int]:
    """Every ``"segment": id`` of a journey's definition, however deep."""
    if isinstance(definition, dict):
        if isinstance(definition.get("segment"), int):
            yield definition["segment"]
        for part in definition.values():
            yield from _segments_in(part)
    elif isinstance(definition, list):
        for part in definition:
            yield from _segments_in(part)


def _keepers(segment: Segment) -> Iterator[Model]:
    """Rows of other tables that point at the segment or one of its versions."""
    own = (Segment, SegmentVersion, SegmentMember, Crossing)
    for model, rows in ((Segment, [segment.pk]), (SegmentVersion, segment.versions.values("pk"))):
        for relation in model._meta.related_objects:
            if relation.related_model not in own:
                kept = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": rows})
                yield from kept.order_by("pk")[:20]


@transaction.atomic
def delete(segment: Segment) -> None:
    """Raises SegmentRefused naming what uses it."""
    uses = used_by(segment)
    if uses:
        raise SegmentRefused(USED, segment=segment.name, uses=_named(uses))
    segment.delete()


def _named(uses: list[Use]) -> str:
    return ", ".join(f"“{use.name}”" for use in uses[:5]) + (" …" if len(uses) > 5 else "")
