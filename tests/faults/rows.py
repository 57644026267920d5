"""The fault table: what can go wrong, which tests inject it, and what is not injected here and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One row. `tests` are pytest ids without parameters; `left_out` says what no test here does, and why."""

    what: str
    tests: tuple[str, ...] = ()
    left_out: str = ""


def _of(module: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{module}.py::test_{name}" for name in names)


ROWS: dict[int, Row] = {
    1: Row(
        "kill -9 at random moments",
        _of("faults/test_kills", "after_kills_at_random_moments_no_part_is_out_twice_and_none_is_lost"),
    ),
    2: Row(
        "kill at every named place",
        _of("faults/test_failpoints", "killed_at_every_named_place_each_part_is_out_once")
        + _of("delivery/test_crashes", "stopped_at_any_point_nothing_goes_out_twice"),
    ),
    3: Row(
        "SIGTERM, and twice",
        _of(
            "faults/test_stops",
            "asked_to_end_it_finishes_what_is_being_sent_and_begins_nothing_more",
            "asked_twice_to_end_it_goes_at_once_and_the_next_start_looks",
        ),
    ),
    4: Row(
        "power loss: the unsecured end of the log is cut or garbled",
        _of(
            "store/test_power_loss",
            "what_was_committed_before_the_power_failed_is_there_and_the_file_is_whole",
        ),
        "no real power was cut",
    ),
    5: Row(
        "disk full when a delivery is claimed; 1 MB left at the start",
        _of(
            "faults/test_disk",
            "on_a_disk_that_is_full_before_the_call_nothing_is_sent_and_it_heals",
            "with_one_megabyte_left_it_refuses_to_start_in_one_line",
        ),
    ),
    6: Row(
        "disk full when an answer is recorded, and killed there",
        _of(
            "faults/test_disk",
            "an_answer_that_a_full_disk_would_not_take_is_recorded_as_soon_as_there_is_room",
            "killed_on_a_full_disk_with_an_answer_in_hand_nothing_goes_out_twice",
        ),
    ),
    7: Row(
        "read-only file or folder, disk errors, database deleted or replaced",
        _of(
            "faults/test_storage",
            "a_disk_that_fails_stops_sending_and_what_is_out_is_not_sent_again",
            "a_disk_that_fails_with_an_answer_in_hand_stops_sending_and_repeats_nothing",
            "a_database_that_cannot_be_written_is_refused_in_one_line",
            "a_database_taken_away_while_it_works_is_noticed_before_anything_is_sent",
            "an_answer_in_hand_when_the_database_is_taken_away_is_not_written_into_another_one",
        ),
    ),
    8: Row(
        "damaged database, config or posts at the start",
        _of(
            "faults/test_storage",
            "a_damaged_database_is_refused_in_one_line_and_nothing_is_sent",
            "a_config_that_does_not_parse_is_refused_with_its_line_and_nothing_is_sent",
            "a_post_file_that_does_not_parse_takes_nothing_out_of_the_plan_and_stops_no_other",
        ),
    ),
    9: Row(
        "a second scheduler on the folder, or on a copy of it",
        _of("faults/test_stops", "a_second_scheduler_on_the_folder_says_who_is_at_work_and_ends")
        + _of("faults/test_identity", "two_folders_for_one_account_do_not_work_at_the_same_time"),
    ),
    10: Row(
        "two schedulers that no lock keeps apart",
        _of("faults/test_stops", "two_schedulers_that_no_lock_keeps_apart_send_everything_once")
        + _of("delivery/test_crashes", "two_schedulers_on_one_folder_publish_everything_once"),
    ),
    11: Row(
        "several machines, random kills, one that stands still, one cut off from the others",
        _of(
            "faults/test_machines",
            "three_machines_killed_at_random_send_everything_once_and_take_over_in_time",
        )
        + _of(
            "faults/test_two_networks",
            "a_machine_whose_cable_is_pulled_in_mid_send_is_replaced_and_nothing_goes_out_twice",
            "three_machines_killed_frozen_and_cut_off_at_random_send_everything_once",
        ),
    ),
    12: Row(
        "database server stopped, killed, away for a minute, half alive",
        _of(
            "faults/test_machines",
            "whatever_happens_to_the_server_and_the_lines_to_it_everything_goes_out_once",
            "while_the_server_is_away_nothing_is_sent_and_then_everything",
        ),
    ),
    13: Row(
        "connection cut between COMMIT and its answer",
        _of(
            "faults/test_machines",
            "a_gate_whose_commit_was_never_answered_sends_nothing_on_a_doubt",
            "an_answer_whose_commit_was_never_answered_is_recorded_once",
        ),
    ),
    14: Row(
        "fail-over that loses the last commits",
        _of(
            "faults/test_machines",
            "a_standby_that_lacks_the_last_moments_sends_nothing_again",
            "a_call_under_way_while_a_standby_takes_over_is_waited_for_and_the_machines_go_on_by_themselves",
            "where_nobody_can_look_a_standby_that_lacks_the_last_moments_waits_for_a_person",
        )
        + _of(
            "delivery/test_moved_server",
            "an_account_is_looked_at_only_when_what_was_being_sent_must_have_come_out",
        ),
        "two servers that both take writes: only whoever switches over can keep the old one from it",
    ),
    15: Row(
        "yesterday's backup restored",
        _of("faults/test_identity", "yesterday_s_backup_restored_sends_nothing_that_went_out_since")
        + _of("store/test_home", "yesterday_s_backup_sends_nothing_again_that_went_out_since"),
    ),
    16: Row(
        "the machine stands still before the call",
        _of(
            "faults/test_clock",
            "frozen_between_the_gate_and_the_call_longer_than_half_a_lease_nothing_is_sent",
            "frozen_after_the_claim_until_another_has_sent_it_the_gate_is_closed",
        )
        + _of(
            "faults/test_stops",
            "who_stood_still_before_sending_does_not_send_when_he_wakes",
            "who_stood_still_alone_before_sending_starts_over_when_he_wakes",
        ),
    ),
    17: Row(
        "the machine stands still during the request",
        _of("faults/test_clock", "frozen_during_the_request_while_another_takes_over_it_goes_out_once")
        + _of("faults/test_stops", "what_was_on_its_way_when_he_stood_still_is_found_by_who_takes_over"),
    ),
    18: Row(
        "clock an hour or a year off, or to and fro",
        _of(
            "faults/test_clock",
            "a_clock_that_is_set_wrong_pauses_everything_until_it_is_right",
            "a_clock_already_wrong_at_the_start_is_told_and_nothing_is_sent",
            "a_clock_that_jumps_to_and_fro_sends_nothing_early_and_nothing_twice",
        ),
        "the clocks are the test's; the machine's own was not set",
    ),
    19: Row(
        "eight hours of sleep over five due posts",
        _of(
            "faults/test_clock",
            "after_eight_hours_of_sleep_what_is_late_is_missed_and_the_rest_keeps_order_and_gap",
            "asleep_with_an_answer_on_its_way_it_is_looked_for_and_not_sent_again",
        ),
        "the clocks are the test's; no machine was suspended",
    ),
    20: Row(
        "change of the hour, 29 February, new time zone data",
        _of(
            "faults/test_clock",
            "the_clock_on_the_wall_is_kept_where_the_clocks_go_forward",
            "an_anniversary_on_29_february_is_kept_on_the_28th_in_common_years",
            "new_time_zone_data_moves_only_what_has_not_gone_out",
        ),
    ),
    21: Row(
        "accepted, and the answer is lost",
        _of("delivery/test_whole_way", "an_answer_that_got_lost_never_makes_two_posts")
        + _of(
            "faults/test_stops",
            "an_answer_that_says_nothing_is_not_sent_again_before_somebody_has_looked",
        ),
    ),
    22: Row(
        "accepted after our time is over",
        _of(
            "faults/test_platform_lies",
            "a_post_accepted_after_our_time_was_over_is_found_and_not_sent_again",
            "a_post_accepted_even_after_it_was_sent_again_is_one_post_where_the_key_is_kept",
        ),
        "accepted after both looks by a server that ignores the key: nobody can tell, and it would double",
    ),
    23: Row(
        "a listing that lags, is cached, shows another's post; the post before deleted; two hits",
        _of(
            "faults/test_platform_lies",
            "a_listing_that_lags_for_a_minute_is_not_taken_for_a_post_that_is_not_there",
            "a_listing_cached_from_before_the_post_before_is_no_proof",
            "the_same_words_of_another_account_shown_on_ours_are_not_taken_for_ours",
            "another_delivery_s_post_with_the_same_words_is_not_taken_for_this_one",
            "the_post_before_deleted_meanwhile_leaves_the_proof_standing",
        )
        + _of(
            "delivery/test_whole_way",
            "the_same_words_typed_by_hand_at_the_very_time_are_for_a_person",
            "the_same_words_typed_by_hand_before_are_not_taken_for_ours",
        ),
        "a post deleted by hand within a minute of a lost answer looks as if it had never been there",
    ),
    24: Row(
        "looking fails for hours",
        _of(
            "faults/test_platform_lies",
            "looking_fails_for_hours_and_it_stays_unknown_with_one_notice",
            "what_nobody_could_tell_for_a_day_is_still_there_for_a_person",
        ),
    ),
    25: Row(
        "every error class: 4xx, 429 in each form, 5xx before and after acceptance, duplicate",
        _of(
            "faults/test_refusals",
            "an_answer_ends_as_its_kind_says_and_nothing_goes_out_twice",
            "a_server_that_asks_to_wait_is_left_alone_until_then_by_the_whole_channel",
            "a_server_that_always_asks_to_wait_until_it_is_too_late_ends_in_missed_and_one_word_a_post",
            "the_rate_header_of_x_is_waited_for",
            "words_that_stand_there_already_are_refused_by_x_and_not_tried_again",
            "an_answer_of_x_that_is_lost_without_a_trace_is_left_to_a_person",
        ),
    ),
    26: Row(
        "no name, no connection, no certificate: surely not sent",
        _of(
            "faults/test_network",
            "a_network_that_goes_away_costs_nothing_but_time",
            "a_connection_refused_at_the_very_call_is_not_in_doubt",
            "a_server_whose_certificate_nobody_vouches_for_gets_nothing",
            "a_server_where_nobody_listens_is_tried_again_until_it_is_too_late",
        ),
    ),
    27: Row(
        "an answer that never ends, an endless redirect",
        _of(
            "faults/test_network",
            "an_answer_without_an_end_is_cut_off_in_time_and_the_post_found",
            "an_answer_that_dribbles_is_cut_off_in_time_and_the_post_found",
            "a_redirect_to_itself_is_not_followed",
            "a_whole_call_is_over_before_half_of_its_lease",
        ),
    ),
    28: Row(
        "a post that brings the program down each time",
        _of(
            "faults/test_content",
            "a_post_that_brings_the_program_down_while_it_is_prepared_is_held_and_the_others_go_out",
            "a_post_whose_sending_brings_the_program_down_is_tried_once",
        ),
    ),
    29: Row(
        "images uploaded, then a crash",
        _of(
            "faults/test_content",
            "images_uploaded_and_then_a_crash_is_one_visible_call_with_its_images",
        ),
    ),
    30: Row(
        "part 2 of 4 fails",
        _of(
            "faults/test_content",
            "a_thread_whose_second_part_is_refused_for_good_stops_and_says_what_is_out",
            "a_thread_whose_second_part_fails_goes_on_at_the_first_part_not_proven_published",
            "a_thread_in_doubt_on_a_blind_platform_is_never_begun_anew",
        ),
    ),
    31: Row(
        "files edited, renamed, deleted, read again; folder copied, database lost, channel renamed, checkout",
        _of(
            "faults/test_content",
            "a_file_that_changes_while_its_post_goes_out_makes_no_second_one",
            "a_file_that_changes_while_a_call_is_lost_without_a_trace_sends_only_what_stands_in_it",
            "the_same_file_read_by_two_at_once_makes_one_row_and_one_post",
            "an_edit_while_it_is_prepared_goes_out_as_edited",
        )
        + _of(
            "faults/test_identity",
            "a_folder_copied_to_another_place_sends_nothing_that_the_first_has_sent_since",
            "a_lost_database_is_no_reason_to_send_anything_again",
            "a_renamed_channel_sends_nothing_again",
            "an_older_commit_checked_out_in_mid_campaign_cancels_nothing_and_sends_nothing_twice",
        ),
    ),
    32: Row(
        "upgrade with posts in the queue, and back",
        _of(
            "faults/test_upgrade",
            "there_is_a_database_of_every_earlier_version",
            "after_an_upgrade_only_what_was_waiting_goes_out",
            "an_older_program_that_meets_a_newer_database_says_so_in_one_line_and_sends_nothing",
        )
        + _of("store/test_migrations", "kill_9_in_the_middle_leaves_the_old_version_whole"),
    ),
    33: Row(
        "thousands due in the same second after an outage",
        _of("faults/test_backlog", "a_backlog_of_thousands_goes_out_no_faster_than_the_limits_allow"),
        "the short run has 1,000 of them, the thorough one 10,000",
    ),
    34: Row(
        "a call that never comes back",
        _of(
            "faults/test_watchdog",
            "a_call_that_never_comes_back_delays_no_other_channel_and_is_told_once",
            "the_order_of_the_times_leaves_a_hanging_call_no_second_one",
        )
        + _of(
            "service/test_supervising",
            "one_hanging_channel_is_no_reason_to_end_and_all_of_them_are",
        ),
    ),
    35: Row(
        "the clock's thread dies",
        _of(
            "faults/test_watchdog",
            "a_clock_thread_that_dies_ends_the_process_within_5_seconds_with_code_1",
        )
        + _of(
            "service/test_supervising",
            "a_wake_up_that_does_not_come_back_is_noticed_within_5_seconds",
        ),
    ),
    36: Row(
        "database server upgraded under a running scheduler",
        _of(
            "faults/test_machines",
            "whatever_happens_to_the_server_and_the_lines_to_it_everything_goes_out_once",
        ),
        "it is restarted and killed there; its programs are not exchanged",
    ),
    37: Row(
        "a random mix of all this, seeded",
        _of("faults/test_mix", "through_any_mix_of_troubles_no_part_is_out_twice_and_none_is_lost"),
        "the long run mixes for minutes (see its length above), not for a day",
    ),
}
