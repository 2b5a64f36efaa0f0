"""Sabotages of what claims, marks, hands over and settles a message."""

from tests.sabotage.patches import Sabotage

CLAIMING, SENDING = "messaging/actions/claiming.py", "messaging/actions/sending.py"
SETTLING, WAYS = "messaging/actions/settling.py", "messaging/actions/open_ways.py"
SMTP = "messaging/channels/smtp.py"

LEASES, LOCKS = "messaging/test_leases.py::", "messaging/test_locks.py::"
SEND, FENCES = "messaging/test_sending.py::", "messaging/test_fences.py::"
LINES, OPEN = "messaging/test_smtp_way.py::", "messaging/test_open_ways.py::"
PAUSES, LIMITS = "messaging/test_pauses.py::", "messaging/test_limits.py::"
ROUNDS, BREAKER = "messaging/test_interrupted_rounds.py::", "messaging/test_breaker.py::"

CLAIM = [
    Sabotage(
        "the claim waits for rows that another worker holds",
        CLAIMING,
        "FOR UPDATE SKIP LOCKED) q",
        "FOR UPDATE) q",
        (LOCKS + "test_a_letter_that_another_worker_is_taking_is_passed_by",),
    ),
    Sabotage(
        "the claim locks nothing",
        CLAIMING,
        "FOR UPDATE SKIP LOCKED) q",
        ") q",
        (LOCKS + "test_a_letter_that_another_worker_is_taking_is_passed_by",),
    ),
    Sabotage(
        "a lease raises no number",
        CLAIMING,
        "SET lease = m.lease + 1,",
        "SET lease = m.lease,",
        (FENCES + "test_every_lease_has_a_number_of_its_own",),
    ),
    Sabotage(
        "a lease that runs is taken by the next worker",
        CLAIMING,
        "AND (m.lease_until IS NULL OR m.lease_until < %(now)s)",
        "",
        (SEND + "test_a_lease_that_runs_is_not_taken_by_another_worker_and_one_that_ended_is",),
    ),
    Sabotage(
        "a letter is claimed before its time",
        CLAIMING,
        "AND m.send_after <= %(now)s",
        "",
        (SEND + "test_a_message_is_not_sent_before_its_time_nor_by_a_paused_stream",),
    ),
    Sabotage(
        "the oldest goes first, whatever its lane",
        CLAIMING,
        "ORDER BY q.lane, q.send_after, q.id",
        "ORDER BY q.send_after, q.id",
        (SEND + "test_order_updates_overtake_asks_whatever_their_time",),
    ),
    Sabotage(
        "the claim takes from a paused stream",
        CLAIMING,
        "ON s.id = p.stream_id AND s.paused_at IS NULL",
        "ON s.id = p.stream_id",
        (FENCES + "test_what_is_paused_is_not_even_claimed",),
    ),
    Sabotage(
        "the claim does not look at the switch for everything",
        CLAIMING,
        "slug = %(everything)s AND paused_at IS NOT NULL)\n  ORDER",
        "slug = '' AND paused_at IS NOT NULL)\n  ORDER",
        (FENCES + "test_what_is_paused_is_not_even_claimed",),
    ),
    Sabotage(
        "a busy sender's letters are taken too",
        CLAIMING,
        "AND w.id <> ALL(%(busy)s)",
        "",
        (FENCES + "test_a_busy_sender_is_passed_by",),
    ),
    Sabotage(
        "nobody counts the workers that died over a letter",
        CLAIMING,
        "(m.lease_until IS NOT NULL)::int",
        "0",
        (LEASES + "test_a_message_that_ends_its_worker_is_given_up_and_its_neighbours_leave",),
    ),
    Sabotage(
        "a sender in trouble tries its way with every letter",
        CLAIMING,
        "            tried.add(m.sender_id)",
        "            pass",
        (FENCES + "test_of_a_sender_in_trouble_one_letter_tries_the_way_whichever_pile_it_lies_in",),
    ),
    Sabotage(
        "one letter that the gate stumbles over holds up the batch",
        CLAIMING,
        "return judge(messages[:middle], now) + judge(messages[middle:], now)",
        "raise",
        (FENCES + "test_one_letter_that_the_gate_stumbles_over_holds_up_no_other",),
    ),
    Sabotage(
        "the turn of a worker that died is never given back",
        CLAIMING,
        'turns.give_back([m for m in messages if m.lost_leases and decisions[m.pk].verdict != "send"])',
        "pass",
        (LIMITS + "test_an_ask_whose_worker_died_and_that_is_too_late_now_gives_its_turn_back",),
    ),
    Sabotage(
        "what another worker outran keeps its quota",
        CLAIMING,
        "        quotas.give_back([m for m in leaving if m.pk in late], now)",
        "        pass",
        (FENCES + "test_a_letter_that_gets_no_turn_gives_its_quota_back",),
    ),
]

