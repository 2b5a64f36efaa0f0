"""Sabotages of the inbox, the outbox, the notes of begun work, and the pen that records facts."""

from tests.sabotage.patches import Sabotage

INBOX, OUTBOX, UNDERWAY = "events/inbox.py", "events/outbox.py", "events/underway.py"
FACTS, SOURCES, ROWS = "events/facts.py", "events/sources.py", "shelf/rows.py"

DOOR, READ = "events/test_door.py::", "events/test_inbox.py::"
ANSWER, BEGUN = "events/test_outbox.py::", "events/test_underway.py::"
LOCKS, WAKING = "events/test_locks.py::", "events/test_waking.py::"

RECEIPTS = [
    Sabotage(
        "a repeated delivery is an error",
        INBOX,
        '" ON CONFLICT (connection_id, key) DO NOTHING",\n            [connection.pk',
        '"",\n            [connection.pk',
        (DOOR + "test_five_deliveries_of_the_same_order_make_one_order_and_one_mail",),
    ),
    Sabotage(
        "the reader waits for receipts that another reads",
        INBOX,
        'select_for_update(skip_locked=True, of=("self",))',
        'select_for_update(of=("self",))',
        (LOCKS + "test_a_receipt_that_another_worker_holds_is_passed_by",),
    ),
    Sabotage(
        "the reader locks nothing",
        INBOX,
        '        .select_for_update(skip_locked=True, of=("self",))\n',
        "",
        (LOCKS + "test_a_receipt_that_another_worker_holds_is_passed_by",),
    ),
    Sabotage(
        "the reader takes what another has begun",
        INBOX,
        'new = due.exclude(pk__in=underway.rows_of("receipts"))',
        "new = due",
        (BEGUN + "test_what_a_living_worker_has_begun_is_not_taken_twice",),
    ),
    Sabotage(
        "the effects of a receipt that failed stay",
        INBOX,
        "with at_most(len(seen)), transaction.atomic():",
        "with at_most(len(seen)):",
        (READ + "test_one_culprit_among_twenty_does_not_hold_up_the_others",),
    ),
    Sabotage(
        "one culprit spoils the batch",
        INBOX,
        "        if len(seen) > 1:\n",
        "        if len(seen) > 1000:\n",
        (READ + "test_one_culprit_among_twenty_does_not_hold_up_the_others",),
    ),
    Sabotage(
        "half of the batch is forgotten when it is halved",
        INBOX,
        "return _store(source, seen[:middle], now) + _store(source, seen[middle:], now)",
        "return _store(source, seen[:middle], now)",
        (READ + "test_one_culprit_among_twenty_does_not_hold_up_the_others",),
    ),
    Sabotage(
        "a receipt is tried for ever",
        INBOX,
        "if receipt.attempts + 1 >= GIVE_UP_AFTER:",
        "if receipt.attempts + 1 >= 1000 * GIVE_UP_AFTER:",
        (READ + "test_the_culprit_is_tried_six_times_with_growing_waits_and_then_given_up",),
    ),
    Sabotage(
        "the tries of a receipt are not counted",
        INBOX,
        "attempts = r.attempts + 1,",
        "attempts = r.attempts,",
        (READ + "test_the_culprit_is_tried_six_times_with_growing_waits_and_then_given_up",),
    ),
    Sabotage(
        "what failed before is read together with what is new",
        INBOX,
        "    if due and due[0][1]:\n",
        "    if not due:\n",
        (BEGUN + "test_what_failed_before_is_read_apart_from_what_is_new",),
    ),
    Sabotage(
        "a parcel that never comes is looked for for ever",
        INBOX,
        "state=Receipt.State.PARKED, attempts__lte=2,",
        "state=Receipt.State.PARKED,",
        (READ + "test_a_parcel_that_never_comes_is_not_looked_for_for_ever",),
    ),
    Sabotage(
        "a worker is woken before the receipt is committed",
        INBOX,
        '    if new:\n        transaction.on_commit(lambda: nudges.nudge("receipts"), robust=True)',
        '    if new:\n        nudges.nudge("receipts")',
        (WAKING + "test_a_worker_is_woken_when_the_receipt_is_committed_and_not_before",),
    ),
    Sabotage(
        "what a receipt waits for is lost",
        SOURCES,
        "self.waits_for = waits_for",
        'self.waits_for = ""',
        (READ + "test_what_waits_for_something_is_freed_when_that_appears",),
    ),
]

