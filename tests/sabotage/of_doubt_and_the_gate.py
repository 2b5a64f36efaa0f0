"""Sabotages of what decides about unclear messages, replays, the gate and the limits."""

from tests.sabotage.patches import Sabotage

UNKNOWN, REPLAY, STATES = "messaging/actions/unknown.py", "messaging/actions/replay.py", "messaging/states.py"
JUDGING, PER_PERSON, QUIET = "messaging/gate/judging.py", "messaging/gate/limits.py", "messaging/gate/quiet.py"
MATTERS = "messaging/gate/open_matters.py"
QUOTAS, TURNS, BREAKER = "messaging/actions/quotas.py", "messaging/actions/turns.py", "messaging/actions/breaker.py"

DOUBT, LOCKS = "messaging/test_unknown.py::", "messaging/test_locks.py::"
AFTER_ALL, GATE = "messaging/test_replay.py::", "messaging/test_gate.py::"
FULL, LIMITS, NIGHT = "messaging/test_quotas.py::", "messaging/test_limits.py::", "messaging/test_quiet_hours.py::"

UNCLEAR = [
    Sabotage(
        "what a dead worker was handing over is simply ready again",
        UNKNOWN,
        "State.UNKNOWN, reason=LOST_WORKER",
        "State.READY, reason=LOST_WORKER",
        (DOUBT + "test_a_row_found_sending_after_its_term_is_unknown_with_the_reason",),
    ),
    Sabotage(
        "a hand-over that still has time is called lost",
        UNKNOWN,
        ".filter(state=State.SENDING, lease_until__lt=now)",
        ".filter(state=State.SENDING)",
        (DOUBT + "test_a_row_found_sending_after_its_term_is_unknown_with_the_reason",),
    ),
    Sabotage(
        "the resolver waits for rows that somebody is moving",
        UNKNOWN,
        'select_for_update(skip_locked=True, of=("self",))',
        'select_for_update(of=("self",))',
        (LOCKS + "test_an_unclear_letter_that_somebody_is_moving_is_passed_by",),
    ),
    Sabotage(
        "the resolver waits for a lost letter that somebody is moving",
        UNKNOWN,
        "lost = Message.objects.select_for_update(skip_locked=True)",
        "lost = Message.objects.select_for_update()",
        (LOCKS + "test_a_lost_letter_that_somebody_is_moving_is_passed_by",),
    ),
    Sabotage(
        "an order update is sent once more, and once more, and once more",
        UNKNOWN,
        "_resends(m) and m.resent_at is None and",
        "_resends(m) and",
        (DOUBT + "test_it_is_sent_once_more_and_not_twice_more",),
    ),
    Sabotage(
        "an ask is sent once more without a person",
        UNKNOWN,
        "return due and _resends(m) and",
        "return due and",
        (DOUBT + "test_an_ask_is_left_to_a_person",),
    ),
    Sabotage(
        "what is too late is sent once more",
        UNKNOWN,
        "m.resent_at is None and not _is_late(m, now)",
        "m.resent_at is None",
        (DOUBT + "test_what_is_too_late_is_neither_freed_by_the_rule_nor_by_the_log_nor_by_the_key",),
    ),
    Sabotage(
        "a letter that was handed over again while it was looked at is freed",
        UNKNOWN,
        " if seen[pk] == lease}",
        "}",
        (DOUBT + "test_what_was_handed_over_again_while_it_was_looked_at_is_not_freed",),
    ),
    Sabotage(
        "the same key is used after the provider forgot it",
        UNKNOWN,
        "return now - m.handed_off_at < memory / 2 and",
        "return now - m.handed_off_at < memory * 2 and",
        (DOUBT + "test_what_the_provider_may_have_forgotten_is_left_to_the_purpose",),
    ),
    Sabotage(
        "what may be two of is not marked",
        UNKNOWN,
        '"resent_at": Coalesce("resent_at", Value(now))}',
        '"resent_at": F("resent_at")}',
        (DOUBT + "test_a_refusal_before_the_silence_does_not_use_up_the_repetition",),
    ),
    Sabotage(
        "news are written without a lock",
        UNKNOWN,
        "for m in Message.objects.select_for_update()\n            .filter",
        "for m in Message.objects\n            .filter",
        (LOCKS + "test_nobody_else_moves_a_letter_while_its_news_are_weighed",),
    ),
    Sabotage(
        "news wait for the post as long as it takes",
        UNKNOWN,
        "SET LOCAL lock_timeout = '500ms'",
        "SET LOCAL lock_timeout = 0",
        (LOCKS + "test_news_of_a_letter_that_stays_locked_are_tried_again_after_half_a_second",),
    ),
    Sabotage(
        "the nearest state that news prove is taken, not the furthest",
        STATES,
        "return onward[-1] if onward else state",
        "return onward[0] if onward else state",
        ("messaging/test_states.py::test_the_furthest_state_is_chosen_and_none_is_made_up",),
    ),
    Sabotage(
        "a move asks for no state to come from",
        STATES,
        "messages.filter(state__in=before(to)).update(",
        "messages.update(",
        ("messaging/test_states.py::test_a_move_happens_if_it_stands_in_the_table_and_only_then",),
    ),
]

