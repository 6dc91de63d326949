"""The answer to one tap: number checked, status looked up, rules applied, pseudonym kept for the ledger."""

import datetime
from collections import OrderedDict
from dataclasses import dataclass

from gatelink import codes
from gatelink.gate_to_house import Tap
from gatelink.house_to_gate import Verdict

from gatehouse.decide import Decision, Presented, Rules, decide, refuse_card
from gatehouse.keyfile import KeyFile
from gatehouse.person import NumberInvalid, check_resident_number, masked, pseudonym, wipe
from gatehouse.register import Register

TAPS_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided, with the traveller in a form that may be shown."""

    verdict: Verdict
    masked: str


class Answering:
    """Answers taps of all gates. Remembers each tap's ledger pseudonym until its reports have come."""

    def __init__(self, register: Register, keys: KeyFile, rules: Rules, valid_ms: int) -> None:
        self._register = register
        self._keys = keys
        self._rules = rules
        self._valid_ms = valid_ms
        self._day = ("", b"")
        self._persons: OrderedDict[tuple[bytes, int, int], bytes] = OrderedDict()
        self.ledger_works = True

    def answer(self, identity: bytes, tap: Tap, now: datetime.datetime) -> Answer:
        """The verdict on a tap at a local time. The number is wiped before this returns."""
        number = bytearray(tap.number)
        try:
            decision = self._decide(tap, number, now)
            self._remember((identity, tap.boot, tap.counter), pseudonym(self._day_key(now), number))
            shown = masked(number)
        finally:
            wipe(number)
        verdict = Verdict(tap.boot, tap.counter, decision.verdict, decision.reason, self._valid_ms)
        return Answer(verdict, shown)

    def _decide(self, tap: Tap, number: bytearray, now: datetime.datetime) -> Decision:
        if not self.ledger_works:
            return Decision(codes.REFER, codes.REASON_LEDGER_UNAVAILABLE)
        try:
            check_resident_number(number, now.date())
        except NumberInvalid:
            number_ok = False
        else:
            number_ok = True
        card = Presented(tap.card, number_ok, tap.valid_until)
        refused = refuse_card(card, int(now.strftime("%Y%m%d")))
        return refused or decide(self._register.look_up(number), self._rules, int(now.timestamp()))

    def person(self, identity: bytes, boot: int, counter: int) -> bytes | None:
        """The ledger pseudonym of a tap answered by this process, None if it is not known (any more)."""
        return self._persons.get((identity, boot, counter))

    def _remember(self, tap: tuple[bytes, int, int], person: bytes) -> None:
        self._persons[tap] = person
        while len(self._persons) > TAPS_REMEMBERED:
            self._persons.popitem(last=False)

    def _day_key(self, now: datetime.datetime) -> bytes:
        day = f"ledger {now:%Y-%m-%d}"
        if self._day[0] != day:
            self._day = (day, self._keys.secret(day))
        return self._day[1]
