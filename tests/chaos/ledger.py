"""The equations that must hold after every scenario, between three witnesses: clients, our database, the providers."""

from collections import Counter
from dataclasses import dataclass

from tests.chaos.house import House

LEFT = ("sent", "delivered", "bounced", "complained")
NEVER_LEFT = ("skipped", "expired", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Letters:
    """What became of the messages of a house, held against the providers' log."""

    states: Counter[str]
    lost: list[str]  # called sent, and no provider has it
    ghosts: list[str]  # a provider has it, and we call it never sent
    doubled: list[str]  # more than one copy, and nobody wrote down that there might be
    counted: list[str]  # more than one copy, after an `unknown` that was resent: written down
    two_ids: list[str]  # copies with different Message-IDs, which no receiver could tell for one
    unknown: int  # nobody knows yet; each is a row that says so
    resent: int  # sent once more because nobody knew

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.ghosts or self.doubled or self.two_ids)


def count_letters(house: House) -> Letters:
    rows = house.ask("SELECT address, state, resent_at IS NOT NULL FROM messaging_message")
    copies: Counter[str] = Counter()
    ids: dict[str, set[str]] = {}
    ours = {address for address, _state, _resent in rows}
    for line in house.taken():
        if line["to"] in ours:
            copies[line["to"]] += 1
            ids.setdefault(line["to"], set()).add(line["id"])
    states = Counter(state for _address, state, _resent in rows)
    assert len(ours) == len(rows), "an address stands for one message in these scenarios"
    assert set(states) <= {*LEFT, *NEVER_LEFT, "unknown"}, f"unsettled: {states}"
    return Letters(
        states=states,
        lost=[a for a, state, _ in rows if state in LEFT and not copies[a]],
        ghosts=[a for a, state, _ in rows if state in NEVER_LEFT and copies[a]],
        doubled=[a for a, _, resent in rows if copies[a] > 1 and not resent],
        counted=[a for a, _, resent in rows if copies[a] > 1 and resent],
        two_ids=[a for a, found in ids.items() if len(found) > 1],
        unknown=states["unknown"],
        resent=sum(resent for _, _, resent in rows),
    )


def is_settled(house: House) -> bool:
    """No message is on its way, or due. (What is planned for later than the scenario does not count.)"""
    [(on_the_way,)] = house.ask("SELECT count(*) FROM messaging_message WHERE state IN ('ready', 'sending')")
    return on_the_way == 0


def count_receipts(house: House, accepted: set[str]) -> Counter[str]:
    """States of the receipts; fails when an accepted delivery has no row or a row is still under way."""
    rows = dict(house.ask("SELECT key, state FROM events_receipt"))
    assert not accepted - set(rows), f"accepted with 2xx and lost: {sorted(accepted - set(rows))[:5]}"
    states = Counter(rows.values())
    assert set(states) <= {"done", "ignored", "parked", "dead"}, f"unsettled: {states}"
    return states


def is_read(house: House) -> bool:
    [(waiting,)] = house.ask("SELECT count(*) FROM events_receipt WHERE state = 'waiting'")
    [(unanswered,)] = house.ask("SELECT count(*) FROM events_event WHERE handled_at IS NULL")
    return waiting == 0 and unanswered == 0