REPLAYED = [
    Sabotage(
        "what left is replayed",
        REPLAY,
        "    if m.state in states.LEFT:\n        return Reason(IT_LEFT)\n",
        "    if m.state in states.LEFT:\n        return None\n",
        (AFTER_ALL + "test_what_left_or_is_on_its_way_or_was_cancelled_is_never_replayed",),
    ),
    Sabotage(
        "what the provider spoke of is replayed",
        REPLAY,
        "if m.pk in arrived or m.delivered_at",
        "if m.delivered_at",
        (AFTER_ALL + "test_what_the_provider_spoke_of_is_not_replayed_even_if_a_person_allows_two",),
    ),
    Sabotage(
        "a second click replays a second time",
        REPLAY,
        'if rehearsal.options.get("replayed_by"):',
        'if rehearsal.options.get("replayed"):',
        (AFTER_ALL + "test_a_second_click_is_the_same_replay",),
    ),
    Sabotage(
        "a rehearsal is good for ever",
        REPLAY,
        "if now - rehearsal.created_at > VALID_FOR:",
        "if now - rehearsal.created_at > 1000 * VALID_FOR:",
        (AFTER_ALL + "test_an_old_rehearsal_is_refused",),
    ),
    Sabotage(
        "two workers do the same replay",
        REPLAY,
        "unfinished.select_for_update(skip_locked=True).order_by",
        "unfinished.order_by",
        (AFTER_ALL + "test_a_job_that_another_worker_holds_is_left_alone",),
    ),
    Sabotage(
        "letters change while a replay judges them",
        REPLAY,
        'rows.select_for_update(of=("self",))[:BATCH]',
        "rows[:BATCH]",
        (LOCKS + "test_a_replay_holds_its_letters_while_it_judges_them",),
    ),
    Sabotage(
        "a copy of a copy is a new letter each time",
        REPLAY,
        "if any(m.state in (State.READY, State.SENDING, State.UNKNOWN) for m in copies.values()):",
        "if not copies and False:",
        (AFTER_ALL + "test_a_second_click_makes_no_second_copy",),
    ),
]

