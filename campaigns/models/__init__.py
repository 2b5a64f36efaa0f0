"""The nouns of the app, a file for each subject."""

from campaigns.models.journeys import Enrolment, Journey, JourneyVersion, StepTaken
from campaigns.models.mailings import Campaign
from campaigns.models.segments import Crossing, ExportPart, Segment, SegmentExport, SegmentMember, SegmentVersion

__all__ = [
    "Campaign",
    "Crossing",
    "Enrolment",
    "ExportPart",
    "Journey",
    "JourneyVersion",
    "Segment",
    "SegmentExport",
    "SegmentMember",
    "SegmentVersion",
    "StepTaken",
]
