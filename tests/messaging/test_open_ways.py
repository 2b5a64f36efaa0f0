"""Ways out that stay open from round to round: whose they are, and when they are left."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from messaging.actions.open_ways import close_ways, drop_way, open_way
from messaging.models import Sender


@pytest.fixture(autouse=True)
def nothing_stays_open():
    yield
    close_ways()


def lavka(url="smtp://127.0.0.1:2525", connections=1):
    return Sender(pk=1, channel="email", url=url, connections=connections)


def closings(way, monkeypatch):
    closed = []
    monkeypatch.setattr(way, "close", lambda: closed.append(way))
    return closed


def test_the_next_round_finds_the_way_open():
    assert open_way(lavka()) is open_way(lavka())


@pytest.mark.parametrize("changed", [{"url": "smtp://127.0.0.1:2526"}, {"connections": 2}])
def test_a_sender_whose_address_changed_gets_a_new_way_and_the_old_one_is_closed(changed, monkeypatch):
    old = open_way(lavka())
    closed = closings(old, monkeypatch)

    new = open_way(lavka(**changed))

    assert new is not old
    assert (closed, open_way(lavka(**changed))) == ([old], new)


def test_a_process_that_was_forked_opens_lines_of_its_own(monkeypatch):
    parents = open_way(lavka())
    closed = closings(parents, monkeypatch)
    monkeypatch.setattr(os, "getpid", lambda: -1)

    childs = open_way(lavka())

    assert childs is not parents
    assert closed == []  # they are the parent's: saying good-bye on them would end its conversation


def test_two_threads_share_no_way():
    ours = open_way(lavka())

    with ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(open_way, lavka()).result()

    assert theirs is not ours


def test_a_way_that_was_dropped_is_closed_and_opened_anew(monkeypatch):
    old = open_way(lavka())
    closed = closings(old, monkeypatch)

    drop_way(1)
    drop_way(1)

    assert closed == [old]
    assert open_way(lavka()) is not old
