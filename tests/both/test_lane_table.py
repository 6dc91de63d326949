"""Every state of the lane with every event, held against a second account of it, written by state."""

from gate import lane_table as t
from gate.lane import Lane

ASTRAY_VERDICT = "allow deny refer stale_allow blind card_missed"
ASTRAY_RECORD = "recorded hold_recorded record_failed"
BUSY_STAFF = {"order_open": ". refuse", "order_hold": ". refuse"}
SEEN = {
    "passed": ". note_followed",
    "followed": ". note_followed",
    "wrong_way": ". note_wrong_way",
}
SECOND = {
    "card": ". second_card",
    "card_host_away": ". second_card",
    "unreadable": ". second_card",
    "card_refused": ". second_card",
}
READY = {
    "card": "asking new_tap ask",
    "card_host_away": "referred new_tap not_opened",
    "unreadable": "place_again new_tap not_opened",
    "card_refused": "referred new_tap not_opened",
    "key": "recording new_tap record_opening",
    "order_open": "recording new_tap record_opening take_order",
    "order_hold": "recording record_hold take_order",
    "order_lock": "locked lock",
    "order_resume": ". resume",
    "fire_on": "fire fire_on",
    "impaired": "out_of_service",
    "astray": "out_of_service close fault",
}
LEAVING = {
    "beyond": "passing close",
    "arm_turned": "passing close arm_turns",
    "passed": "idle close passed",
    "followed": "idle close followed",
    "wrong_way": ". note_wrong_way",
    "order_lock": ". close lock",
    "order_resume": ". resume",
    "fire_on": "fire unknown fire_on",
    "astray": "out_of_service close unknown fault",
}


def both(*parts):
    """Several accounts in one, the later ones last."""
    whole = {}
    for part in parts:
        whole.update(part)
    return whole


# state -> (event -> "next action ...", events that are astray). All others change nothing and do nothing.
EXPECTED = {
    "idle": (
        both(READY, SEEN, {"lock_stands": "locked", "card_missed": "place_again new_tap not_opened"}),
        "allow deny refer stale_allow blind time_up " + ASTRAY_RECORD,
    ),
    "asking": (
        both(
            BUSY_STAFF,
            SEEN,
            SECOND,
            {
                "allow": "recording record_opening",
                "deny": "refused not_opened",
                "refer": "referred not_opened",
                "stale_allow": "referred not_opened",
                "time_up": "referred not_opened",
                "link_down": "referred not_opened",
                "order_lock": "locked not_opened lock",
                "order_resume": ". resume",
                "fire_on": "fire not_opened fire_on",
                "astray": "out_of_service close not_opened fault",
            },
        ),
        ASTRAY_RECORD + " lock_stands blind card_missed",
    ),
    "recording": (
        both(
            BUSY_STAFF,
            SEEN,
            SECOND,
            {
                "recorded": "open open complete_order",
                "hold_recorded": "held release complete_order",
                "record_failed": "out_of_service not_recorded fail_order journal_broken",
                "time_up": "out_of_service drop_record fail_order journal_broken",
                "order_lock": ". refuse",
                "order_resume": ". resume",
                "fire_on": "fire drop_record fail_order fire_on",
                "astray": "out_of_service drop_record fail_order fault",
            },
        ),
        ASTRAY_VERDICT + " lock_stands",
    ),
    "open": (
        both(
            BUSY_STAFF,
            LEAVING,
            SECOND,
            {
                "entered": "passing close_other_side",
                "time_up": "idle close nobody_came",
                "blind": "idle close unknown",
            },
        ),
        "allow deny refer stale_allow card_missed lock_stands " + ASTRAY_RECORD,
    ),
    "passing": (
        both(BUSY_STAFF, LEAVING, SECOND, {"turned_back": "idle close turned_back", "time_up": "idle close unknown"}),
        ASTRAY_VERDICT + " lock_stands " + ASTRAY_RECORD,
    ),
    "refused": (both(READY, SEEN, {"time_up": "idle"}), ASTRAY_VERDICT + " lock_stands " + ASTRAY_RECORD),
    "referred": (both(READY, SEEN, {"time_up": "idle"}), ASTRAY_VERDICT + " lock_stands " + ASTRAY_RECORD),
    "place_again": (both(READY, SEEN, {"time_up": "idle"}), ASTRAY_VERDICT + " lock_stands " + ASTRAY_RECORD),
    "held": (
        both(
            BUSY_STAFF,
            SEEN,
            {
                "passed": ". note_passed",
                "time_up": "idle close end_hold",
                "order_hold": ". done",
                "order_lock": "locked close end_hold lock",
                "order_resume": "idle close end_hold resume",
                "fire_on": "fire end_hold fire_on",
                "astray": "out_of_service close end_hold fault",
            },
        ),
        ASTRAY_VERDICT + " lock_stands " + ASTRAY_RECORD,
    ),
    "locked": (
        both(
            BUSY_STAFF,
            SEEN,
            {
                "key": READY["key"],
                "order_lock": ". done",
                "order_resume": "idle resume",
                "fire_on": "fire fire_on",
                "astray": ". close fault",
            },
        ),
        ASTRAY_VERDICT + " time_up lock_stands " + ASTRAY_RECORD,
    ),
    "fire": (
        both(
            BUSY_STAFF,
            {"order_lock": ". refuse", "order_resume": ". refuse", "fire_off": "idle fire_off close"},
        ),
        ASTRAY_VERDICT + " time_up lock_stands " + ASTRAY_RECORD,
    ),
    "out_of_service": (
        both(
            SEEN,
            {
                "key": READY["key"],
                "order_open": READY["order_open"],
                "order_hold": READY["order_hold"],
                "order_lock": READY["order_lock"],
                "order_resume": "idle resume",
                "fire_on": "fire fire_on",
                "restored": "idle",
                "lock_stands": "locked",
                "astray": ". close fault",
            },
        ),
        ASTRAY_VERDICT + " time_up " + ASTRAY_RECORD,
    ),
}


