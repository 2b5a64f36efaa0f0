"""What journeys can be about: the table SUBJECTS of config/wiring.py, and the anchors that every subject has."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from messaging.subjects import Anchor, Subject

SUBJECTS: dict[str, Subject] = {}

# Times of the enrolment itself; the engine knows them.
OWN_ANCHORS = {
    "entered_at": Anchor(_("the start")),
    "step_at": Anchor(_("the step before")),
}


def lend_with(subjects: Mapping[str, Subject]) -> None:
    """Given once by config/apps.py: name → subject."""
    SUBJECTS.clear()
    SUBJECTS.update(subjects)


def anchors_of(subject: str) -> dict[str, Anchor]:
    return {**OWN_ANCHORS, **SUBJECTS[subject].anchors}
