"""The answer to one tap: number or code checked, status looked up, rules applied, pseudonym kept for the ledger."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict

from gatehouse.card_number import check_card_number
from gatehouse.clock import Moment
from gatehouse.continuity import LEDGER_DAY
from gatehouse.decide import Decision, decide
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.lists import StationLists
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import masked_as, pseudonym_as, wipe
from gatehouse.register import Register
from gatehouse.rules.book import RuleBook
from gatehouse.rules.presented import Presented
from gatehouse.slips import Slips, slip_of
from gatehouse.staff_card import KINDS, Trust, is_card
from gatehouse.status import NOT_ASKED, Status

# Of each gate: more taps than it can have reports waiting for.
TAPS_REMEMBERED = 64
UNTRUSTED: Mapping[int, Trust] = dict.fromkeys(KINDS, Trust.REFER)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided, with the traveller in a form that may be shown. colour: how the lookup ended, "" if none."""

    verdict: Verdict
    masked: str
    colour: str


class Answering:
    """Answers taps of all gates. Remembers each tap's ledger pseudonym until its reports have come.

    While `ledger_works` is False, or the day's key cannot be had, every tap is sent to staff: what cannot be
    recorded is not allowed.
    """

    def __init__(
        self,
        register: Register,
        keys: KeyFile,
        rules: RuleBook,
        lists: StationLists,
        valid_ms: int,
        trusts: Mapping[int, Trust] = UNTRUSTED,
    ) -> None:
        """`trusts`: what cards of staff may do, by their CARD_ code."""
        self._register = register
        self._keys = keys
        self.rules = rules
        self.lists = lists
        self._valid_ms = valid_ms
        self._trusts = trusts
        self._day = (0, b"")
        self._persons: dict[bytes, OrderedDict[tuple[int, int], bytes]] = {}
        self.ledger_works = True
        self.slips = Slips()

    def answer(self, identity: bytes, tap: Tap, now: Moment, lane: str = "") -> Answer:
        """The verdict on a tap. Its number or code is wiped before this returns, as far as this program holds it."""
        number = bytearray(tap.number)
        tap.number = b""
        try:
            shown = masked_as(tap.card, number)
            remembered = self._remember(identity, tap, number, now)
            if remembered and self.ledger_works:
                decision, status = self._decide(tap, number, now, lane)
                colour = status.outcome.value
            else:
                decision, colour = Decision(codes.REFER, codes.REASON_LEDGER_UNAVAILABLE), ""
                status = NOT_ASKED
        finally:
            wipe(number)
        self._keep_slip(lane, shown, decision, status, now)
        verdict = Verdict(tap.boot, tap.counter, decision.verdict, decision.reason, self._valid_ms)
        return Answer(verdict, shown, colour)

    def person(self, identity: bytes, boot: int, counter: int) -> bytes | None:
        """The ledger pseudonym of a tap answered by this process, None if it is not known (any more)."""
        persons = self._persons.get(identity)
        return None if persons is None else persons.get((boot, counter))

    def _decide(self, tap: Tap, number: bytearray, now: Moment, lane: str) -> tuple[Decision, Status]:
        number_ok, trust = _is_possible(tap.card, number, now), self._trusts.get(tap.card)
        # A card that proves nothing is looked up only where a rule says that the register may speak for it.
        known = number_ok and trust is not Trust.REFER
        status = self._register.look_up(number, tap.card) if known else NOT_ASKED
        rules = self.rules.current
        lists = self.lists.of(number, now, tap.card) if number_ok and rules.uses_lists() else frozenset()
        card = Presented(tap.card, number_ok, tap.valid_until, tap.valid_from, lists, trust)
        return decide(card, status, rules, now, lane), status

    def _keep_slip(self, lane: str, shown: str, decision: Decision, status: Status, now: Moment) -> None:
        if decision.verdict == codes.ALLOW:
            self.slips.drop(lane)
        else:
            self.slips.keep(slip_of(lane, shown, decision, status, self.rules.current, now), time.monotonic())

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
