"""The answer to one tap: number or code checked, status looked up, rules applied, pseudonym kept for the ledger."""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict

from gatehouse.card_number import check_card_number
from gatehouse.clock import Moment
from gatehouse.continuity import LEDGER_DAY
from gatehouse.decide import Decision, decide
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.lists import StationLists
from gatehouse.lookup.lookup import Lookup
from gatehouse.lookup.merging import Said
from gatehouse.matter import Matter
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import masked_as, pseudonym_as
from gatehouse.question import Question
from gatehouse.rules.book import RuleBook
from gatehouse.rules.presented import Presented
from gatehouse.rules.state import state_of_card
from gatehouse.slips import Slips, shortened, slip_of
from gatehouse.staff_card import KINDS, Trust, is_card
from gatehouse.status import NOT_ASKED, Outcome, Status

# Of each gate: more taps than it can have reports waiting for.
TAPS_REMEMBERED = 64
UNTRUSTED: Mapping[int, Trust] = dict.fromkeys(KINDS, Trust.REFER)
KNOWN = frozenset((Outcome.GREEN, Outcome.YELLOW, Outcome.RED, Outcome.EXPIRED))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided by which rule, with the traveller in a form that may be shown.

    colour: how the lookup ended, "" if there was none. source, freshness: where a colour comes from. others: each
    source that says another one, and what it says. silent: each that was to be asked and has not answered, and how that
    ended. before: boot and counter of the tap with which the same traveller
    was sent to staff by that gate the last time; None if that has not been, or if it is not sure who it was.
    """

    verdict: Verdict
    masked: str
    colour: str
    rule: str = ""
    source: str = ""
    freshness: str = ""
    others: tuple[tuple[str, str], ...] = ()
    silent: tuple[tuple[str, str], ...] = ()
    before: tuple[int, int] | None = None


class Answering:
    """Answers taps of all gates. Remembers each tap's pseudonym until its reports have come, and who was referred.

    A tap is opened, its lookup asked about where somebody is to be asked, and concluded; the last two may lie a while
    apart, and nothing of one tap reaches another one's verdict. While `ledger_works` is False, or the day's key cannot
    be had, every tap is sent to staff: what cannot be recorded is not allowed.
    """

    def __init__(
        self,
        lookup: Lookup,
        keys: KeyFile,
        rules: RuleBook,
        lists: StationLists,
        valid_ms: int,
        trusts: Mapping[int, Trust] = UNTRUSTED,
    ) -> None:
        """`trusts`: what cards of staff may do, by their CARD_ code."""
        self.lookup = lookup
        self._keys = keys
        self.rules = rules
        self.lists = lists
        self._valid_ms = valid_ms
        self._trusts = trusts
        self._day = (0, b"")
        self._persons: dict[bytes, OrderedDict[tuple[int, int], bytes]] = {}
        self._referred: dict[bytes, OrderedDict[bytes, tuple[int, int]]] = {}
        self.ledger_works = True
        self.trouble = ""  # why the day's key could not be had for the last tap
        self.slips = Slips()

    def answer(self, identity: bytes, tap: Tap, now: Moment, lane: str = "") -> Answer:
        """The verdict on a tap by what is known without asking anybody."""
        return self.conclude(self.open(identity, tap, now, lane), (), now)

    def open(self, identity: bytes, tap: Tap, now: Moment, lane: str) -> Matter:
        """Take a tap's number or code from it, and say what is known and who is to be asked.

        Conclude it, or close it, in any case.
        """
        question = Question(tap.card, bytearray(tap.number))
        tap.number = b""
        try:
            return self._opened(identity, tap, question, now, lane)
        except BaseException:
            question.wipe()
            raise

    def _opened(self, identity: bytes, tap: Tap, question: Question, now: Moment, lane: str) -> Matter:
        number, shown = question.number, masked_as(tap.card, question.number)
        number_ok, trust = _is_possible(tap.card, number, now), self._trusts.get(tap.card)
        listed = self.rules.current.uses_lists()
        lists = self.lists.of(number, now, tap.card) if listed and number_ok else frozenset()
        card = Presented(tap.card, number_ok, tap.valid_until, tap.valid_from, lists, trust)
        recordable = self._remember(identity, tap, number, now)
        matter = Matter(identity, tap.boot, tap.counter, lane, question, shown, card, recordable, listed=listed)
        # A card that proves nothing is looked up only where a rule says that the register may speak for it.
        if recordable and self.ledger_works and number_ok and trust is not Trust.REFER:
            matter.kept = self.lookup.kept(tap.card, number, now.latest_s)
            # Where the card decides by itself nobody needs to learn who holds it.
            if state_of_card(card, now) is None:
                matter.route = self.lookup.route(tap.card, number, matter.kept)
        return matter

    def conclude(self, matter: Matter, said: Sequence[Said], now: Moment) -> Answer:
        """The verdict, by the rules in force now. What was presented is wiped, as far as this program holds it.

        said: what those who were asked told, as far as they did.
        """
        matter.close()
        rules = self.rules.current
        # Where rules that ask for lists came into force since the tap was opened, nobody has looked at any.
        card = replace(matter.card, lists=None) if rules.uses_lists() and not matter.listed else matter.card
        if matter.recordable and self.ledger_works:
            status = self.lookup.merged(said, matter.kept)
            decision, colour = decide(card, status, rules, now, matter.lane), status.outcome.value
        else:
            decision, colour, status = Decision(codes.REFER, codes.REASON_LEDGER_UNAVAILABLE), "", NOT_ASKED
        self._keep_slip(matter, decision, status, now)
        verdict = Verdict(matter.boot, matter.counter, decision.verdict, decision.reason, self._valid_ms)
        freshness = status.freshness.value if status.source else ""
        before = self._before(matter, decision, status)
        others = tuple((shortened(one.source), one.outcome.value) for one in status.others)
        silent = tuple((shortened(one.source) or "?", one.outcome.value) for one in status.silent)
        return Answer(verdict, matter.shown, colour, decision.rule, status.source, freshness, others, silent, before)

    def person(self, identity: bytes, boot: int, counter: int) -> bytes | None:
        """The ledger pseudonym of a tap answered by this process, None if it is not known (any more)."""
        persons = self._persons.get(identity)
        return None if persons is None else persons.get((boot, counter))

    def _keep_slip(self, matter: Matter, decision: Decision, status: Status, now: Moment) -> None:
        if decision.verdict == codes.ALLOW:
            self.slips.drop(matter.lane)
        else:
            slip = slip_of(matter.lane, matter.shown, decision, status, self.rules.current, now, self.lookup.title)
            self.slips.keep(slip, time.monotonic(), (matter.identity, matter.boot, matter.counter))

    def _before(self, matter: Matter, decision: Decision, status: Status) -> tuple[int, int] | None:
        """As in Answer; what this tap leaves behind is kept."""
        # A code that nobody knows may be printed on a wall, for everybody to show; what is no number is nobody's.
        known = matter.card.kind != codes.CARD_CODE or status.outcome in KNOWN
        person = self.person(matter.identity, matter.boot, matter.counter)
        if person is None or not known or decision.reason == codes.REASON_NUMBER_INVALID:
            return None
        referred = self._referred.setdefault(matter.identity, OrderedDict())
        before = referred.pop(person, None)
        if decision.verdict == codes.REFER:
            referred[person] = matter.boot, matter.counter
            while len(referred) > TAPS_REMEMBERED:
                referred.popitem(last=False)
        return before

    def _remember(self, identity: bytes, tap: Tap, number: bytearray, now: Moment) -> bool:
        try:
            key = self._day_key(now)
        except KeyFileError as failure:
            self.trouble = str(failure)
            return False
        self.trouble = ""
        persons = self._persons.setdefault(identity, OrderedDict())
        persons[tap.boot, tap.counter] = pseudonym_as(key, tap.card, number)
        while len(persons) > TAPS_REMEMBERED:
            persons.popitem(last=False)
        return True

    def _day_key(self, now: Moment) -> bytes:
        if self._day[0] != now.today:
            self._day = (now.today, self._keys.secret(f"{LEDGER_DAY}{now.today}"))
        return self._day[1]


def _is_possible(kind: int, number: bytearray, now: Moment) -> bool:
    if kind == codes.CARD_CODE:
        return bool(number)  # any bytes are a code; what they say is nobody's business but the register's
    if kind in KINDS:
        return is_card(kind, number)
    try:
        check_card_number(kind, number, now.date())
    except NumberInvalid:
        return False
    return True
