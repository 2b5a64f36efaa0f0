"""The customer's pages of returns: choose what comes back, follow it, send it, call it off. Only a POST changes."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.actions import OrderRefused
from orders.actions.return_rules import Chance, chances, days_of
from orders.actions.returning import (
    MOST_PHOTOS,
    Asked,
    cancel_return,
    note_sent_back,
    request_return,
    wishes_of,
)
from orders.actions.self_service import NOT_OFFERED, policy_of
from orders.models import Order, OrderPage, Return, ReturnFile, SelfServicePolicy, Way
from orders.self_service import asker_of, of_customer
from orders.showing import VERIFIED, parcels_for
from shelf import images


@of_customer
def ask(request: HttpRequest, page: Any, order: Order, common: dict[str, Any]) -> HttpResponse:
    """One form: pieces, why, what instead, photos. What was typed stays when something is wrong."""
    kind = request.POST.get("kind") or request.GET.get("kind") or Return.Kind.RETURN
    if request.method == "POST":
        try:
            made = request_return(asker_of(order), _asked(request, kind), timezone.now())
        except (OrderRefused, images.ImageRefused) as refusal:
            order.refresh_from_db()
            return _ask_page(request, order, kind, common | {"errors": [str(refusal)]})
        return redirect(f"{request.path}{made.pk}/?lang={common['language']}&new=1")
    return _ask_page(request, order, kind, common)


def _asked(request: HttpRequest, kind: str) -> Asked:
    pieces = {}
    for name, value in request.POST.items():
        if re.fullmatch(r"q_\d{1,18}", name) and value.strip() not in ("", "0"):
            pieces[int(name[2:])] = int(value) if re.fullmatch(r"\d{1,6}", value.strip()) else -1
    said = {name: request.POST.get(name, "") for name in ("reason", "wish", "words")}
    return Asked(pieces, kind=kind, photos=_photos(request), **said)


def _photos(request: HttpRequest) -> list[bytes]:
    """Made anew by the limited child, one after the other. The action counts them once more."""
    brought = [file for file in request.FILES.getlist("photos") if file.size][: MOST_PHOTOS + 1]
    if len(brought) > MOST_PHOTOS:
        return [b""] * len(brought)
    return [images.evidence(file.read(images.MOST_BYTES + 1)).data for file in brought]


def _ask_page(request: HttpRequest, order: Order, kind: str, common: dict[str, Any]) -> HttpResponse:
    policy = policy_of(order.store_id)
    is_warranty = kind == Return.Kind.WARRANTY
    is_offered = policy.returns != Way.OFF and (bool(policy.warranty_months) or not is_warranty)
    found = chances(order, kind, timezone.now(), policy) if is_offered else []
    wishes = dict(Return.Wish.choices)
    context = common | {
        "kind": kind,
        "is_warranty": is_warranty,
        "can_claim": bool(policy.warranty_months) and not is_warranty,
        "not_offered": "" if is_offered else str(OrderRefused(NOT_OFFERED)),
        "chances": [_row(request, chance) for chance in found if not chance.against],
        "others": [chance for chance in found if chance.against],
        "days": days_of(order, policy),
        "reasons": Return.Reason.choices,
        "wishes": [(wish, wishes[Return.Wish(wish)]) for wish in wishes_of(policy, kind)],
        "most_photos": MOST_PHOTOS,
        "typed": {name: request.POST.get(name, "") for name in ("reason", "wish", "words")},
    }
    return render(request, "orders/self/return.html", context, status=422 if common["errors"] else 200)


def _row(request: HttpRequest, chance: Chance) -> dict[str, Any]:
    name = f"q_{chance.line.pk}"
    return {"chance": chance, "name": name, "typed": request.POST.get(name, ""), "numbers": range(chance.most + 1)}


@of_customer
def follow(request: HttpRequest, page: Any, order: Order, common: dict[str, Any], pk: int) -> HttpResponse:
    """One return: where it stands, what to do next. Another order's is as absent as one that never was."""
    found = Return.objects.filter(pk=pk, order=order).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            _act(request, order, found)
        except OrderRefused as refusal:
            found.refresh_from_db()
            return _follow_page(request, page, order, found, common | {"errors": [str(refusal)]})
        return redirect(f"{request.path}?lang={common['language']}")
    return _follow_page(request, page, order, found, common)


