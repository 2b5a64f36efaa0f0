"""From an order posted to an idle installation until its mail is at the mail server, all running as in `make up`."""

import time

import httpx

from bench.bodies import SECRET, bodies
from bench.ground import SLUG
from config.rehearsal import Rehearsal
from tests.builders import shopify
from tests.builders.mail_provider import mail_provider

GOAL = 2.0


def measure(orders: int) -> None:
    with mail_provider() as provider, Rehearsal(env={"EMAIL_URL": provider.url}) as it:
        made = it.manage("connect", "shopify", SLUG, "--secret", SECRET)
        if made.returncode:
            raise SystemExit(made.stderr)
        with httpx.Client(base_url=it.url) as shop:
            deliveries = bodies(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
            took = sorted(seconds_to_mail(shop, *next(deliveries), provider) for _ in range(orders))
    p50, p99 = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.99))]
    print(f"\nidle latency: order posted → mail at the SMTP server, {orders} orders one by one")
    print(f"  p50 {p50:.2f} s   p99 {p99:.2f} s")
    print(f"  goal: p99 under {GOAL:.0f} s", flush=True)


def seconds_to_mail(shop: httpx.Client, number: str, body: bytes, provider) -> float:
    before, begun = len(provider.log), time.monotonic()
    headers = shopify.signed(body, SECRET, webhook_id=f"bench-{number}")
    shop.post(f"/in/shopify/{SLUG}/", content=body, headers=headers).raise_for_status()
    while len(provider.log) == before:
        if time.monotonic() - begun > 60:
            raise SystemExit("no mail came within a minute")
        time.sleep(0.001)
    return provider.log[before].at - begun
