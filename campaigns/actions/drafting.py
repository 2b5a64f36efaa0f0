"""Journeys as people write them: made, named, copied, drafted, read from a file, published, thrown away.

A journey has at most one draft. Whoever saves names the state they began with; when somebody saved or published since,
nothing is saved, and a sentence says who and when.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_noop as _

from campaigns.actions.pausing import set_state
from campaigns.actions.publishing import FINISH, publish
from campaigns.flow import check_editable
from campaigns.flow.links import LONGEST
from campaigns.models import Enrolment, Journey, JourneyDraft, JourneyVersion
from messaging.actions import stream
from shelf.reasons import Refusal
from staff.models import User

BLANK: dict[str, Any] = {"starts_with": "order.placed", "subject": "order", "steps": []}

SAVED_BY_ANOTHER = _("%(name)s saved this journey at %(time)s, after you had opened it.")
PUBLISHED_MEANWHILE = _("Version %(number)s was published after you had opened this journey.")
THROWN_AWAY = _("The draft was thrown away after you had opened it.")
NOTHING_OPEN = _("There is no draft.")
NOTHING_TO_UNDO = _("There is no change to undo.")
NEVER_PUBLISHED = _("Nothing is published yet: there is nothing to run.")
TOO_BIG = _("This is longer than %(most)s characters, and was not saved.")
NEEDS_NAME = _("A journey needs a name.")
PEOPLE_WERE_IN = _("People have been on this journey: it is paused, not thrown away.")
IS_RUNNING = _("A journey that runs is paused first.")
TAKEN = _("There is a journey with the short name “%(slug)s” already.")


class SavedByAnother(Refusal):
    """Two people, or one in two windows, write on the same journey."""


@dataclass(frozen=True, slots=True)
class Working:
    """What an editor has before them: the draft, else the newest version. ``token`` names that state."""

    definition: dict[str, Any]
    draft: JourneyDraft | None
    newest: JourneyVersion | None

    @property
    def token(self) -> str:
        return f"{self.newest.number if self.newest else 0}.{self.draft.saves if self.draft else 0}"


def working(journey: Journey) -> Working:
    draft = JourneyDraft.objects.filter(journey=journey).select_related("changed_by").first()
    newest = journey.versions.order_by("-number").first()
    said = draft or newest
    return Working(said.definition if said else dict(BLANK), draft, newest)


@transaction.atomic
def create_journey(name: str, definition: Mapping[str, Any], by: User | None, now: datetime, slug: str = "") -> Journey:
    """A journey that is a draft. Its short name is made of its name unless it brings one."""
    name = _named(name)
    _check_shape(definition)
    slug = slug or _free_slug(name)
    try:
        with transaction.atomic():
            journey = Journey.objects.create(slug=slug, name=name, stream=stream(f"journey-{slug}", name))
    except IntegrityError:
        raise Refusal(TAKEN, slug=slug) from None
    JourneyDraft.objects.create(journey=journey, definition=dict(definition), changed_by=by, changed_at=now)
    return journey


def _named(name: str) -> str:
    name = " ".join(name.split())[:120]
    if not name:
        raise Refusal(NEEDS_NAME)
    return name


def _free_slug(name: str) -> str:
    # Cyrillic names leave nothing in ASCII: then it is called by what it is
    start = slugify(name)[:50].replace("-", "_") or "journey"
    taken = set(Journey.objects.filter(slug__startswith=start).values_list("slug", flat=True))
    return next(slug for slug in (start, *(f"{start}_{n}" for n in range(2, 10_000))) if slug not in taken)


def _check_shape(definition: Any) -> None:
    check_editable(definition)
    if len(json.dumps(definition)) > LONGEST:
        raise Refusal(TOO_BIG, most=LONGEST)


@transaction.atomic
def rename_journey(journey: Journey, name: str) -> None:
    journey.name = _named(name)
    journey.save(update_fields=["name"])
    journey.stream.name = journey.name
    journey.stream.save(update_fields=["name"])


def copy_journey(journey: Journey, name: str, by: User | None, now: datetime) -> Journey:
    """A new journey with what this one's editor shows; nobody is in it."""
    return create_journey(name, working(journey).definition, by, now)


@transaction.atomic
def save_draft(
    journey: Journey, definition: Mapping[str, Any], token: str, by: User | None, now: datetime
) -> JourneyDraft:
    """It need not be right yet. Raises SavedByAnother, and Refusal for what is too big or no list of steps."""
    _check_shape(definition)
    state = _unchanged(journey, token)
    draft = state.draft or JourneyDraft(journey=journey, saves=0)
    return _write(draft, definition, state.definition, by, now)


@transaction.atomic
def undo_draft(journey: Journey, token: str, by: User | None, now: datetime) -> JourneyDraft:
    """The draft as it was before its last change. Undone once more, it is as it was now."""
    draft = _unchanged(journey, token).draft
    if draft is None or draft.former is None:
        raise Refusal(NOTHING_TO_UNDO)
    return _write(draft, draft.former, draft.definition, by, now)


def _write(
    draft: JourneyDraft, definition: Mapping[str, Any], former: Mapping[str, Any], by: User | None, now: datetime
) -> JourneyDraft:
    draft.definition, draft.former = dict(definition), dict(former)
    draft.changed_by, draft.changed_at = by, now
    draft.saves += 1
    draft.save()
    return draft


def _unchanged(journey: Journey, token: str) -> Working:
    """The state, locked, if it is the one that the token names."""
    Journey.objects.select_for_update().get(pk=journey.pk)
    state = working(journey)
    check_token(state, token)
    return state


def check_token(state: Working, token: str) -> None:
    """Raises SavedByAnother unless this is the state that the token names."""
    if state.token == token:
        return
    if state.newest and not token.startswith(f"{state.newest.number}."):
        raise SavedByAnother(PUBLISHED_MEANWHILE, number=state.newest.number)
    if state.draft is None:
        raise SavedByAnother(THROWN_AWAY)
    at = f"{timezone.localtime(state.draft.changed_at):%H:%M}"
    raise SavedByAnother(SAVED_BY_ANOTHER, name=str(state.draft.changed_by or "?"), time=at)


@transaction.atomic
def discard_draft(journey: Journey, token: str) -> None:
    """The newest version is what the editor shows again."""
    state = _unchanged(journey, token)
    if state.draft is None or state.newest is None:
        raise Refusal(NOTHING_OPEN)
    state.draft.delete()


@transaction.atomic
def publish_draft(
    journey: Journey,
    token: str,
    by: User | None,
    choice: str = FINISH,
    landings: Mapping[str, str] | None = None,
    goes_live: bool = False,
) -> JourneyVersion:
    """The draft becomes the newest version. Raises SavedByAnother, and JourneyRefused naming the step.

    ``choice`` and ``landings``: what becomes of the people inside, see ``publish``.
    """
    state = _unchanged(journey, token)
    if state.draft is None:
        raise Refusal(NOTHING_OPEN)
    version = publish(journey, state.draft.definition, choice, by, landings)
    state.draft.delete()
    if goes_live:
        journey.refresh_from_db()
        set_state(journey, Journey.State.LIVE)
    return version


@transaction.atomic
def delete_journey(journey: Journey) -> None:
    """One that never had anybody in it."""
    journey = Journey.objects.select_for_update().get(pk=journey.pk)
    if journey.state == Journey.State.LIVE:
        raise Refusal(IS_RUNNING)
    if Enrolment.objects.filter(journey=journey).exists():
        raise Refusal(PEOPLE_WERE_IN)
    kept = journey.stream
    journey.delete()
    if not kept.messages.exists():
        kept.delete()
