"""Journeys and campaigns as marketers see them."""

from campaigns.admin import campaigns, journeys

__all__ = ["campaigns", "journeys"]
