"""Journeys as they are written: drafts, two people at once, names, copies, publishing, throwing away."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from campaigns.actions import JourneyRefused, drafting, set_state
from campaigns.actions.drafting import SavedByAnother
from campaigns.models import Enrolment, Journey, JourneyDraft
from messaging.models import Stream
from shelf.reasons import Refusal
from tests.builders import journeys as j
from tests.builders.door import MONDAY
from tests.builders.room import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("journeys")]


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def olena():
    return person("owner", "olena@shop.example")


@pytest.fixture
def petro():
    return person("marketer", "petro@shop.example")


@pytest.fixture
def made():
    return j.journey("thanks", j.wait("w", days=1), j.send("mail"))


def two_steps():
    return j.definition(j.wait("w", days=2), j.send("mail"))


def test_a_new_journey_is_a_draft_with_a_stream_of_its_own(olena):
    made = drafting.create_journey("  Дякуємо  за замовлення ", drafting.BLANK, olena, timezone.now())

    assert (made.name, made.slug, made.state) == ("Дякуємо за замовлення", "journey", "draft")
    assert made.stream.slug == "journey-journey"
    assert made.versions.count() == 0
    state = drafting.working(made)
    assert (state.definition, state.draft.changed_by, state.token) == (drafting.BLANK, olena, "0.1")


def test_short_names_do_not_collide(olena):
    now = timezone.now()
    slugs = [drafting.create_journey("Thank you", drafting.BLANK, olena, now).slug for _n in range(3)]

    assert slugs == ["thank_you", "thank_you_2", "thank_you_3"]


def test_a_journey_without_a_name_is_refused(olena):
    with pytest.raises(Refusal) as refusal:
        drafting.create_journey("  ", drafting.BLANK, olena, timezone.now())

    assert str(refusal.value) == "A journey needs a name."
    assert Journey.objects.filter(name="").count() == 0


def test_a_draft_leaves_the_version_as_it_is(made, olena):
    before = drafting.working(made)

    drafting.save_draft(made, two_steps(), before.token, olena, timezone.now())

    state = drafting.working(made)
    assert (before.token, state.token) == ("1.0", "1.1")
    assert state.definition["steps"][0]["days"] == 2
    assert made.versions.get().definition["steps"][0]["days"] == 1


def test_who_saves_second_is_told_by_name_and_nothing_is_lost(made, olena, petro):
    opened = drafting.working(made).token
    drafting.save_draft(made, two_steps(), opened, olena, timezone.now())

    with pytest.raises(SavedByAnother) as refusal:
        drafting.save_draft(made, j.definition(j.send("other")), opened, petro, timezone.now())

    assert str(refusal.value) == f"{olena} saved this journey at {timezone.localtime():%H:%M}, after you had opened it."
    assert JourneyDraft.objects.get().definition == two_steps()


def test_a_version_published_meanwhile_is_told(made, olena, petro):
    opened = drafting.working(made).token
    drafting.save_draft(made, two_steps(), opened, olena, timezone.now())
    drafting.publish_draft(made, "1.1", olena)

    with pytest.raises(SavedByAnother) as refusal:
        drafting.save_draft(made, j.definition(j.send("other")), opened, petro, timezone.now())

    assert str(refusal.value) == "Version 2 was published after you had opened this journey."
    assert JourneyDraft.objects.count() == 0


def test_publishing_makes_the_draft_the_newest_version(made, olena):
    drafting.save_draft(made, two_steps(), "1.0", olena, timezone.now())

    version = drafting.publish_draft(made, "1.1", olena)

    assert (version.number, version.definition, version.published_by) == (2, two_steps(), olena)
    assert JourneyDraft.objects.count() == 0
    assert drafting.working(made).token == "2.0"


def test_a_first_version_may_run_at_once(olena):
    made = drafting.create_journey("Thanks", two_steps(), olena, timezone.now())

    drafting.publish_draft(made, "0.1", olena, goes_live=True)

    made.refresh_from_db()
    assert (made.state, made.starts_by) == ("live", "order.placed")


def test_a_draft_that_cannot_be_followed_is_not_published_and_stays(made, olena):
    wrong = j.definition(j.send("mail", template="nothing"))
    drafting.save_draft(made, wrong, "1.0", olena, timezone.now())

    with pytest.raises(JourneyRefused) as refusal:
        drafting.publish_draft(made, "1.1", olena)

    assert str(refusal.value) == "Step “mail”: there is no template “nothing”."
    assert (made.versions.count(), JourneyDraft.objects.get().definition) == (1, wrong)


def test_people_at_a_step_that_is_gone_go_where_one_says(made, olena):
    j.inside(made, {"w": 2, "mail": 1}, timezone.now())
    drafting.save_draft(made, j.definition(j.wait("pause", days=3), j.send("mail")), "1.0", olena, timezone.now())

    with pytest.raises(JourneyRefused) as refusal:
        drafting.publish_draft(made, "1.1", olena, "move")
    assert str(refusal.value) == "The step “w” is gone, and people stand at it (2): say where they go on."
    assert made.versions.count() == 1

    drafting.publish_draft(made, "1.1", olena, "move", {"w": "pause"})
    assert sorted(j.where(made)) == [("active", "mail"), ("active", "pause"), ("active", "pause")]


def test_throwing_a_draft_away_shows_the_version_again(made, olena):
    drafting.save_draft(made, two_steps(), "1.0", olena, timezone.now())

    drafting.discard_draft(made, "1.1")

    assert drafting.working(made).definition == made.versions.get().definition


def test_a_copy_is_a_draft_without_people(made, olena):
    j.inside(made, {"w": 1}, timezone.now())

    copied = drafting.copy_journey(made, "Thanks again", olena, timezone.now())

    assert (copied.state, copied.enrolments.count()) == ("draft", 0)
    assert drafting.working(copied).definition == made.versions.get().definition


def test_a_journey_that_somebody_was_on_is_not_deleted(made):
    set_state(made, "paused")
    j.inside(made, {"w": 1}, timezone.now() - timedelta(days=400))
    Enrolment.objects.update(state="done")

    with pytest.raises(Refusal) as refusal:
        drafting.delete_journey(made)

    assert str(refusal.value) == "People have been on this journey: it is paused, not thrown away."
    assert Journey.objects.filter(pk=made.pk).exists()


def test_a_journey_that_runs_is_paused_before_it_is_deleted(made):
    with pytest.raises(Refusal) as refusal:
        drafting.delete_journey(made)

    assert str(refusal.value) == "A journey that runs is paused first."


def test_a_journey_that_nobody_was_on_goes_with_its_stream(made):
    set_state(made, "paused")

    drafting.delete_journey(made)

    assert not Journey.objects.filter(slug="thanks").exists()
    assert not Stream.objects.filter(slug="journey-thanks").exists()


def test_a_draft_is_no_place_for_megabytes(made, olena):
    with pytest.raises(Refusal) as refusal:
        drafting.save_draft(made, j.definition(j.send("a", note="x" * 400_001)), "1.0", olena, timezone.now())

    assert str(refusal.value) == "This is longer than 400000 characters, and was not saved."
    assert JourneyDraft.objects.count() == 0


# --- Undo ---------------------------------------------------------------------------------------------------------


def test_the_last_change_is_undone_and_undone_once_more_it_is_back(made, olena, petro):
    first, second = two_steps(), j.definition(j.send("mail"))
    for definition in (first, second):
        drafting.save_draft(made, definition, drafting.working(made).token, olena, timezone.now())

    drafting.undo_draft(made, drafting.working(made).token, petro, timezone.now())
    undone = drafting.working(made)
    drafting.undo_draft(made, undone.token, petro, timezone.now())

    assert (undone.definition, undone.draft.changed_by) == (first, petro)
    assert drafting.working(made).definition == second


def test_the_first_change_of_a_version_is_undone_to_the_version(made, olena):
    drafting.save_draft(made, two_steps(), drafting.working(made).token, olena, timezone.now())

    drafting.undo_draft(made, drafting.working(made).token, olena, timezone.now())

    state = drafting.working(made)
    assert state.definition == state.newest.definition


def test_there_is_nothing_to_undo_before_the_first_change(made, olena):
    with pytest.raises(Refusal) as refusal:
        drafting.undo_draft(made, drafting.working(made).token, olena, timezone.now())

    assert str(refusal.value) == "There is no change to undo."


def test_nobody_undoes_what_another_saved_meanwhile(made, olena, petro):
    drafting.save_draft(made, two_steps(), drafting.working(made).token, olena, timezone.now())
    token = drafting.working(made).token
    drafting.save_draft(made, j.definition(j.send("mail")), token, petro, timezone.now())

    with pytest.raises(SavedByAnother):
        drafting.undo_draft(made, token, olena, timezone.now())

    assert drafting.working(made).definition == j.definition(j.send("mail"))
