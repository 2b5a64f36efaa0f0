"""A segment's people as a file: a table for people to open, or a list of hashes for an ad audience.

Written by the clock, a batch at a time, as a job that shows how far it is and can be stopped; a worker that dies is
followed by one that goes on after the last batch. The text lies in the database, not on a disk that nobody watches,
and goes after a week.

An ad audience holds only addresses whose own consent to marketing stands and that are not suppressed: who is left out
is counted, with the reason. Hashes are SHA-256 in lower-case hex of the normalised e-mail (trimmed, lower-case) and of
the phone, as Google asks for it (E.164 with the plus) and as Meta does (digits only).
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy, gettext_noop

from campaigns.models import ExportPart, Segment, SegmentExport
from campaigns.segments import asking
from campaigns.segments.writing import SegmentRefused, live_version
from customers.channels import channels_reaching
from customers.consent import SILENT, consents_of
from customers.models import Identifier, Stats
from events import nudges
from messaging.models import Suppression
from shelf.conditions import ConditionRefused
from shelf.tables import write_csv
from staff import jobs
from staff.display import zone
from staff.models import Job

KIND = "segment export"
BATCH = 1000
KEPT = timedelta(days=7)
SHOWN = 5
FORMS = {"people": gettext_lazy("People (CSV)"), "ads": gettext_lazy("Ad audience (hashes)")}

NO_ADDRESS = gettext_noop("No e-mail and no phone:")
NO_CONSENT = gettext_noop("No consent to marketing:")
TAKEN_BACK = gettext_noop("Said no to marketing:")
SUPPRESSED = gettext_noop("Address bounced or complained:")
UNKNOWN_FORM = gettext_noop("There is no such form of export.")


# --- Starting one, showing them -----------------------------------------------------------------------------------


@transaction.atomic
def start(segment: Segment, form: str, language: str, now: datetime, *, by=None) -> SegmentExport:
    """Ask for a file of the newest version's people. Raises SegmentRefused, ConditionRefused."""
    version = live_version(segment)
    if form not in FORMS or version is None:
        raise SegmentRefused(UNKNOWN_FORM)
    counted = asking.count(version, now)
    job = jobs.start(KIND, f"{segment.name}: {FORMS[form]}", by=by, segment=segment.pk, form=form)
    job.total = counted.people
    job.save(update_fields=["total"])
    export = SegmentExport.objects.create(
        segment=segment, definition=version.definition, form=form, language=language, job=job, created_at=now
    )
    transaction.on_commit(lambda: nudges.nudge("exports"), robust=True)
    return export


@dataclass(frozen=True, slots=True)
class Told:
    """An export as a page tells it."""

    label: str
    state: str
    people: int
    url: str
    left_out: list[tuple[str, int]]


def of_segment(segment: Segment) -> list[Told]:
    """The newest few."""
    return [_told(export) for export in segment.exports.select_related("job").order_by("-pk")[:SHOWN]]


def _told(export: SegmentExport) -> Told:
    job = export.job
    url = reverse("admin:campaigns_segment_export", args=[export.pk]) if job.state == Job.State.DONE else ""
    label = str(FORMS.get(export.form, export.form))
    state = f"{job.get_state_display()} {job.percent}%"
    return Told(label, state, job.done, url, [(say(why), count) for why, count in sorted(export.left_out.items())])


