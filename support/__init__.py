"""A person answers: tickets with their conversations, macros for agents; the help centre with its answers.

Words: a *ticket* is one matter of one person, from the first word to the solution; a *message* of it is what the
customer wrote or was answered; a *note* is what agents tell each other, and cannot be sent; a *macro* is an answer
written beforehand; an *article* answers what many ask, in revisions per language, and only one that is *verified* is
an *answer*. Neighbours: mails come from and go through messaging, orders and parcels are spoken of, never
changed by hand.
"""
