"""The rule file: what loads, and what somebody reads whose file would let too much through."""

import contextlib

import pytest
from gatehouse.clock import Moment
from gatehouse.decide import decide
from gatehouse.rules.presented import Presented
from gatehouse.rules.rule_file import RuleSection, load, text_of
from gatehouse.settings_errors import SettingsError
from gatehouse.status import Freshness, Heard, LabResult, LabTest, Other, Outcome, Silent, Status
from gatelink import codes
from hypothesis import given, settings
from hypothesis import strategies as st
from rules.cases import ANY_STATUS, GOOD_CARD, NOW_S, day_of, moments

HEAD = """\
[policy]
format = 1
name = "mine"
zh = "本站"
en = "mine"
admits = "green"

[limits]
status_max_hours = 24
answer_max_hours = 24
"""
GREEN = 'state = ["green"]\nthen = "allow"\n'
REST = 'then = "refer"\n'
TODAY = day_of(NOW_S)
NOW = Moment(NOW_S, NOW_S, TODAY, TODAY)
GOOD = Status(Outcome.GREEN, NOW_S - 60, "city")


def text(*rules, head=HEAD):
    """A file of these rules; rule N is called rule_N and stands 5 + lines apart."""
    tables = [f'[[rule]]\nname = "rule_{place}"\nzh = "规则"\nen = "rule"\n{rule}' for place, rule in enumerate(rules)]
    return head + "".join(tables)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "rules.toml"


def loaded(file, *rules, head=HEAD):
    file.write_text(text(*rules, head=head), encoding="utf-8")
    return load(file)


def problems(file, *rules, head=HEAD):
    with pytest.raises(SettingsError) as wrong:
        loaded(file, *rules, head=head)
    return wrong.value.problems


@pytest.mark.parametrize(
    ("rules", "line", "says"),
    [
        (('then = "allow"\n', REST), 15, "would let more than a green through"),
        (('state = ["green", "yellow"]\nthen = "allow"\n', REST), 16, "would let more than a green through"),
        (('state = ["not_found"]\nthen = "allow"\n', REST), 16, "would let more than a green through"),
        (('lane = ["A1"]\nthen = "allow"\n', REST), 16, "would let more than a green through"),
        (('state = ["not_found"]\nthen = "allow_by_card"\n', REST), 16, 'admits = "registration"'),
        ((GREEN,), 12, "would be left over"),
        ((GREEN, 'state = ["red"]\nthen = "deny"\n'), 18, "would be left over"),
        ((GREEN, REST, 'state = ["red"]\nthen = "deny"\n'), 23, "never reached"),
        (
            (GREEN, 'state = ["green"]\nlist_any = ["barred"]\nthen = "deny"\n', REST),
            18,
            '"rule_1" is never reached: "rule_0" on line 12 takes everything',
        ),
        ((GREEN, 'heard = ["some", "none"]\nthen = "refer"\n', REST), 18, "comes too late"),
        ((GREEN, 'silent_any = ["home"]\nthen = "refer"\n', REST), 18, "comes too late"),
        ((GREEN, 'list_any = ["barred"]\nthen = "deny"\n', REST), 18, "comes too late"),
        ((GREEN, 'lane = ["A3"]\ntime = "22:00-06:00"\nthen = "deny"\n', REST), 18, "comes too late"),
    ],
)
def test_an_order_or_a_gap_that_lets_through_too_much_is_refused_with_its_line(file, rules, line, says):
    """Nothing of such a file is ever in force."""
    found = problems(file, *rules)

    assert any(f"line {line}: " in one and says in one for one in found), found


@pytest.mark.parametrize(
    "state", ["red", "yellow", "unmapped", "test_positive", "from_future", "clock_wrong", "flagged"]
)
def test_not_even_registration_takes_what_speaks_against_somebody(file, state):
    """By card alone come those of whom nothing is known, not those of whom something is."""
    head = HEAD.replace('admits = "green"', 'admits = "registration"')
    found = problems(file, f'state = ["{state}"]\nthen = "allow_by_card"\n', REST, head=head)

    assert "must name the states in which a card alone will do" in found[0]
    assert "must name" in problems(file, 'then = "allow_by_card"\n', REST, head=head)[0]


