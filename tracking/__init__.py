"""Where is it: parcels, their scans, and the status that follows from all scans ever seen.

Words: a *shipment* is one parcel of an order; a *checkpoint* is one scan; a *milestone* is our canonical word for it
(milestones.py). Status is a pure function of the stored set (status.py), never of the last message.
"""
