"""What letters leave by, and what providers and the DNS are asked.

Words: a *way* (ways.py) is how a sender's letters leave the house, whatever it is made of: SMTP (smtp.py), a provider's
API (calls.py); a *line* is one open connection of an SMTP way, and the way decides which line a letter takes.
"""
