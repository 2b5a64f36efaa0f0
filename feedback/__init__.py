"""How was it: asking for a review or one number at the moment the journey chooses, and keeping the answer.

Words: a *request* is one ask about one order; a *review* is the answer about one product, or about the store;
a *survey* is one question with a number for an answer: NPS, CSAT, CES (scales.py).
"""
