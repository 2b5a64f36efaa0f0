"""The checkpoint that stands for a source's own word about the whole parcel, beside the scans."""

from datetime import datetime, timedelta

from tracking.carriers.seen import CheckpointSeen, Meaning
from tracking.milestones import RANKS

ONE_DAY = timedelta(days=1)  # as in tracking/status.py: room for wrong zones and clocks


def with_summary(
    scans: tuple[CheckpointSeen, ...],
    meaning: Meaning,
    told_at: datetime | None,
    raw_code: str = "",
    message: str = "",
) -> tuple[CheckpointSeen, ...]:
    """``scans`` and a summary after them, at the latest plausible time.

    That is the time of the latest scan which is not from the future of ``told_at``, when it says the same; so a
    message that is told again adds nothing. Otherwise the source knows better than its scans, since ``told_at``.
    Without any time there is no summary.
    """
    plausible = [scan for scan in scans if told_at is None or scan.occurred_at <= told_at + ONE_DAY]
    last = max(plausible, key=lambda scan: (scan.occurred_at, RANKS[scan.milestone]), default=None)
    if last and last.milestone == meaning.milestone:
        occurred_at = last.occurred_at
    else:
        times = [at for at in (told_at, last.occurred_at if last else None) if at]
        if not times:
            return scans
        occurred_at = max(times)
    summary = CheckpointSeen(
        occurred_at,
        meaning.milestone,
        meaning.reason,
        raw_code=raw_code,
        message=message,
        summary=True,
        unknown=not meaning.known,
    )
    return (*scans, summary)
