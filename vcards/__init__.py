"""Business cards: what a customer keeps of us. Nouns come with the cards' own issue."""