JUDGED = [
    Sabotage(
        "a letter is in time in the very second in which it is too late",
        JUDGING,
        "if m.expires_at and now >= m.expires_at:",
        "if m.expires_at and now > m.expires_at:",
        (GATE + "test_what_is_too_late_is_not_sent_from_the_very_second",),
    ),
    Sabotage(
        "a suppressed address gets mail",
        JUDGING,
        "if (m.address, m.channel) in suppressed:",
        "if m.address in suppressed:",
        (GATE + "test_an_address_that_bounced_gets_nothing_by_mail",),
    ),
    Sabotage(
        "nobody asks what the customer said",
        JUDGING,
        "or _refused(objection(said, m.address, m.channel, purpose, m.country))\n",
        "\n",
        (GATE + "test_advertising_needs_a_yes_said_before",),
    ),
    Sabotage(
        "an angry customer is asked",
        MATTERS,
        "closed_at__isnull=True)",
        "closed_at__isnull=False)",
        (GATE + "test_an_ask_waits_while_something_is_not_settled_and_goes_when_it_is",),
    ),
    Sabotage(
        "what waits is looked at after it is of no use",
        JUDGING,
        "m.expires_at < decision.until:",
        "m.expires_at > decision.until:",
        (GATE + "test_what_is_held_is_too_late_at_its_own_time_and_not_at_the_next_look",),
    ),
    Sabotage(
        "a limit lets one more through",
        PER_PERSON,
        "if len(theirs) >= limit.most:",
        "if len(theirs) > limit.most:",
        (LIMITS + "test_the_second_ask_of_a_week_waits_and_goes_a_week_after_the_first",),
    ),
    Sabotage(
        "an overnight window ends in the evening in which it begins",
        QUIET,
        "last = first + DAY if window.is_overnight else first",
        "last = first",
        (NIGHT + "test_an_overnight_window_holds_from_its_evening_until_the_next_morning",),
    ),
]

COUNTED = [
    Sabotage(
        "the reserve and the rest are mixed up",
        QUOTAS,
        "self.most - self.most * self.reserve_percent // 100",
        "self.most * self.reserve_percent // 100",
        (FULL + "test_the_reserve_is_kept_for_order_updates",),
    ),
    Sabotage(
        "a batch may take one more than the limit",
        QUOTAS,
        "if used[x.key] + taken[x.key] >= x.most_for(m.lane)]",
        "if used[x.key] + taken[x.key] > x.most_for(m.lane)]",
        (FULL + "test_a_part_of_a_batch_is_taken_when_only_a_part_fits",),
    ),
    Sabotage(
        "quotas are read without a lock",
        QUOTAS,
        '\' ON CONFLICT (sender_id, "group", "window") DO UPDATE SET used = q.used\'\n',
        '\' ON CONFLICT (sender_id, "group", "window") DO NOTHING\'\n',
        (FULL + "test_two_workers_who_take_the_last_quota_at_once_never_overdraw_it",),
    ),
    Sabotage(
        "the same letter gives its quota back twice",
        QUOTAS,
        "        m.taken_from = []\n    if not back:",
        "    if not back:",
        (FULL + "test_what_did_not_leave_is_given_back_once_and_opens_the_sender",),
    ),
    Sabotage(
        "the warm-up may grow without a look at yesterday",
        QUOTAS,
        "return min(ramp[day], max(ramp[0], 2 * left))",
        "return ramp[day]",
        (FULL + "test_the_plan_says_how_much_may_leave_and_never_more_than_twice_yesterday",),
    ),
    Sabotage(
        "two workers give one person two turns",
        TURNS,
        "    with transaction.atomic():\n        turns = _lock(people)\n        before",
        "    if True:\n        turns = _lock(people)\n        before",
        (LIMITS + "test_nobody_else_takes_a_turn_of_a_person_while_theirs_are_counted",),
    ),
    Sabotage(
        "many workers try the way of a sender in trouble at once",
        BREAKER,
        "if Sender.objects.filter(half_open, pk=pk).update(probed_at=now)",
        "if Sender.objects.filter(pk=pk).update(probed_at=now)",
        ("messaging/test_breaker.py::test_of_many_workers_one_gets_the_try",),
    ),
    Sabotage(
        "one success opens a way that is closed for now",
        BREAKER,
        'if state_of(sender, now) == "open":\n            return  # a letter',
        'if state_of(sender, now) == "never":\n            return  # a letter',
        ("messaging/test_breaker.py::test_a_letter_that_was_on_its_way_when_it_opened_does_not_close_it",),
    ),
]

SABOTAGES = [*UNCLEAR, *REPLAYED, *JUDGED, *COUNTED]
