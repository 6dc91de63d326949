"""The answer to one tap: number or code checked, status looked up, rules applied, pseudonym kept for the ledger."""

from collections import OrderedDict
from dataclasses import dataclass

from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict

from gatehouse.card_number import check_card_number
from gatehouse.clock import Moment
from gatehouse.continuity import LEDGER_DAY
from gatehouse.decide import Decision, Presented, Rules, decide
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import masked_as, pseudonym_as, wipe
from gatehouse.register import Register
from gatehouse.staff_card import KINDS, Trust, is_card
from gatehouse.status import NOT_FOUND, Outcome, Status

# Of each gate: more taps than it can have reports waiting for.
TAPS_REMEMBERED = 64
KNOWN = frozenset((Outcome.GREEN, Outcome.YELLOW, Outcome.RED, Outcome.EXPIRED))


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided, with the traveller in a form that may be shown. colour: how the lookup ended, "" if none.

    before: boot and counter of the tap with which the same traveller was sent to staff by that gate the last time; None
    if that has not been, or if it is not sure who it was.
    """

    verdict: Verdict
    masked: str
    colour: str
    before: tuple[int, int] | None = None


class Answering:
    """Answers taps of all gates. Remembers each tap's pseudonym until its reports have come, and who was referred.

    While `ledger_works` is False, or the day's key cannot be had, every tap is sent to staff: what cannot be
    recorded is not allowed.
    """

    def __init__(self, register: Register, keys: KeyFile, rules: Rules, valid_ms: int) -> None:
        self._register = register
        self._keys = keys
        self._rules = rules
        self._valid_ms = valid_ms
        self._day = (0, b"")
        self._persons: dict[bytes, OrderedDict[tuple[int, int], bytes]] = {}
        self._referred: dict[bytes, OrderedDict[bytes, tuple[int, int]]] = {}
        self.ledger_works = True

    def answer(self, identity: bytes, tap: Tap, now: Moment) -> Answer:
        """The verdict on a tap. Its number or code is wiped before this returns, as far as this program holds it."""
        number = bytearray(tap.number)
        tap.number = b""
        try:
            shown = masked_as(tap.card, number)
            remembered = self._remember(identity, tap, number, now)
            if remembered and self.ledger_works:
                decision, status = self._decide(tap, number, now)
                colour = status.outcome.value
            else:
                decision, status, colour = Decision(codes.REFER, codes.REASON_LEDGER_UNAVAILABLE), NOT_FOUND, ""
        finally:
            wipe(number)
        verdict = Verdict(tap.boot, tap.counter, decision.verdict, decision.reason, self._valid_ms)
        # A code that the register does not know may be printed on a wall, for everybody to show; what is no number is
        # nobody's either.
        known = tap.card != codes.CARD_CODE or status.outcome in KNOWN
        is_somebodys = known and decision.reason != codes.REASON_NUMBER_INVALID
        before = self._before(identity, tap, decision.verdict) if is_somebodys else None
        return Answer(verdict, shown, colour, before)

    def person(self, identity: bytes, boot: int, counter: int) -> bytes | None:
        """The ledger pseudonym of a tap answered by this process, None if it is not known (any more)."""
        persons = self._persons.get(identity)
        return None if persons is None else persons.get((boot, counter))

    def _before(self, identity: bytes, tap: Tap, verdict: int) -> tuple[int, int] | None:
        """As in Answer; what this tap leaves behind is kept."""
        person = self.person(identity, tap.boot, tap.counter)
        if person is None:
            return None
        referred = self._referred.setdefault(identity, OrderedDict())
        before = referred.pop(person, None)
        if verdict == codes.REFER:
            referred[person] = tap.boot, tap.counter
            while len(referred) > TAPS_REMEMBERED:
                referred.popitem(last=False)
        return before

    def _decide(self, tap: Tap, number: bytearray, now: Moment) -> tuple[Decision, Status]:
        number_ok = _is_possible(tap.card, number, now)
        # A card that proves nothing is looked up only where a rule says that the register may speak for it.
        known = number_ok and self._rules.trust(tap.card) is not Trust.REFER
        status = self._register.look_up(number, tap.card) if known else NOT_FOUND
        card = Presented(tap.card, number_ok, tap.valid_until, tap.valid_from)
        return decide(card, status, self._rules, now), status

    def _remember(self, identity: bytes, tap: Tap, number: bytearray, now: Moment) -> bool:
        try:
            key = self._day_key(now)
        except KeyFileError:
            return False
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
