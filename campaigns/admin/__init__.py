"""Journeys and campaigns as marketers see them."""

from campaigns.admin import campaigns, journeys, touchpoints

__all__ = ["campaigns", "journeys", "touchpoints"]
