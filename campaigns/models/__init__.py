"""The nouns of the app, a file for each subject."""

from campaigns.models.journeys import Enrolment, Journey, JourneyDraft, JourneyVersion, StepTaken
from campaigns.models.mailings import Campaign
from campaigns.models.segments import Crossing, Segment, SegmentMember, SegmentVersion

__all__ = [
    "Campaign",
    "Crossing",
    "Enrolment",
    "Journey",
    "JourneyDraft",
    "JourneyVersion",
    "Segment",
    "SegmentMember",
    "SegmentVersion",
    "StepTaken",
]
