"""Nouns of support, by subject."""

from support.models.articles import Article, Revision
from support.models.tickets import Macro, MacroText, Note, Ticket, TicketMessage

__all__ = ["Article", "Macro", "MacroText", "Note", "Revision", "Ticket", "TicketMessage"]