@pytest.mark.parametrize(
    ("rule", "line", "says"),
    [
        ('stat = ["green"]\nthen = "deny"\n', 15, "Did you mean state?"),
        ('state = ["grun"]\nthen = "deny"\n', 15, '"grun" is none of them'),
        ('state = "green"\nthen = "deny"\n', 15, "a list of"),
        ('state = []\nthen = "deny"\n', 15, "an empty list"),
        ('then = "open"\n', 15, '"allow", "deny" or "refer"'),
        ('heard = ["most"]\nthen = "deny"\n', 15, '"most" is none of them'),
        ('heard = "all"\nthen = "deny"\n', 15, "a list of all, none, some"),
        ('heard = []\nthen = "deny"\n', 15, "an empty list"),
        ('silent_any = [1]\nthen = "deny"\n', 15, "a list of sources"),
        ('card = ["passport"]\nthen = "deny"\n', 15, "is none of them"),
        ('weekday = ["monday"]\nthen = "deny"\n', 15, "mon, tue"),
        ('time = "22-6"\nthen = "deny"\n', 15, "it is no span of time"),
        ('time = "08:00-08:00"\nthen = "deny"\n', 15, "begins when it ends"),
        ('test = { since = ["sampled"] }\nthen = "deny"\n', 15, "either max_hours or max_days"),
        ('test = { max_hours = 48, max_days = 2, since = ["sampled"] }\nthen = "deny"\n', 15, "either max_hours"),
        ('test = { max_hours = 48, since = ["born"] }\nthen = "deny"\n', 15, '"sampled", "tested", "reported"'),
        ('test = { max_hours = -1, since = ["sampled"] }\nthen = "deny"\n', 15, "whole hours from 1"),
        ('test = { max_hours = 48.5, since = ["sampled"] }\nthen = "deny"\n', 15, "whole hours from 1"),
        ('list_any = ["Crew!"]\nthen = "deny"\n', 15, "list"),
        ('doses_min = true\nthen = "deny"\n', 15, "whole number"),
        ("state = [[[\n", None, "not TOML"),
        ('zh = "two"\nthen = "deny"\n', None, "not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(file, rule, line, says):
    """In one sentence."""
    found = problems(file, rule, REST)

    assert len(found) == 1, found
    assert says in found[0]
    assert line is None or f"line {line}: " in found[0]


def test_two_rules_of_one_name_are_refused(file):
    """Reports name a rule by it."""
    file.write_text(text(GREEN, REST).replace("rule_1", "rule_0"), encoding="utf-8")
    with pytest.raises(SettingsError, match="name of another rule"):
        load(file)


@pytest.mark.parametrize("head", ["", HEAD.replace("format = 1", "format = 2"), HEAD.replace("[limits]", "[limit]")])
def test_a_file_of_another_format_or_without_its_tables_is_refused(file, head):
    """Nothing is guessed."""
    assert problems(file, REST, head=head)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_whatever_bytes_are_in_the_file_it_is_told_and_never_raised(tmp_path_factory, data):
    """Good text cut, doubled and mangled; anything at all."""
    good = text_of("test_48h").encode()
    at = data.draw(st.integers(0, len(good)))
    mangled = data.draw(
        st.sampled_from((good[:at], good[at:], good[:at] + data.draw(st.binary(max_size=9)) + good[at:]))
    )
    path = tmp_path_factory.mktemp("mangled") / "rules.toml"
    path.write_bytes(mangled)
    with contextlib.suppress(SettingsError):
        assert load(path).rules


CONDITIONS = {
    "state": ("green", "yellow", "red", "not_found", "failed", "unmapped", "test_positive", "too_old"),
    "card": ("resident", "hmt_permit"),
    "lane": ("A1", "A2"),
    "source": ("city", "nation"),
    "weekday": ("mon", "tue", "wed"),
    "list_any": ("crew", "barred"),
    "list_none": ("crew", "barred"),
    "flags_any": ("test_owed",),
    "test_result": ("negative", "positive", "none"),
    "heard": ("all", "some", "none"),
    "silent_any": ("city", "nation"),
    "silent_none": ("city", "nation"),
}


@st.composite
def rule_texts(draw):
    lines = [f'then = "{draw(st.sampled_from(("allow", "allow", "deny", "refer")))}"']
    keys = draw(st.lists(st.sampled_from(sorted(CONDITIONS)), unique=True, max_size=3))
    for key in keys:
        names = draw(st.lists(st.sampled_from(CONDITIONS[key]), unique=True, min_size=1, max_size=2))
        lines.append(f"{key} = {names}".replace("'", '"'))
    if draw(st.booleans()) and "state" not in keys:
        lines.append('state = ["green"]')
    return "\n".join(lines) + "\n"


def test_no_file_that_loads_lets_anything_but_a_fresh_green_through(file):
    """Rule files at random: most are refused; of those that load none allows what is no fresh, mapped green."""
    accepted = 0

    @settings(max_examples=300, deadline=None)
    @given(st.lists(rule_texts(), max_size=4), ANY_STATUS, moments(), st.sampled_from(("A1", "A2", "")))
    def holds(rules, status, now, lane):
        nonlocal accepted
        file.write_text(text(*rules, REST), encoding="utf-8")
        try:
            made = load(file)
        except SettingsError:
            return
        accepted += 1
        card = Presented(codes.CARD_RESIDENT, number_ok=True, valid_until=0, lists=frozenset(("crew",)))
        decision = decide(card, status, made, now, lane)
        if decision.verdict == codes.ALLOW:
            assert status.outcome is Outcome.GREEN
            assert status.source
            assert 0 <= now.latest_s - status.updated_s + 120
            assert now.latest_s - status.updated_s <= 86400
            assert status.test is None or status.test.result in {LabResult.NEGATIVE, LabResult.PENDING}

    holds()
    assert accepted > 30


# Each condition: a rule that denies by it, a case in which it holds, one in which it does not.
def _status(**facts):
    return Status(Outcome.GREEN, NOW_S - 3600, "city", fetched_s=NOW_S - 1800, **facts)


def _tested(result, **ages_s):
    return LabTest(result, **{f"{name}_s": NOW_S - age_s for name, age_s in ages_s.items()})


NATION_SILENT = (Silent("nation", Outcome.TIMED_OUT),)
HELD = {
    "card": ('card = ["resident"]', {}, {"card": Presented(codes.CARD_HMT_PERMIT, True, 0)}),
    "lane": ('lane = ["A1"]', {}, {"lane": "A2"}),
    "source": ('source = ["city"]', {}, {"status": Status(Outcome.GREEN, NOW_S, "nation")}),
    "list_any": ('list_any = ["barred"]', {"card": Presented(1, True, 0, lists=frozenset(("barred",)))}, {}),
    "list_none": ('list_none = ["crew"]', {}, {"card": Presented(1, True, 0, lists=frozenset(("crew",)))}),
    "flags_any": ('flags_any = ["told"]', {"status": _status(flags=frozenset(("told",)))}, {}),
    "flags_none": ('flags_none = ["told"]', {}, {"status": _status(flags=frozenset(("told",)))}),
    "test_result": ('test_result = ["none"]', {}, {"status": _status(test=_tested(LabResult.NEGATIVE, sampled=1))}),
    "freshness": ('freshness = ["live"]', {}, {"status": _status(freshness=Freshness.OLDER)}),
    "others_any": (
        'others_any = ["red"]',
        {"status": _status(others=(Other("nation", Outcome.RED, NOW_S),))},
        {"status": _status(others=(Other("nation", Outcome.YELLOW, NOW_S),))},
    ),
    "heard": ('heard = ["some", "none"]', {"status": _status(silent=NATION_SILENT, heard=Heard.SOME)}, {}),
    "silent_any": (
        'silent_any = ["nation"]',
        {"status": _status(silent=NATION_SILENT, heard=Heard.NONE)},
        {"status": _status(silent=(Silent("county", Outcome.FAILED),), heard=Heard.SOME)},
    ),
    "silent_none": (
        'silent_none = ["nation"]',
        {"status": _status(silent=(Silent("county", Outcome.FAILED),), heard=Heard.SOME)},
        {"status": _status(silent=NATION_SILENT, heard=Heard.SOME)},
    ),
    "others_none": (
        'others_none = ["red", "yellow"]',
        {},
        {"status": _status(others=(Other("nation", Outcome.RED, NOW_S),))},
    ),
    "doses_min": ("doses_min = 2", {"status": _status(doses=2)}, {"status": _status(doses=1)}),
    "status_max_hours": ("status_max_hours = 1", {}, {"status": Status(Outcome.GREEN, NOW_S - 3601, "city")}),
    "answer_max_hours": (
        "answer_max_hours = 1",
        {},
        {"status": Status(Outcome.GREEN, NOW_S, "city", fetched_s=NOW_S - 3601)},
    ),
    "card_ends_within_days": ("card_ends_within_days = 0", {"card": Presented(1, True, TODAY)}, {}),
    "test": (
        'test = { max_hours = 48, since = ["tested", "sampled"] }',
        {"status": _status(test=_tested(LabResult.NEGATIVE, tested=48 * 3600, sampled=60 * 3600))},
        {"status": _status(test=_tested(LabResult.NEGATIVE, tested=48 * 3600 + 1, sampled=1))},
    ),
}


@pytest.mark.parametrize("key", HELD)
def test_each_condition_holds_where_it_should_and_nowhere_else(file, key):
    """One by one, at their edges."""
    line, holds, misses = HELD[key]
    rules = loaded(file, f'{line}\nthen = "deny"\nbecause = "rule"\n', REST, head=HEAD + 'harmless_flags = ["told"]\n')

    def verdict(case):
        card, status, lane = case.get("card", GOOD_CARD), case.get("status", _status()), case.get("lane", "A1")
        return decide(card, status, rules, NOW, lane)

    assert (verdict(holds).verdict, verdict(holds).reason) == (codes.DENY, codes.REASON_BY_RULE)
    assert verdict(misses).verdict == codes.REFER


def test_every_condition_is_tried_here():
    """One that somebody adds without a case fails here."""
    apart = {"name", "zh", "en", "then", "because", "state", "weekday", "time"}
    assert set(HELD) == set(RuleSection.model_fields) - apart


@pytest.mark.parametrize("result", [LabResult.PENDING, None])
def test_only_a_negative_test_is_a_test(file, result):
    """A result that is not known yet is none, and neither is no test."""
    rules = loaded(file, 'state = ["green"]\ntest = { max_days = 3, since = ["sampled"] }\nthen = "allow"\n', REST)
    test = None if result is None else LabTest(result, NOW_S - 60)

    assert decide(GOOD_CARD, _status(test=test), rules, NOW, "A1").verdict == codes.REFER


def test_a_time_of_another_kind_stands_in_only_where_the_file_says_so(file):
    """A report is later than its sample: it would make the test look younger."""
    status = _status(test=LabTest(LabResult.NEGATIVE, None, None, NOW_S - 60))
    for since, verdict in (('["sampled"]', codes.REFER), ('["sampled", "reported"]', codes.ALLOW)):
        rules = loaded(file, f'state = ["green"]\ntest = {{ max_hours = 48, since = {since} }}\nthen = "allow"\n', REST)
        assert decide(GOOD_CARD, status, rules, NOW, "A1").verdict == verdict


def test_nights_and_weekdays_are_those_of_the_station(file):
    """A span over midnight, its first minute in and its last one out."""
    import datetime

    rules = loaded(file, 'time = "22:00-06:00"\nweekday = ["sat"]\nthen = "deny"\n', REST)
    saturday = datetime.datetime(2026, 9, 26).astimezone()

    def verdict(hour, minute, days=0):
        now_s = (saturday + datetime.timedelta(days)).replace(hour=hour, minute=minute).timestamp()
        return decide(GOOD_CARD, GOOD, rules, Moment(now_s, now_s, 20260926, 20260926), "A1").verdict

    assert verdict(22, 0) == verdict(5, 59) == verdict(0, 0) == codes.DENY
    assert verdict(21, 59) == verdict(6, 0) == verdict(23, 0, days=1) == codes.REFER


def test_the_first_rule_that_fits_wins(file):
    """A crew without a test, everybody else with one."""
    crew = 'state = ["green"]\nlist_any = ["crew"]\nthen = "allow"\n'
    tested = 'state = ["green"]\ntest = { max_hours = 48, since = ["sampled"] }\nthen = "allow"\n'
    rules = loaded(file, crew, tested, 'state = ["green"]\nbecause = "test"\nthen = "refer"\n', REST)
    on_it = Presented(codes.CARD_RESIDENT, number_ok=True, valid_until=0, lists=frozenset(("crew",)))

    assert decide(on_it, _status(), rules, NOW, "A1").rule == "rule_0"
    without = decide(GOOD_CARD, _status(), rules, NOW, "A1")
    assert (without.verdict, without.reason) == (codes.REFER, codes.REASON_TEST_NOT_IN_ORDER)
    assert decide(on_it, Status(Outcome.RED, NOW_S, "city"), rules, NOW, "A1").verdict == codes.REFER
