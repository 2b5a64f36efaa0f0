"""The agent's pages of cards: the cards with their codes and figures, the designs, whose card orders carry."""

from vcards.admin.cards import Cards
from vcards.admin.designs import Designs, Rules

__all__ = ["Cards", "Designs", "Rules"]