def download(pk: int) -> HttpResponse | StreamingHttpResponse:
    """The finished file, piece by piece."""
    export = SegmentExport.objects.filter(pk=pk, job__state=Job.State.DONE).first()
    if export is None:
        raise Http404
    pieces = ExportPart.objects.filter(export=export).order_by("number").values_list("body", flat=True)
    answer = StreamingHttpResponse(map(bytes, pieces.iterator(chunk_size=20)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="segment-{export.segment_id}-{export.form}.csv"'
    return answer


# --- Writing, by the clock ----------------------------------------------------------------------------------------


def write_waiting(limit: int = BATCH) -> int:
    """One batch of the oldest export that is not finished; how many people were looked at."""
    now = timezone.now()
    SegmentExport.objects.filter(created_at__lt=now - KEPT).delete()
    with transaction.atomic():
        waiting = SegmentExport.objects.filter(job__state=Job.State.RUNNING).select_related("job", "segment")
        export = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
        if export is None:
            return 0
        if export.job.cancel_requested_at:
            jobs.finish(export.job, Job.State.CANCELLED)
            return 1
        return _write_batch(export, limit, now)


def _write_batch(export: SegmentExport, limit: int, now: datetime) -> int:
    try:
        rows = asking.found(asking.read_tree(export.definition), now)
    except ConditionRefused as refused:
        jobs.finish(export.job, Job.State.FAILED, str(refused))
        return 1
    page = rows.filter(pk__gt=export.up_to).order_by("pk").select_related("customer")
    people = list(page[:limit])
    if not people and export.parts.exists():
        jobs.finish(export.job)
        return 1
    with translation.override(export.language):
        written, left_out = _for_ads(people) if export.form == "ads" else (_for_people(people), Counter())
        body = _csv(export, written)
    ExportPart.objects.create(export=export, number=export.parts.count(), body=body)
    export.left_out = dict(Counter(export.left_out) + left_out)
    export.up_to = people[-1].pk if people else export.up_to
    export.save(update_fields=["left_out", "up_to"])
    jobs.note(export.job, len(written))
    if len(people) < limit:
        jobs.finish(export.job)
    return max(1, len(people))


def _csv(export: SegmentExport, rows: Sequence[Sequence[Any]]) -> bytes:
    """A list of hashes is for a machine: commas, no mark at its head. Only the first part has headings."""
    language = "en" if export.form == "ads" else export.language
    columns = list(AD_COLUMNS) if export.form == "ads" else [str(name) for name in COLUMNS]
    text = b"".join(write_csv(columns, rows, language, zone()))
    if export.form == "ads":
        text = text.removeprefix(b"\xef\xbb\xbf")
    return text.partition(b"\r\n")[2] if export.parts.exists() else text


# --- For people ---------------------------------------------------------------------------------------------------

COLUMNS = (
    gettext_lazy("customer"), gettext_lazy("first name"), gettext_lazy("last name"), gettext_lazy("e-mail"),
    gettext_lazy("phone"), gettext_lazy("country"), gettext_lazy("language"), gettext_lazy("orders"),
    gettext_lazy("spent"), gettext_lazy("first order"), gettext_lazy("last order"), gettext_lazy("marketing by e-mail"),
)  # fmt: skip


def _for_people(people: Sequence[Stats]) -> list[list[Any]]:
    addresses = _addresses(people)
    return [
        [
            *(row.pk, row.customer.first_name, row.customer.last_name),
            *(_first(addresses[row.pk], "email"), _first(addresses[row.pk], "phone")),
            *(row.country, row.language, row.orders, " + ".join(f"{v} {k}" for k, v in sorted(row.spent.items()))),
            *(row.first_order_at, row.last_order_at, row.get_marketing_display()),
        ]
        for row in people
    ]


def _addresses(people: Iterable[Stats]) -> Mapping[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Identifier.objects.filter(customer__in=[row.pk for row in people], kind__in=("email", "phone"))
    for pk, kind, value in rows.order_by("-pk").values_list("customer_id", "kind", "value"):
        found[pk].append((kind, value))
    return found


def _first(addresses: Iterable[tuple[str, str]], kind: str) -> str:
    return next((value for of, value in addresses if of == kind), "")


# --- For ad audiences ---------------------------------------------------------------------------------------------

AD_COLUMNS = ("email", "phone", "phone_digits")


@dataclass(frozen=True, slots=True)
class Ledger:
    said: Mapping[tuple[str, str, str], Any]
    suppressed: frozenset[tuple[str, str]]

    def verdict(self, kind: str, address: str) -> str:
        """Why this address stays out; empty when its owner's consent covers it."""
        channels = channels_reaching(kind)
        if any((address, channel) in self.suppressed for channel in channels):
            return SUPPRESSED
        words = [self.said.get((address, channel, "marketing"), SILENT) for channel in channels]
        if any(word.is_no for word in words):
            return TAKEN_BACK
        return "" if any(word.is_consent for word in words) else NO_CONSENT


def _for_ads(people: Sequence[Stats]) -> tuple[list[list[str]], Counter[str]]:
    """(rows of hashes, whom they leave out and why). A person with one address that is covered is in with that one."""
    addresses = _addresses(people)
    every = {value for pairs in addresses.values() for _kind, value in pairs}
    suppressed = Suppression.objects.filter(address__in=every).values_list("address", "channel")
    ledger = Ledger(consents_of(every), frozenset(suppressed))
    rows: list[list[str]] = []
    left_out: Counter[str] = Counter()
    for person in people:
        verdicts = {pair: ledger.verdict(*pair) for pair in addresses.get(person.pk, ())}
        covered = [pair for pair, why in verdicts.items() if not why]
        if covered:
            rows.append(_hashes(_first(covered, "email"), _first(covered, "phone")))
        else:
            left_out[_gravest(verdicts.values())] += 1
    return rows, left_out


def _gravest(reasons: Iterable[str]) -> str:
    found = set(reasons)
    return next((why for why in (TAKEN_BACK, SUPPRESSED, NO_CONSENT) if why in found), NO_ADDRESS)


def _hashes(email: str, phone: str) -> list[str]:
    return [_sha256(email.strip().lower()), _sha256(phone), _sha256(phone.removeprefix("+"))]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""
