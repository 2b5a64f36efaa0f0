"""CDEK's directory (``/v2/deliverypoints``): an office or a locker where parcels wait, and when it is open."""

from events.payloads import Payload, count, group, required, rows, text
from tracking.carriers.seen import PlaceSeen

READ = ("code", "name", "type", "location", "work_time_list")  # of what is answered


def read_place(told: Payload) -> PlaceSeen:
    """An office or locker of the directory: its hours by the day of the week, 1 is Monday."""
    hours = {count(line, "day"): text(line, "time", longest=20) for line in rows(told, "work_time_list")}
    week = tuple(hours.get(day, "").replace("/", "–") for day in range(1, 8))
    location = group(told, "location")
    return PlaceSeen(
        carrier="cdek",
        ref=required(text(told, "code", longest=60), "code"),
        name=text(told, "name"),
        address=text(location, "address_full", "address"),
        week=week if any(week) else (),
        locker=text(told, "type") == "POSTAMAT",
    )
