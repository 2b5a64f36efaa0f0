"""What was bought: stores, products, orders, and the order-status page.

Words: a *store* is a shop with a country, currency and languages; *seen* is what a platform told us (stores/seen.py);
the *stage* is the order's place on its way to the customer; the *page* is one row upper apps write their block into.
Neighbours: recognises people in customers; parcels are tracking's, which listens to FulfilmentReported.
"""
