"""Business cards of the people who look after customers, the codes by which cards are shared, and what came of it.

Words: a *design* is how a company's cards look; a *card* is one person's; a *share code* is one placement of a card
(order page, mail, print), the address ``/c/<code>/``; *activity* is what readers did there, one row per reader and day;
an *assignment* says whose card an order carries, by a *rule* of the store or by an agent's choice.
"""
