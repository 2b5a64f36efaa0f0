"""The nouns of the app, a file for each subject."""

from campaigns.models.journeys import Enrolment, Journey, JourneyDraft, JourneyVersion, StepTaken
from campaigns.models.mailings import Campaign, Variant
from campaigns.models.segments import Crossing, ExportPart, Segment, SegmentExport, SegmentMember, SegmentVersion
from campaigns.models.touchpoints import Touchpoint, TouchpointAnswer, TouchpointVisit

__all__ = [
    "Campaign",
    "Crossing",
    "Enrolment",
    "ExportPart",
    "Journey",
    "JourneyDraft",
    "JourneyVersion",
    "Segment",
    "SegmentExport",
    "SegmentMember",
    "SegmentVersion",
    "StepTaken",
    "Touchpoint",
    "TouchpointAnswer",
    "TouchpointVisit",
    "Variant",
]
