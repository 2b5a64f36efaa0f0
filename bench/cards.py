"""The card's page from cache beside a trivial view through the same middleware, by CPU time: ``python -m bench cards``.

One process, the test client's request, no sockets.
"""

import gc
import time
from collections.abc import Callable
from statistics import median

REQUESTS, ROUNDS = 200, 7
AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148"


def measure(code: str) -> tuple[float, float, float]:
    """Microseconds of CPU for one request: trivial view, page, and a page that has not changed (304)."""
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory
    from django.urls import path

    from config import urls

    def trivial(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    urls.urlpatterns.append(path("bench-trivial/", trivial))
    handler, factory = WSGIHandler(), RequestFactory()
    etag = handler.get_response(factory.get(f"/c/{code}/"))["ETag"]

    def one(address: str, **headers: str) -> Callable[[], None]:
        def ask() -> None:
            response = handler.get_response(factory.get(address, headers={"User-Agent": AGENT, **headers}))
            response.close()

        return ask

    cases = (one("/bench-trivial/"), one(f"/c/{code}/"), one(f"/c/{code}/", **{"If-None-Match": etag}))
    gc.collect()
    gc.freeze()  # as config/garbage.py does: what is loaded is never looked through again
    found: list[list[float]] = [[], [], []]
    for _round in range(ROUNDS):
        for case, ask in enumerate(cases):
            begun = time.process_time()
            for _ in range(REQUESTS):
                ask()
            found[case].append((time.process_time() - begun) / REQUESTS * 1e6)
    trivial_us, page_us, same_us = (median(each) for each in found)
    return trivial_us, page_us, same_us


def main() -> None:
    import django

    django.setup()
    show(*measure(_code()))


def _code() -> str:
    """Of a card with a telephone and a mail address, as most are."""
    from django.utils import timezone

    from vcards import actions
    from vcards.models import Card, CompanyDesign, Contact, ShareCode

    now = timezone.now()
    design = CompanyDesign.objects.create(name="Tea House", language="uk", languages=["uk", "en", "ru"])
    card = Card(first_name="Ірина", last_name="Мельник", role="Менеджерка", state=Card.State.ACTIVE, design=design)
    actions.save_card(card, now)
    for position, (kind, value) in enumerate([("mobile", "+380501112233"), ("email", "iryna@example.com")]):
        Contact.objects.create(card=card, kind=kind, value=value, position=position)
    actions.redraw([card.pk])
    return actions.code_for(card.pk, ShareCode.Placement.MAIL, now)


def show(trivial_us: float, page_us: float, same_us: float) -> None:
    ratio = trivial_us / page_us
    print(f"\ncards: trivial view {trivial_us:.0f} µs · card {page_us:.0f} µs ({ratio:.2f} of it; must: 0.8)")
    print(f"card unchanged, 304: {same_us:.0f} µs ({trivial_us / same_us:.2f})")


if __name__ == "__main__":
    main()