NOTE = [
    Sabotage(
        "the note marks a letter whose lease another worker took",
        SENDING,
        "AND m.lease = letter.lease AND m.state = 'ready'",
        "AND m.state = 'ready'",
        (FENCES + "test_a_lease_that_another_worker_took_marks_nothing",),
    ),
    Sabotage(
        "the note marks a letter whose lease ran out",
        SENDING,
        "AND m.lease_until > %(now)s\n",
        "\n",
        (FENCES + "test_a_lease_that_ran_out_marks_nothing",),
    ),
    Sabotage(
        "the note marks a letter of a stream that was paused meanwhile",
        SENDING,
        "AND s.id = m.stream_id AND s.paused_at IS NULL",
        "AND s.id = m.stream_id",
        (FENCES + "test_a_stream_that_is_paused_after_the_claim_keeps_its_letter_at_home",),
    ),
    Sabotage(
        "the note does not look at the switch for everything",
        SENDING,
        "slug = %(everything)s AND paused_at IS NOT NULL)\n  RETURNING",
        "slug = '' AND paused_at IS NOT NULL)\n  RETURNING",
        (PAUSES + "test_a_letter_that_was_claimed_before_the_pause_stays_at_home",),
    ),
    Sabotage(
        "a late answer settles a letter that another worker has in hand",
        SENDING,
        "WHERE m.id = v.id AND m.lease = v.lease AND m.state IN",
        "WHERE m.id = v.id AND m.state IN",
        (FENCES + "test_a_late_answer_does_not_settle_a_letter_that_another_worker_has_in_hand",),
    ),
    Sabotage(
        "the server's answer takes a delivered letter back to sent",
        SENDING,
        "m.state IN ('sending', 'unknown', 'ready')",
        "m.state IN ('sending', 'unknown', 'ready', 'delivered')",
        (FENCES + "test_an_answer_that_comes_after_the_news_of_arrival_moves_nothing_back",),
    ),
    Sabotage(
        "a hand-over is not counted as an attempt",
        SENDING,
        "attempts = m.attempts + 1, version_id",
        "attempts = m.attempts, version_id",
        (LEASES + "test_a_worker_whose_lease_another_took_hands_nothing_over",),
    ),
    Sabotage(
        "a letter is handed over before its row says so",
        SENDING,
        "        if taken or ready:\n",
        "        for letter in ready:\n            way.hand_over(letter)\n        if taken or ready:\n",
        (LEASES + "test_a_worker_that_died_during_a_hand_over_leaves_one_unknown_and_its_neighbours_leave",),
    ),
    Sabotage(
        "what could not be marked is handed over all the same",
        SENDING,
        "            if letter.message.pk in started:\n                way.hand_over",
        "            if letter:\n                way.hand_over",
        (PAUSES + "test_a_letter_that_was_claimed_before_the_pause_stays_at_home",),
    ),
    Sabotage(
        "what could not be marked keeps its quota",
        SENDING,
        "                way.put_back(letter)\n                quotas.give_back([letter.message], now)",
        "                way.put_back(letter)",
        (FENCES + "test_a_letter_that_stays_at_home_gives_its_quota_back",),
    ),
    Sabotage(
        "after a database that went away the lines wait for ever",
        SENDING,
        "                drop_way(pk)\n            raise",
        "                pass\n            raise",
        (ROUNDS + "test_after_a_database_that_went_away_the_next_round_sends_what_was_left",),
    ),
    Sabotage(
        "a letter meets one broken line after the other",
        SENDING,
        "if letter.tries < BROKEN_LINES:",
        "if letter.tries < 1000 * BROKEN_LINES:",
        (FENCES + "test_a_letter_before_which_three_lines_broke_waits_its_turn_again",),
    ),
]

