"""Tools without models, one file per subject. The shelf imports nothing of ours; every floor may take from it."""
