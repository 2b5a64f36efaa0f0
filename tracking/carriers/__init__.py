"""One file per carrier or tracking service, all alike and pure. See events/sources.py for the shape."""

from tracking.carriers import (
    aftership,
    cdek,
    easypost,
    fivepost,
    karrio,
    meest,
    nova_poshta,
    russian_post,
    seventeen_track,
    shippo,
    ukrposhta,
    yandex_delivery,
)

ADAPTERS = (
    easypost,
    aftership,
    seventeen_track,
    shippo,
    karrio,
    cdek,
    nova_poshta,
    ukrposhta,
    meest,
    russian_post,
    yandex_delivery,
    fivepost,
)

# The carriers that are asked, by their slug, which is the name of the file.
ASKED = frozenset(a.__name__.rpartition(".")[2] for a in ADAPTERS if hasattr(a, "poll"))
