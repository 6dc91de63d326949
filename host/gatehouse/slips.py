"""What a lane's last refused traveller may take to the counter: in memory, for a few minutes, never with a number."""

import dataclasses
from dataclasses import dataclass

from pydantic import TypeAdapter

from gatehouse.clock import Moment
from gatehouse.decide import Decision
from gatehouse.growth import Kept
from gatehouse.rules.rule_set import RuleSet
from gatehouse.status import Status
from gatehouse.words import Words, printable

KEPT_S = 300.0
LANES_MAX = 1024
OTHERS_MAX = 4
TEXT_MAX_CHARACTERS = 120
TapId = tuple[bytes, int, int]  # gate, boot, counter
NO_TAP: TapId = b"", 0, 0
CORE_WORDS: Words = ("安全规定", "a rule of safety that no file changes")


@dataclass(frozen=True, slots=True)
class Slip:
    """What was decided about whom, on whose word, and who can correct it.

    masked: the number as it may be shown. verdict, reason: gatelink codes. rule: what it is about, for people.
    source, said, contact: as the source gave them, made printable and short; "" where it told none.
    updated_s: Unix time at which the source had set it, 0 if not told. tests: (which time, Unix time). freshness: how
    near the source that came from. others: source, outcome, Unix time of those that say another colour.

    entry, leaf: number and leaf hash of what the ledger holds of it, 0 and "" as long as it holds nothing. head, root:
    number and root of a signed head that covers the entry. Who has these can have the entry shown and proven to him
    later; nobody can guess from them what it says.
    """

    lane: str
    masked: str
    at_s: int
    verdict: int
    reason: int
    rule: Words
    source: str = ""
    outcome: str = ""
    said: str = ""
    updated_s: int = 0
    test_result: str = ""
    tests: tuple[tuple[str, int], ...] = ()
    contact: str = ""
    freshness: str = ""
    others: tuple[tuple[str, str, int], ...] = ()
    entry: int = 0
    leaf: str = ""
    head: int = 0
    root: str = ""

    def told(self) -> dict[str, object]:
        """As JSON knows it."""
        return dataclasses.asdict(self)

    @staticmethod
    def of(told: object) -> "Slip":
        """What `told` told, read as JSON; ValueError if it is something else."""
        return SLIPS.validate_python(told)


SLIPS = TypeAdapter(Slip)


class Slips:
    """One for each lane, the last. The times are the monotonic clock's."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Slip, TapId]] = {}

    def keep(self, slip: Slip, now_s: float, tap: TapId = NO_TAP) -> None:
        """Remember it in place of the lane's last one. tap: the one that it is about."""
        self.forget(now_s)
        if slip.lane in self._kept or len(self._kept) < LANES_MAX:
            self._kept[slip.lane] = (now_s, slip, tap)

    def recorded(self, lane: str, tap: TapId, kept: Kept) -> None:
        """What was decided of a tap is in the ledger now."""
        at_s, slip, about = self._kept.get(lane, (0.0, None, NO_TAP))
        if slip is not None and about == tap:
            self._kept[lane] = (at_s, dataclasses.replace(slip, entry=kept.number, leaf=kept.leaf.hex()), tap)

    def drop(self, lane: str) -> None:
        """Somebody was let through: the one before him is not the last any more."""
        self._kept.pop(lane, None)

    def of(self, lane: str, now_s: float) -> Slip | None:
        """The lane's last one, None if there is none or it was too long ago."""
        self.forget(now_s)
        kept = self._kept.get(lane)
        return None if kept is None else kept[1]

    def forget(self, now_s: float) -> None:
        """Let go of what was kept for long enough. Call it also while nobody comes."""
        for lane in [lane for lane, (at_s, _, _) in self._kept.items() if now_s - at_s >= KEPT_S]:
            del self._kept[lane]


def slip_of(lane: str, masked: str, decision: Decision, status: Status, rules: RuleSet, now: Moment) -> Slip:
    """What is to be kept of a decision."""
    about = next((rule.words for rule in rules.rules if rule.name == decision.rule), CORE_WORDS)
    test = status.test
    times = () if test is None else ((name, getattr(test, f"{name}_s")) for name in ("sampled", "tested", "reported"))
    return Slip(
        lane,
        masked,
        int(now.wall_s),
        decision.verdict,
        decision.reason,
        about,
        shortened(status.source),
        status.outcome.value,
        shortened(status.reason),
        status.updated_s,
        "" if test is None else test.result.value,
        tuple((name, at_s) for name, at_s in times if at_s is not None),
        shortened(status.contact),
        status.freshness.value if status.source else "",
        tuple((shortened(one.source), one.outcome.value, one.updated_s) for one in status.others[:OTHERS_MAX]),
    )


def shortened(text: str) -> str:
    """Text of a source, fit to be printed."""
    return printable(text)[:TEXT_MAX_CHARACTERS].strip()
