"""Who may pass by the policies that ship, written from their sentences alone: no code of the gatehouse is used.

A case is a dict of plain values: `card` (kind, number_ok, valid_from, valid_until), `outcome`, `source`, `updated`,
`fetched`, `usable_until`, `flags`, `silent` (names of sources), `heard`, `test` (None, or result, sampled, tested,
reported), and the moment: `wall`, `latest` (Unix times), `today`, `earliest_day` (YYYYMMDD). The answer: "allow",
"deny" or "refer".
"""

import datetime

DAY_S = 24 * 60 * 60
TOLERANCE_S = 120
PROGRAM_FROM_S = 1767225600  # 2026-01-01 UTC: a clock before that has lost the time
IDENTITY_CARDS = (1, 2, 3, 4)
GOOD_KINDS = (*IDENTITY_CARDS, 5)


def whole(value):
    """Whether it is a time that can be: an integer from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def card_is_good(case):
    kind, number_ok, first, last = case["card"]
    begins = first <= case["earliest_day"]
    ends = last == 0 or last >= case["today"]
    return kind in GOOD_KINDS and number_ok is True and begins and ends


def bad_news(case):
    """What speaks against the holder at any age: a red, a positive test of somebody who has a colour."""
    if case["outcome"] == "red":
        return True
    coloured = case["outcome"] in ("green", "yellow", "unmapped")
    return coloured and case["test"] is not None and case["test"]["result"] == "positive"


def makes_sense(case):
    """Whether everything that was told is of the kind that it should be, and nothing of it lies ahead."""
    happened = [case["updated"], case["fetched"]]
    if case["test"] is not None:
        if case["test"]["result"] not in ("negative", "pending"):
            return False
        happened += [case["test"][name] for name in ("sampled", "tested", "reported") if case["test"][name] is not None]
    if not all(whole(at) for at in happened) or not case["source"]:
        return False
    if (case["heard"] == "all") != (not case["silent"]):
        return False
    if case["usable_until"] is not None and not whole(case["usable_until"]):
        return False
    return max(happened) <= case["wall"] + TOLERANCE_S


def is_fresh(case):
    if case["latest"] - case["updated"] > DAY_S:
        return False
    if case["fetched"] and case["latest"] - case["fetched"] > DAY_S:
        return False
    return case["usable_until"] is None or case["usable_until"] >= case["latest"]


def clock_is_right(case):
    return case["wall"] >= PROGRAM_FROM_S and case["latest"] - case["wall"] <= TOLERANCE_S


def clean_green(case):
    return (
        case["outcome"] == "green"
        and makes_sense(case)
        and is_fresh(case)
        and not case["flags"]
        and clock_is_right(case)
    )


def sampled_within(case, hours):
    test = case["test"]
    if test is None or test["result"] != "negative" or test["sampled"] is None:
        return False
    return case["latest"] - test["sampled"] <= hours * 60 * 60


def sampled_on_day(case, last):
    test = case["test"]
    if test is None or test["result"] != "negative" or test["sampled"] is None:
        return False
    sampled = datetime.datetime.fromtimestamp(test["sampled"]).astimezone().date()
    today = datetime.date(case["today"] // 10000, case["today"] // 100 % 100, case["today"] % 100)
    return sampled + datetime.timedelta(days=last) >= today >= sampled


def silent(case):
    """Nobody could be heard, or what was heard is of no use any more: a card alone may do where it may at all."""
    if case["outcome"] in ("expired", "not found", "failed", "timed out", "not asked"):
        return True
    return case["outcome"] in ("green", "yellow") and makes_sense(case) and not is_fresh(case)


def by_card(case):
    """Whether it is a card that says who its holder is, and no code."""
    return case["card"][0] in IDENTITY_CARDS


def verdict(policy, case):
    """The answer of one of the policies."""
    if not card_is_good(case):
        return "refer"
    if bad_news(case):
        return "deny"
    passes = {
        "green_only": lambda: clean_green(case),
        "green_all_heard": lambda: clean_green(case) and case["heard"] == "all",
        "test_48h": lambda: clean_green(case) and sampled_within(case, 48),
        "beijing_72h": lambda: clean_green(case) and sampled_on_day(case, 3),
        "registration_only": lambda: clean_green(case) or (by_card(case) and silent(case) and clock_is_right(case)),
    }
    return "allow" if passes[policy]() else "refer"
