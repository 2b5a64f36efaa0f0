"""Reviews and surveys as agents see them."""

from feedback.admin import reviews, shown, surveys

__all__ = ["reviews", "shown", "surveys"]
