"""Nova Poshta's answers, written by hand from the field list of ``getStatusDocuments``.

``nova_poshta.document("7", "20400048799001")``; every further keyword replaces a field. ``nova_poshta.answer(...)``
is what a call brings back.
"""

from typing import Any

NUMBER = "20400048799001"


def document(code: str = "5", number: str = NUMBER, scanned: str = "10:00 03.03.2026", **overrides: Any) -> dict:
    return {
        "Number": number,
        "StatusCode": code,
        "Status": "Відправлення прямує до міста Київ",
        "ServiceType": "WarehouseWarehouse",
        "PayerType": "Recipient",
        "DateCreated": "02-03-2026 09:00:00",
        "DateScan": scanned,
        "TrackingUpdateDate": "",
        "RecipientDateTime": "",
        "ScheduledDeliveryDate": "04-03-2026 12:00:00",
        "DateFirstDayStorage": "2026-03-09",
        "DatePayedKeeping": "2026-03-09 18:00:00",
        "WarehouseRecipient": "Відділення №1",
        "WarehouseRecipientNumber": 1,
        "WarehouseRecipientAddress": "Київ, вул. Пирогівський шлях, 135",
        "CategoryOfWarehouse": "Branch",
        "CitySender": "Львів",
        "CityRecipient": "Київ",
        "AmountToPay": "",
        "PaymentStatus": "",
        "AfterpaymentOnGoodsCost": 0,
        "RedeliverySum": 0,
        "RecipientFullName": "",
    } | overrides


REF = "1ec09d88-e1c2-11e3-8c4a-0050568002cf"


def place(ref: str = REF, week: str = "08:00-20:00", **overrides: Any) -> dict:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return {
        "Ref": ref,
        "Number": "1",
        "Description": "Відділення №1: вул. Пирогівський шлях, 135",
        "ShortAddress": "Київ, Пирогівський шлях, 135",
        "CategoryOfWarehouse": "Branch",
        "Schedule": dict.fromkeys(days, week) | {"Sunday": "-"},
    } | overrides


def answer(*documents: dict, **overrides: Any) -> dict:
    return {"success": True, "data": list(documents), "errors": [], "warnings": [], "errorCodes": []} | overrides


def error(text: str = "API key is incorrect", code: str = "20000200068") -> dict:
    return answer(success=False, errors=[text], errorCodes=[code])
