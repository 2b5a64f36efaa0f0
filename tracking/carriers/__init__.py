"""One file per carrier or tracking service, all alike and pure. See events/sources.py for the shape."""

from tracking.carriers import aftership, easypost, seventeen_track

ADAPTERS = (easypost, aftership, seventeen_track)
