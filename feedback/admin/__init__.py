"""Reviews and surveys as agents see them."""

from feedback.admin import reviews, surveys

__all__ = ["reviews", "surveys"]
