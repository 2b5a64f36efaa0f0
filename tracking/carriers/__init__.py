"""One file per carrier or tracking service, all alike and pure. See events/sources.py for the shape."""

from tracking.carriers import aftership, cdek, easypost, karrio, nova_poshta, russian_post, seventeen_track, shippo

ADAPTERS = (easypost, aftership, seventeen_track, shippo, karrio, cdek, nova_poshta, russian_post)
