"""Journeys as marketers see them: a list, a page that reads one aloud, an editor, and the dialogs before big steps."""

from campaigns.admin.journeys import enrolments, room

__all__ = ["enrolments", "room"]
