"""How people see journeys and those inside."""

from campaigns.models import Enrolment, StepTaken

JOURNEY_TONES = {"draft": "plain", "live": "good", "paused": "wait"}
ENROLMENT_TONES = {"active": "now", "done": "good", "exited": "plain", "failed": "bad"}


def steps_of(enrolment: Enrolment) -> list[StepTaken]:
    return list(enrolment.steps.order_by("-seq")[:50])
