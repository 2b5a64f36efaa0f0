"""Tickets, recovery cases, the help centre: a person answers. Nouns come with support's own issue."""
