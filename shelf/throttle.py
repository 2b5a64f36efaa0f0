"""How often something was tried within an hour, counted in the cache by kind and by who or what it concerns."""

import hashlib
import logging
from collections.abc import Sequence

from django.core.cache import cache

log = logging.getLogger(__name__)

HOUR = 60 * 60


def is_too_often(kind: str, concerned: Sequence[str], most: int) -> bool:
    """Count one try for each of ``concerned``; True if any of them passed ``most`` within the hour.

    All are counted, whatever the first says: the work is the same for everybody. What they are is kept as a digest.
    """
    keys = [f"{kind}:{hashlib.sha256(one.encode('utf-8', 'replace')).hexdigest()[:32]}" for one in concerned]
    try:
        counts = []
        for key in keys:
            cache.add(key, 0, timeout=HOUR)
            counts.append(cache.incr(key))
        return max(counts, default=0) > most
    except Exception as error:  # without Redis nobody is counted, and everybody is still served
        log.warning("tries are not counted: %s", error)
        return False
