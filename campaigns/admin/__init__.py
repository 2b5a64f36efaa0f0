"""Journeys and campaigns as marketers see them."""

from campaigns.admin import campaigns, journeys, segments, touchpoints

__all__ = ["campaigns", "journeys", "segments", "touchpoints"]
