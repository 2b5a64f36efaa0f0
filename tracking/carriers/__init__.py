"""One file per carrier or tracking service, all alike and pure. See events/sources.py for the shape."""

from tracking.carriers import aftership, easypost

ADAPTERS = (easypost, aftership)