def _act(request: HttpRequest, order: Order, found: Return) -> None:
    now = timezone.now()
    if request.POST.get("deed") == "cancel":
        cancel_return(found.pk, asker_of(order), now)
    elif request.POST.get("deed") == "sent":
        said = [request.POST.get(name, "") for name in ("carrier", "number")]
        note_sent_back(found.pk, *said, now, asker=asker_of(order))


STEPS = (Return.State.REQUESTED, Return.State.APPROVED, Return.State.SHIPPED, Return.State.RECEIVED)


def _follow_page(
    request: HttpRequest, page: OrderPage, order: Order, found: Return, common: dict[str, Any]
) -> HttpResponse:
    policy: SelfServicePolicy = policy_of(order.store_id)
    ways = [way for pk, way in page.blocks.get("ways_back", {}).items() if pk == str(found.pk)]
    files = list(ReturnFile.objects.filter(returned=found).defer("data").order_by("pk"))
    context = common | {
        "found": found,
        "lines": list(found.lines.order_by("pk")),
        "photos": [file for file in files if file.kind == ReturnFile.Kind.PHOTO],
        "label": next((file for file in files if file.kind == ReturnFile.Kind.LABEL), None),
        "is_new": "new" in request.GET,
        "goes_to": policy.return_address or order.store.address,
        "can_send": found.state in (Return.State.APPROVED, Return.State.LABELLED),
        "can_cancel": found.state in (Return.State.REQUESTED, Return.State.APPROVED, Return.State.LABELLED),
        "steps": _steps(found),
        "currency": order.currency,
        "parcels": parcels_for(VERIFIED, ways, common["language"], common["zone"], timezone.now()),
    }
    return render(request, "orders/self/return_one.html", context, status=422 if common["errors"] else 200)


def _steps(found: Return) -> list[dict[str, Any]]:
    """Where it is on its way; none for one that ended without coming back."""
    if found.state in (Return.State.REFUSED, Return.State.CANCELLED):
        return []
    end = found.state if found.state in Return.SETTLED else Return.ENDS[Return.Wish(found.wish)]
    times = [found.requested_at, found.decided_at, found.shipped_at, found.received_at, found.settled_at]
    here = Return.State.APPROVED if found.state == Return.State.LABELLED else found.state
    at = [*STEPS, end].index(here)
    words = dict(Return.State.choices)
    if at:  # it does not wait for a decision any more
        words[Return.State.REQUESTED] = _("asked for")
    return [
        {"name": words[state], "state": _tense(i, at, found), "at": times[i].isoformat() if times[i] else ""}
        for i, state in enumerate([*STEPS, end])
    ]


def _tense(i: int, at: int, found: Return) -> str:
    return "done" if i < at or not found.is_open else "now" if i == at else "todo"


@of_customer
def file(request: HttpRequest, page: Any, order: Order, common: dict[str, Any], pk: int, file_id: int) -> HttpResponse:
    """A photo or the label of a return of this order."""
    found = ReturnFile.objects.filter(pk=file_id, returned=pk, returned__order=order).first()
    if found is None or request.method == "POST":
        raise Http404
    return as_answer(found)


def as_answer(found: ReturnFile) -> HttpResponse:
    """Its bytes, which no browser takes for something else or lets do anything."""
    answer = HttpResponse(bytes(found.data), content_type=found.media_type)
    end = {"application/pdf": "pdf", "image/png": "png"}.get(found.media_type, "jpg")
    way = "attachment" if found.media_type == "application/pdf" else "inline"
    answer["Content-Disposition"] = f'{way}; filename="R-{found.returned_id}-{found.pk}.{end}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