EVENTS = [
    Sabotage(
        "the answering worker locks nothing",
        OUTBOX,
        'Event.objects.filter(handled_at__isnull=True).select_for_update(skip_locked=True).order_by("id")',
        'Event.objects.filter(handled_at__isnull=True).order_by("id")',
        (LOCKS + "test_an_event_that_another_worker_holds_is_passed_by",),
    ),
    Sabotage(
        "the answering worker waits for another",
        OUTBOX,
        'Event.objects.filter(handled_at__isnull=True).select_for_update(skip_locked=True).order_by("id")',
        'Event.objects.filter(handled_at__isnull=True).select_for_update().order_by("id")',
        (LOCKS + "test_an_event_that_another_worker_holds_is_passed_by",),
    ),
    Sabotage(
        "a batch that was begun is begun again",
        OUTBOX,
        'waiting.exclude(pk__in=underway.rows_of("events")).values_list("pk", flat=True)',
        'waiting.values_list("pk", flat=True)',
        (LOCKS + "test_events_that_another_worker_has_begun_are_not_begun_again",),
    ),
    Sabotage(
        "an answered event stays waiting",
        OUTBOX,
        "update(handled_at=now)",
        "update(handled_at=None)",
        (ANSWER + "test_one_event_that_cannot_be_answered_leaves_the_other_nine_answered_once",),
    ),
    Sabotage(
        "the effects of a reaction that failed stay",
        OUTBOX,
        "with at_most(len(events)), transaction.atomic():",
        "with at_most(len(events)):",
        (ANSWER + "test_one_event_that_cannot_be_answered_leaves_the_other_nine_answered_once",),
    ),
    Sabotage(
        "a reaction that failed is owed nothing",
        OUTBOX,
        "        OwedReaction.objects.create(\n            event=events[0],",
        "        OwedReaction(\n            event=events[0],",
        (ANSWER + "test_one_event_that_cannot_be_answered_leaves_the_other_nine_answered_once",),
    ),
    Sabotage(
        "the second half of a halved batch is answered twice",
        OUTBOX,
        "            _answer(reaction, events[middle:], now)\n",
        "            _answer(reaction, events[middle:], now)\n            _answer(reaction, events[middle:], now)\n",
        (ANSWER + "test_one_event_that_cannot_be_answered_leaves_the_other_nine_answered_once",),
    ),
    Sabotage(
        "an owed reaction that fails again leaves half of its effects",
        OUTBOX,
        "with at_most(rows=1), transaction.atomic():",
        "with at_most(rows=1):",
        (ANSWER + "test_an_owed_reaction_that_fails_again_leaves_no_effect",),
    ),
    Sabotage(
        "an owed reaction is tried for ever",
        OUTBOX,
        "if owed.attempts >= PARK_AFTER:",
        "if owed.attempts >= 1000 * PARK_AFTER:",
        (ANSWER + "test_a_reaction_owed_is_tried_six_times_and_then_waits_for_a_person",),
    ),
    Sabotage(
        "an owed reaction is tried again without a wait",
        OUTBOX,
        "owed.next_at = now + timedelta(seconds=wait)",
        "owed.next_at = now",
        (ANSWER + "test_a_reaction_owed_is_tried_six_times_and_then_waits_for_a_person",),
    ),
    Sabotage(
        "a paid reaction stays owed",
        OUTBOX,
        "    else:\n        owed.delete()",
        "    else:\n        owed.save()",
        (ANSWER + "test_a_parked_reaction_is_paid_after_a_replay",),
    ),
    Sabotage(
        "the payer waits for another who pays",
        OUTBOX,
        'select_for_update(skip_locked=True, of=("self",))',
        'select_for_update(of=("self",))',
        (LOCKS + "test_an_owed_reaction_that_another_worker_holds_is_passed_by",),
    ),
]

