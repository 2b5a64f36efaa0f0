"""Support as agents see it: one file per subject."""

from support.admin.articles import Articles
from support.admin.macros import Macros
from support.admin.tickets import Tickets

__all__ = ["Articles", "Macros", "Tickets"]
