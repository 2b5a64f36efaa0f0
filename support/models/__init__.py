"""Nouns of support, by subject."""

from support.models.tickets import Macro, MacroText, Note, Ticket, TicketMessage

__all__ = ["Macro", "MacroText", "Note", "Ticket", "TicketMessage"]
