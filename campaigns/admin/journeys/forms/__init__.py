"""Ordinary forms for every kind of step and for beginning and end; each reads a part of a definition and gives it back.

They see to types only: whether a step can be followed is said by the engine, beside the step, once it is saved.
"""

from campaigns.admin.journeys.forms.frame import FrameForm
from campaigns.admin.journeys.forms.steps import FORMS, StepForm

__all__ = ["FORMS", "FrameForm", "StepForm"]
