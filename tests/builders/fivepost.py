"""5Post's answers, by hand from the fields that its clients read: ``fivepost.state("PICKED_UP", 4, "DONE")``."""

from typing import Any

ORDER_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
HERE = "0F8FAD5BD9CB469FA16570867728950E"  # as numbers are compared


def state(done: str = "SHIPPED", day: int = 3, status: str = "IN_PROCESS", **overrides: Any) -> dict:
    return {
        "orderId": ORDER_ID,
        "senderOrderId": "1001",
        "status": status,
        "changeDate": f"2026-03-{day:02}T12:00:00.243302+03:00",
        "executionStatus": done,
    } | overrides


def payload(*states: dict, number: str = HERE) -> dict:
    return {"number": number, "history": list(states)}
