"""Papers of an order: documents by the law, slips and cards for the parcel. Words, contents, drawings; no state."""