NOTES = [
    Sabotage(
        "the work is not done in one transaction",
        UNDERWAY,
        "with _at_work(piece), transaction.atomic():",
        "with _at_work(piece):",
        (ANSWER + "test_a_worker_killed_between_effect_and_commit_leaves_nothing_and_loses_nothing",),
    ),
    Sabotage(
        "who was taken for dead goes on working",
        UNDERWAY,
        "filter(pk=piece.pk, begun_at=piece.begun_at)\n    return",
        "filter(pk=piece.pk)\n    return",
        (BEGUN + "test_who_was_taken_for_dead_does_not_work_on_what_another_took_over",),
    ),
    Sabotage(
        "a note is taken over before its worker had time to lock it",
        UNDERWAY,
        "GRACE = timedelta(seconds=1)",
        "GRACE = timedelta(seconds=0)",
        (BEGUN + "test_a_note_is_left_to_its_worker_for_a_second_and_a_suspect_for_ten",),
    ),
    Sabotage(
        "a suspect waits no longer than others",
        UNDERWAY,
        "SUSPECT = timedelta(seconds=10)",
        "SUSPECT = timedelta(seconds=1)",
        (BEGUN + "test_a_note_is_left_to_its_worker_for_a_second_and_a_suspect_for_ten",),
    ),
    Sabotage(
        "one death is enough to give a row up",
        UNDERWAY,
        "return piece.tries > TRIES",
        "return piece.tries >= TRIES",
        (BEGUN + "test_a_receipt_that_kills_its_readers_is_given_up_and_holds_up_nobody",),
    ),
    Sabotage(
        "a deadly row takes worker after worker",
        UNDERWAY,
        "return piece.tries > TRIES",
        "return piece.tries > 1000 * TRIES",
        (BEGUN + "test_a_receipt_that_kills_its_readers_is_given_up_and_holds_up_nobody",),
    ),
    Sabotage(
        "what a dead worker left is taken up as a whole",
        UNDERWAY,
        "if len(left.ids) > 1 and left.tries:",
        "if len(left.ids) > 1000 and left.tries:",
        (BEGUN + "test_what_a_dead_worker_had_begun_is_read_by_the_next",),
    ),
    Sabotage(
        "a database that restarts makes its rows culprits",
        UNDERWAY,
        "tries=piece.tries - 1,",
        "tries=piece.tries,",
        (BEGUN + "test_a_database_that_restarts_again_and_again_makes_no_receipt_a_culprit",),
    ),
    Sabotage(
        "the note of finished work stays",
        UNDERWAY,
        "                Underway.objects.filter(pk=piece.pk).delete()\n",
        "",
        (BEGUN + "test_what_a_dead_worker_had_begun_is_read_by_the_next",),
    ),
]

PEN = [
    Sabotage(
        "a fact is recorded outside of a transaction",
        FACTS,
        "if not connection.in_atomic_block:",
        "if connection.in_atomic_block is None:",
        (ANSWER + "test_a_fact_cannot_be_recorded_outside_a_transaction",),
    ),
    Sabotage(
        "a fact loses its key",
        FACTS,
        "key=r.key,",
        "key=None,",
        (ANSWER + "test_the_same_key_is_recorded_once_and_other_facts_beside_it",),
    ),
    Sabotage(
        "history is answered like news",
        FACTS,
        "handled_at=now if r.quiet else None,",
        "handled_at=None,",
        (ANSWER + "test_a_quiet_fact_is_history_that_nobody_answers",),
    ),
    Sabotage(
        "a worker is woken before the fact is committed",
        FACTS,
        'transaction.on_commit(lambda: nudges.nudge("events"), robust=True)',
        'nudges.nudge("events")',
        (WAKING + "test_a_worker_is_woken_when_the_fact_is_committed_and_not_before",),
    ),
    Sabotage(
        "a row that is there already is an error",
        ROWS,
        '"ON CONFLICT DO NOTHING"',
        '""',
        (ANSWER + "test_the_same_key_is_recorded_once_and_other_facts_beside_it",),
    ),
]

SABOTAGES = [*RECEIPTS, *EVENTS, *NOTES, *PEN]
