"""How was it: asking for a review at the moment the journey chooses, and keeping the answer.

Words: a *request* is one ask about one order; a *review* is the answer about one product, or about the store.
"""
