"""Reports of journeys and campaigns, counted from rows alone: steps taken, messages, news, orders.

tallies.py and lift.py are pure; journeys.py, mailings.py and revenue.py ask the database, each a fixed number of
queries. Nothing here looks at openings: proxies open more mails than people do.
"""