SETTLE = [
    Sabotage(
        "who lost the lease may still say what became of a letter",
        SETTLING,
        ".filter(pk=m.pk, lease=m.lease, state__in=was)",
        ".filter(pk=m.pk, state__in=was)",
        (FENCES + "test_who_lost_the_lease_says_nothing_of_the_letter",),
    ),
    Sabotage(
        "who holds the lease moves a letter from any state",
        SETTLING,
        ".filter(pk=m.pk, lease=m.lease, state__in=was)",
        ".filter(pk=m.pk, lease=m.lease)",
        (FENCES + "test_who_holds_the_lease_moves_nothing_that_went_on_meanwhile",),
    ),
    Sabotage(
        "what stays at home is written down without the lease",
        SETTLING,
        "AND m.lease = v.lease AND m.state = 'ready'",
        "AND m.state = 'ready'",
        (FENCES + "test_who_lost_the_lease_keeps_no_letter_at_home",),
    ),
    Sabotage(
        "what stays at home is written down over any state",
        SETTLING,
        "AND m.lease = v.lease AND m.state = 'ready'",
        "AND m.lease = v.lease",
        (FENCES + "test_what_left_meanwhile_is_not_kept_at_home",),
    ),
    Sabotage(
        "the waits double without an end",
        SETTLING,
        "step = BACK_OFF[min(max(attempts - 1, 0), len(BACK_OFF) - 1)]",
        "step = BACK_OFF[0] * 5 ** max(attempts - 1, 0)",
        (FENCES + "test_the_wait_grows_to_twelve_hours_and_no_further",),
    ),
    Sabotage(
        "what failed together comes back together",
        SETTLING,
        "step * random.uniform(0.5, 1) *",
        "step *",
        (FENCES + "test_what_failed_together_does_not_come_back_together",),
    ),
    Sabotage(
        "a letter is tried for ever",
        SETTLING,
        "if m.attempts >= len(BACK_OFF) and",
        "if m.attempts >= 1000 * len(BACK_OFF) and",
        (SEND + "test_not_now_is_tried_again_with_growing_waits_and_then_given_up",),
    ),
    Sabotage(
        "a letter cut off in the middle is simply sent again",
        SETTLING,
        "move(m, Message.State.UNKNOWN, was=was, reason=reason)",
        "move(m, Message.State.READY, was=was, reason=reason, lease_until=None)",
        (SEND + "test_a_server_that_hangs_up_leaves_one_unknown_and_the_rest_of_the_batch_is_sent",),
    ),
    Sabotage(
        "a provider that is away costs an attempt",
        SETTLING,
        "send_after = coalesce(v.send_after, m.send_after),",
        "send_after = coalesce(v.send_after, m.send_after), attempts = m.attempts + 1,",
        (SEND + "test_a_server_that_is_away_costs_no_attempt",),
    ),
]

LINE = [
    Sabotage(
        "a body is sent to a recipient who was refused",
        SMTP,
        "if code == 354 and self.error is None:",
        "if code == 354:",
        (LINES + "test_a_refused_recipient_leaves_nothing_in_doubt_and_its_neighbours_leave",),
    ),
    Sabotage(
        "a line that breaks after the body calls the letter not sent",
        SMTP,
        "if refused else Silent(why)))",
        "if refused else Later(why)))",
        (LINES + "test_a_line_that_breaks_after_the_body_leaves_that_letter_alone_in_doubt",),
    ),
    Sabotage(
        "421 after the body is taken for silence",
        SMTP,
        ", answered=what)",
        ")",
        (LINES + "test_421_is_an_answer_no_letter_is_in_doubt",),
    ),
    Sabotage(
        "a postponed body counts as taken",
        SMTP,
        "    if code < 400:\n        return Taken",
        "    if code < 500:\n        return Taken",
        (LINES + "test_a_refused_body_is_final_and_a_postponed_one_is_not",),
    ),
    Sabotage(
        "the server is left waiting for the body of a letter that was put back",
        SMTP,
        "        self.next = None\n        self.hang_up()",
        "        self.next = None",
        (LINES + "test_a_letter_that_is_put_back_leaves_no_line_on_which_its_body_is_awaited",),
    ),
    Sabotage(
        "a letter whose line broke is handed to nobody and called handed over",
        SMTP,
        "if line.next is not letter:",
        "if not letter:",
        (LINES + "test_a_letter_whose_line_broke_while_it_was_noted_is_tried_later",),
    ),
    Sabotage(
        "a server that hangs is waited for without an end",
        SMTP,
        "if line.deadline and now > line.deadline:",
        "if line.deadline and now > line.deadline + 3600:",
        (LINES + "test_a_server_that_hangs_is_left_when_its_time_is_over",),
    ),
    Sabotage(
        "an answer without an end fills the memory",
        SMTP,
        "if len(self.heard) > LONGEST_REPLY:",
        "if len(self.heard) > 1000 * LONGEST_REPLY:",
        (LINES + "test_an_answer_without_an_end_does_not_fill_the_memory",),
    ),
    Sabotage(
        "commands are pipelined to a server that does not know it",
        SMTP,
        "while self.script and (self.pipelining or not self.expected):",
        "while self.script:",
        (LINES + "test_where_it_does_not_every_command_waits_for_its_answer",),
    ),
    Sabotage(
        "a process uses the lines of its parent",
        WAYS,
        "    if _ways.pid != os.getpid():",
        "    if not _ways.pid:",
        (OPEN + "test_a_process_that_was_forked_opens_lines_of_its_own",),
    ),
    Sabotage(
        "two threads talk on one line",
        WAYS,
        "class _Ways(threading.local):",
        "class _Ways:",
        (OPEN + "test_two_threads_share_no_way",),
    ),
    Sabotage(
        "a sender's old way is kept after its address changed",
        WAYS,
        "if known and known[0] == wanted:",
        "if known:",
        (OPEN + "test_a_sender_whose_address_changed_gets_a_new_way_and_the_old_one_is_closed",),
    ),
]

SABOTAGES = [*CLAIM, *NOTE, *SETTLE, *LINE]
