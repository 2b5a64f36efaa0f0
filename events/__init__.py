"""What happened. The ground floor: it keeps what the outside told us and what became of it, and knows no app above.

Words: a *connection* is a source with its secrets; a *receipt* is one delivery, stored before anything else; an *event*
is a fact recorded in the transaction that made it true; a *reaction* answers a batch of events of one kind.
Neighbours above hand their readers and reactions in through config/wiring.py.
"""
