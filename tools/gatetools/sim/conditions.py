"""What a command `wait` or `expect` may ask of a lane: the words, and whether they hold."""

from collections.abc import Callable
from dataclasses import dataclass

from gatehouse.staff import Result

from gatetools.sayings import LANGUAGES, SAYINGS
from gatetools.sim.passages import ENTRY, EXIT
from gatetools.sim.sightings import DETAILS, FAULTS, LAMPS, READERS, REPORTS, STATES, Sightings
from gatetools.sim.voice import VOLUME_MAX
from gatetools.sim.wiring import RELAY_A, RELAY_B

Look = Callable[[Sightings], bool]

# Condition -> what it means.
MEANINGS = {
    "relay open | shut": "whether the gate releases the barrier; relay a ..., relay b ... for one of two",
    "barrier open | shut [exit]": "whether the turnstile gives way, to somebody from the exit side",
    "light green | amber | red": "the lamp that is lit, or was lit last if it flashes",
    f"state {STATES[0]} | {STATES[1]} | ...": "of the last heartbeat, which comes once a second",
    "link up | down": "as the gatehouse tells it",
    "report KIND [DETAIL]": "an entry of the ledger after the one that was matched last",
    "no report KIND": "none among the entries that were not matched yet",
    "fault KIND [READER]": "the gate told a fault, of this reader",
    "openings N": "how often the gate has released the barrier so far, fire and holds included",
    "order done | refused | ...": "how the last order of staff ended",
    "told NUMBER | WORDS": "the voice says or the display shows it, after what was matched last; see gate prompts",
    "volume N": "of what the voice said last",
    "language zh | en | both": "of what was said or shown last",
}
RESULTS = tuple(result.value for result in Result)
RELAYS = {"a": (RELAY_A,), "b": (RELAY_B,)}
COUNT_MAX = 999
TOLD_BY_THE_HOUSE = ("state", "link", "report", "no", "fault")


class ConditionWrong(ValueError):
    """No condition; the text says what is allowed."""


@dataclass(frozen=True, slots=True)
class Condition:
    """`holds` looks once; a report that it finds is matched by that. `by_house`: only the gatehouse tells of it."""

    text: str
    holds: Look
    by_house: bool = False


def parse(words: list[str]) -> Condition:
    """ConditionWrong with what is allowed."""
    asked = words[0] if words else ""
    make = MAKERS.get(asked)
    if make is None:
        raise ConditionWrong(f"no such condition; there are: {', '.join(MEANINGS)}")
    return Condition(" ".join(words), make(words[1:]), asked in TOLD_BY_THE_HOUSE)


def _one_of(words: list[str], allowed: tuple[str, ...], what: str) -> str:
    said = " ".join(words)
    if said not in allowed:
        raise ConditionWrong(f"{what}: allowed is {', '.join(allowed)}")
    return said


def _relay(words: list[str]) -> Look:
    relays: tuple[int, ...] = (RELAY_A, RELAY_B)
    if len(words) == 2 and words[0] in RELAYS:
        relays, words = RELAYS[words[0]], words[1:]
    wants_open = _one_of(words, ("open", "shut"), "relay, relay a, relay b") == "open"
    return lambda seen: bool(seen.open_relays.intersection(relays)) == wants_open


def _barrier(words: list[str]) -> Look:
    side = EXIT if words[1:] == ["exit"] else ENTRY
    wants_open = _one_of(words[:1] if side == EXIT else words, ("open", "shut"), "barrier") == "open"
    return lambda seen: seen.gives_way(side) == wants_open


def _light(words: list[str]) -> Look:
    colour = _one_of(words, tuple(sorted(LAMPS.values())), "light")
    return lambda seen: seen.light == colour


def _state(words: list[str]) -> Look:
    state = _one_of(words, STATES, "state")
    return lambda seen: seen.state == state


def _link(words: list[str]) -> Look:
    wants_up = _one_of(words, ("up", "down"), "link") == "up"
    return lambda seen: seen.link == wants_up


def _report(words: list[str]) -> Look:
    kind = _one_of(words[:1], tuple(REPORTS.values()), "report")
    details = tuple(DETAILS.get(kind, {}).values())
    if words[1:] and not details:
        raise ConditionWrong(f"report {kind}: it has no detail")
    detail = _one_of(words[1:], details, f"report {kind}") if words[1:] else None

    def holds(seen: Sightings) -> bool:
        for at in range(seen.matched, len(seen.reports)):
            if seen.reports[at].kind == kind and detail in {None, seen.reports[at].detail}:
                seen.matched = at + 1
                return True
        return False

    return holds


def _no(words: list[str]) -> Look:
    kind = _one_of(words[1:], tuple(REPORTS.values()), "no report") if words[:1] == ["report"] else ""
    if not kind:
        raise ConditionWrong("no: allowed is no report KIND")
    return lambda seen: all(report.kind != kind for report in seen.told_not_matched())


def _fault(words: list[str]) -> Look:
    kind = _one_of(words[:1], tuple(FAULTS.values()), "fault")
    reader = _one_of(words[1:], tuple(READERS.values()), f"fault {kind}") if words[1:] else None

    def holds(seen: Sightings) -> bool:
        for at in range(seen.faults_matched, len(seen.faults)):
            if seen.faults[at].kind == kind and reader in {None, seen.faults[at].reader}:
                seen.faults_matched = at + 1
                return True
        return False

    return holds


def _openings(words: list[str]) -> Look:
    count = _number(words, COUNT_MAX, "openings")
    return lambda seen: seen.openings() == count


def _number(words: list[str], most: int, what: str) -> int:
    if len(words) != 1 or not words[0].isascii() or not words[0].isdigit() or int(words[0][:9]) > most:
        raise ConditionWrong(f"{what}: allowed is a whole number up to {most}")
    return int(words[0])


def _told(words: list[str]) -> Look:
    if not words:
        raise ConditionWrong("told: allowed is the number of a saying, or words of it")
    number = _number(words, SAYINGS - 1, "told") if words[0][:1].isdigit() else None
    wanted = " ".join(words)

    def holds(seen: Sightings) -> bool:
        for at in range(seen.told_matched, len(seen.told_people)):
            told = seen.told_people[at]
            if told.saying == number or (number is None and wanted in told.words):
                seen.told_matched = at + 1
                return True
        return False

    return holds


def _volume(words: list[str]) -> Look:
    volume = _number(words, VOLUME_MAX, "volume")
    return lambda seen: bool(seen.told_people) and seen.told_people[-1].volume == volume


def _language(words: list[str]) -> Look:
    language = _one_of(words, LANGUAGES, "language")
    return lambda seen: bool(seen.told_people) and seen.told_people[-1].language == language


def _order(words: list[str]) -> Look:
    result = _one_of(words, RESULTS, "order")
    return lambda seen: seen.order == result


MAKERS: dict[str, Callable[[list[str]], Look]] = {
    "relay": _relay,
    "barrier": _barrier,
    "light": _light,
    "state": _state,
    "link": _link,
    "report": _report,
    "no": _no,
    "fault": _fault,
    "openings": _openings,
    "order": _order,
    "told": _told,
    "volume": _volume,
    "language": _language,
}
