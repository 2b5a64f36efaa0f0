"""Who: the person behind orders, addresses, consent and open matters.

Words: an *identifier* is an e-mail, a phone or a shop's customer id that leads to one person; a *purpose* is what a
message is for; an *open matter* (late parcel, return, ticket) is why we do not ask anything of the person now.
"""
