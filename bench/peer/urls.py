"""The peer's views: ``bare`` keeps the delivery, ``orm`` writes the business rows, ``trivial`` draws a template."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import timedelta

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from bench.bodies import SECRET
from bench.peer.models import Customer, Event, Line, Message, Order

# Facts and planned messages of one order, three rows each way: two facts, and what our journeys plan for it.
FACTS = ("order.placed", "order.paid")
PLANNED = {"order_confirmation": 0, "review_request": 14, "survey": 21}


def is_signed(request: HttpRequest) -> bool:
    expected = base64.b64encode(hmac.new(SECRET.encode(), request.body, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(expected, request.headers.get("X-Shopify-Hmac-Sha256", ""))


def bare(request: HttpRequest) -> HttpResponse:
    if not is_signed(request):
        return HttpResponse(status=401)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO peer_delivery (key, topic, body, received_at) VALUES (%s, %s, %s, now())"
            " ON CONFLICT (key) DO NOTHING",
            [request.headers["X-Shopify-Webhook-Id"], request.headers["X-Shopify-Topic"], request.body],
        )
    return HttpResponse(status=200)


def orm(request: HttpRequest) -> HttpResponse:
    if not is_signed(request):
        return HttpResponse(status=401)
    seen, now = json.loads(request.body), timezone.now()
    with transaction.atomic():
        customer, _ = Customer.objects.get_or_create(
            email=seen["email"],
            defaults={
                "first_name": seen["customer"]["first_name"],
                "last_name": seen["customer"]["last_name"],
                "phone": seen["shipping_address"]["phone"],
            },
        )
        order, new = Order.objects.get_or_create(
            external_id=seen["id"],
            defaults={
                "number": seen["name"],
                "public_id": secrets.token_urlsafe(16),
                "customer": customer,
                "financial": seen["financial_status"],
                "placed_at": parse_datetime(seen["created_at"]),
                "currency": seen["currency"],
                "total": seen["total_price"],
                "address": seen["shipping_address"],
            },
        )
        if new:
            for line in seen["line_items"]:
                Line.objects.create(
                    order=order,
                    external_id=line["id"],
                    sku=line["sku"],
                    title=line["title"],
                    quantity=line["quantity"],
                    price=line["price"],
                )
            for kind in FACTS:
                Event.objects.create(
                    kind=kind, at=now, customer=customer, order=order, data={"total": seen["total_price"]}
                )
            for kind, days in PLANNED.items():
                Message.objects.create(order=order, kind=kind, due_at=now + timedelta(days=days))
    return HttpResponse(status=200)


SMALL = Engine().from_string("<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>")


def trivial(request: HttpRequest) -> HttpResponse:
    return HttpResponse(SMALL.render(Context({"title": "ok"})))


urlpatterns = [path("bare/", bare), path("orm/", orm), path("trivial/", trivial)]