def named(prefix):
    """Small name -> code."""
    return {name[2:].lower(): getattr(t, name) for name in dir(t) if name.startswith(prefix)}


STATES = named("S_")
EVENTS = named("E_")
ACTIONS = named("A_")


def expected(state, event):
    """(next state or STAY, actions) by the account above, None for astray."""
    moves, astray = EXPECTED[state]
    if event in astray.split():
        assert event not in moves, (state, event)
        return None
    words = moves.get(event, ".").split()
    then = t.STAY if words[0] == "." else STATES[words[0]]
    return then, tuple(ACTIONS[word] for word in words[1:])


def test_every_state_and_event_does_what_the_second_account_says():
    """All 396 pairs, those that are astray included."""
    assert sorted(EXPECTED) == sorted(STATES)
    pairs = 0
    for state in sorted(STATES):
        for event in sorted(EVENTS):
            assert t.row(STATES[state], EVENTS[event]) == expected(state, event), (state, event)
            pairs += 1

    assert pairs == t.STATES * t.EVENTS == 12 * 33


def test_the_account_names_nothing_that_does_not_exist():
    """A misspelt event would expect nothing."""
    for state, (moves, astray) in EXPECTED.items():
        for event in list(moves) + astray.split():
            assert event in EVENTS, (state, event)


def test_only_a_record_opens():
    """No row but those of the lane's own durable record holds Open, and none but fire and hold Release."""
    for state in STATES.values():
        for event in EVENTS.values():
            actions = (t.row(state, event) or (0, ()))[1]
            if t.A_OPEN in actions:
                assert (state, event) == (t.S_RECORDING, t.E_RECORDED)
            if t.A_RELEASE in actions:
                assert (state, event) == (t.S_RECORDING, t.E_HOLD_RECORDED)


def test_nothing_closes_against_fire():
    """While fire stands only its own end closes, and no event leads out but its end."""
    for event in EVENTS.values():
        then, actions = t.row(t.S_FIRE, event) or (t.STAY, ())
        if event != t.E_FIRE_OFF:
            assert t.A_CLOSE not in actions
            assert then == t.STAY
    for state in STATES.values():
        assert t.A_CLOSE not in t.row(state, t.E_FIRE_ON)[1]


def test_every_opening_that_is_left_gets_its_outcome():
    """Each way out of the states of an opening records exactly one outcome."""
    for state in (t.S_OPEN, t.S_PASSING):
        for event in EVENTS.values():
            then, actions = t.row(state, event) or t.row(state, t.E_ASTRAY)
            outcomes = [action for action in actions if t.A_PASSED <= action <= t.A_UNKNOWN]
            leaves = then not in (t.STAY, t.S_OPEN, t.S_PASSING)
            assert len(outcomes) == (1 if leaves else 0), (state, event)


def test_every_tap_that_is_left_is_recorded():
    """Each way out of asking records either the opening or that there was none."""
    for event in EVENTS.values():
        then, actions = t.row(t.S_ASKING, event) or t.row(t.S_ASKING, t.E_ASTRAY)
        records = [action for action in actions if action in (t.A_NOT_OPENED, t.A_RECORD_OPENING)]
        assert len(records) == (0 if then == t.STAY else 1), event


def test_every_action_is_carried_out_by_the_method_of_its_name():
    """The list of methods is in the order of the codes."""
    for name in ACTIONS:
        code = ACTIONS[name]
        if code < t.A_PASSED:
            assert Lane.ACTIONS[code] is getattr(Lane, "_" + name), name
        else:
            assert t.REPORTS[code - t.A_PASSED], name
    assert len(Lane.ACTIONS) == t.A_PASSED


def test_every_state_has_its_signal():
    """As many signals as states."""
    assert len(t.SIGNALS) == t.STATES == len(STATES)
