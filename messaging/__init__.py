"""What leaves the house. One row per recipient and message, written before anything is sent.

Words: a *stream* is who sends (a journey, a campaign) and can be paused; a *template* has versions with a content per
language; a *message* is queue, archive, dedupe key, audit, and the reason why not. The *gate* decides whether.
"""
