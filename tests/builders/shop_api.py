"""The APIs of Shopify and WooCommerce as they are documented: orders by what changed when, in pages; and told."""

import json
import re
from base64 import b64encode
from datetime import UTC, datetime
from urllib.parse import urlencode

from tests.builders.stand_in import Answer, Asked, StandIn, in_json, stand_in

TOKEN = "shpat_secret"
KEY = "ck_one:cs_two"


def shop_api():
    return stand_in(speak)


def speak(shop: StandIn, asked: Asked) -> Answer:
    if asked.method != "GET":
        return told(shop, asked)
    if asked.path.startswith("/admin/api/") and asked.path.endswith("/orders.json"):
        return of_shopify(shop, asked)
    if asked.path == "/wp-json/wc/v3/orders":
        return of_woocommerce(shop, asked)
    return in_json({}, 404)


def of_shopify(shop: StandIn, asked: Asked) -> Answer:
    query = asked.query
    if asked.headers.get("X-Shopify-Access-Token") != TOKEN:
        return in_json({"errors": "[API] Invalid API key or access token"}, 401)
    if "page_info" in query and query.keys() - {"limit", "page_info"}:
        return in_json({"errors": {"page_info": "Invalid value."}}, 400)
    since, at = query.get("updated_at_min"), 0
    if "page_info" in query:
        since, at = json.loads(query["page_info"])
    changed = [o for o in shop.orders if moment(o["updated_at"]) >= moment(since)]
    upto = at + int(query["limit"])
    status, headers, body = in_json({"orders": changed[at:upto]})
    if len(changed) > upto:
        onward = urlencode({"limit": query["limit"], "page_info": json.dumps([since, upto])})
        headers = {"Link": f'<https://shop.example/admin/api/2025-07/orders.json?{onward}>; rel="next"'}
    return status, headers, body


def of_woocommerce(shop: StandIn, asked: Asked) -> Answer:
    if asked.headers.get("Authorization") != f"Basic {b64encode(KEY.encode()).decode()}":
        return in_json({"code": "woocommerce_rest_cannot_view"}, 401)
    after, size = asked.query["modified_after"], int(asked.query["per_page"])
    changed = sorted(
        (o for o in shop.orders if o["date_modified_gmt"] > after),
        key=lambda o: (o["date_modified_gmt"], o["id"]),
    )
    at = (int(asked.query["page"]) - 1) * size
    return in_json(changed[at : at + size])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- What shops are told ----------------------------------------------------------------------------------------------


def told(shop: StandIn, asked: Asked) -> Answer:
    """Cancel, or another address; as the shops refuse it where a parcel left or the key is wrong."""
    of_woo = asked.path.startswith("/wp-json/")
    if of_woo and asked.headers.get("Authorization") != f"Basic {b64encode(KEY.encode()).decode()}":
        return in_json({"code": "woocommerce_rest_cannot_edit", "message": "Sorry, you cannot edit this."}, 401)
    if not of_woo and asked.headers.get("X-Shopify-Access-Token") != TOKEN:
        return in_json({"errors": "[API] Invalid API key or access token"}, 401)
    number = re.search(r"/orders/(\d+)", asked.path)
    found = next((o for o in shop.orders if number and str(o["id"]) == number[1]), None)
    if found is None:
        return in_json({"errors": "Not Found"}, 404)
    return (woocommerce_told if of_woo else shopify_told)(found, asked)


def shopify_told(order: dict, asked: Asked) -> Answer:
    said, now = json.loads(asked.body), datetime.now(UTC).isoformat()
    if asked.path.endswith("/cancel.json"):
        if order.get("fulfillment_status"):
            return in_json({"error": "Cannot cancel an order that has been fulfilled"}, 422)
        order |= {"cancelled_at": now, "cancel_reason": said["reason"], "updated_at": now}
    else:
        address = order["shipping_address"] | said["order"]["shipping_address"]
        order["shipping_address"] = {**address, "name": f"{address['first_name']} {address['last_name']}".strip()}
        order["updated_at"] = now
    return in_json({"order": order})


def woocommerce_told(order: dict, asked: Asked) -> Answer:
    said, now = json.loads(asked.body), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if order["status"] == "completed":
        words = "<b>Status</b> of a completed order cannot be changed"
        return in_json({"code": "woocommerce_rest_invalid_order_status", "message": words}, 400)
    order["shipping"] |= said.pop("shipping", {})
    order |= {**said, "date_modified_gmt": now}
    return in_json(order)
