"""Support as agents see it: one file per subject."""
