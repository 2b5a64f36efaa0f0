"""The canonical milestones of a parcel, their rank and the reasons beside them. Every carrier's words end here."""

RANKS = {
    "pending": 0,
    "info_received": 10,
    "picked_up": 20,
    "in_transit": 30,
    "out_for_delivery": 50,
    "ready_for_pickup": 55,
    "attempt_failed": 60,
    "exception": 65,
    "delivered": 100,
    "returning": 110,
    "returned": 120,
    "cancelled": 130,
    "expired": 1,
}

REASONS = (
    "customs",
    "address",
    "refused",
    "recipient_absent",
    "damaged",
    "lost",
    "destroyed",
    "weather",
    "carrier_delay",
    "held",
    "payment_due",
    "documents",
    "storage_expiring",
    "storage_expired",
    "security",
    "partly",
    "other",
)
