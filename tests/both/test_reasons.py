"""A lane run to every reason there is: its lights, by the lane's table, and its words, by the sayings', agree."""

from gate import facts, orders, signals
from gate.signs import sayings
from gatelink import codes
from lane_bench import LaneBench, Settings

# Those that a gatehouse gives, by the verdict that it gives them with.
GIVEN = {
    codes.ALLOW: (codes.REASON_GREEN, codes.REASON_STAFF_CARD, codes.REASON_BY_CARD),
    codes.DENY: (codes.REASON_RED,),
    codes.REFER: (
        codes.REASON_YELLOW,
        codes.REASON_STATUS_EXPIRED,
        codes.REASON_NOT_FOUND,
        codes.REASON_LOOKUP_FAILED,
        codes.REASON_LOOKUP_TIMED_OUT,
        codes.REASON_NUMBER_INVALID,
        codes.REASON_CARD_EXPIRED,
        codes.REASON_CARD_NOT_YET_VALID,
        codes.REASON_CARD_KIND_UNSUPPORTED,
        codes.REASON_STATUS_FROM_FUTURE,
        codes.REASON_STATUS_UNMAPPED,
        codes.REASON_LEDGER_UNAVAILABLE,
        codes.REASON_CARD_UNPROVEN,
        codes.REASON_TEST_POSITIVE,
        codes.REASON_TEST_NOT_IN_ORDER,
        codes.REASON_LISTED,
        codes.REASON_BY_RULE,
        codes.REASON_CLOCK_WRONG,
        codes.REASON_NOT_ASKED,
        codes.REASON_FLAGGED,
        codes.REASON_ANSWER_TOO_OLD,
    ),
}
UNREADABLE = (
    codes.REASON_CARD_UNREADABLE,
    codes.REASON_CARD_REJECTED,
    codes.REASON_CARD_KIND_UNSUPPORTED,
    codes.REASON_CODE_TOO_LONG,
)


class Lane(LaneBench):
    """Notes the reasons that the lane records and, of what it shows, signal and reason."""

    def __init__(self, **chosen):
        self.reasons = []
        self.shows = []
        LaneBench.__init__(self, chosen=Settings(**chosen))

    def execute(self, order):
        if isinstance(order, orders.Show):
            self.shows.append((order.signal, order.reason))
        LaneBench.execute(self, order)

    def record(self, order):
        if order.what in (codes.REPORT_OPENING, codes.REPORT_NOT_OPENED):
            self.reasons.append(order.detail)
        LaneBench.record(self, order)


def own():
    """(a lane that has come to a reason of its own, that reason)."""
    for reason in UNREADABLE:
        yield Lane().tell(facts.CardUnreadable(reason)), reason
    yield Lane().tell(facts.LinkDown()).card(), codes.REASON_HOST_AWAY
    yield Lane().card().tell(facts.LinkDown()), codes.REASON_HOST_AWAY
    yield Lane().card().wait(1500), codes.REASON_NO_ANSWER
    late = Lane().card()
    late.now += 1400
    yield late.verdict(codes.ALLOW, valid_ms=100), codes.REASON_NO_ANSWER
    yield Lane().tell(facts.KeyTurned()), codes.REASON_STAFF
    yield Lane().order(codes.ORDER_OPEN_ONCE), codes.REASON_STAFF
    yield Lane().card().tell(facts.FireOn()), codes.REASON_FIRE
    yield Lane().card().tell(facts.Fact()), codes.REASON_LANE_FAULT
    yield Lane().card().card().verdict(codes.DENY, codes.REASON_RED).wait(3000), codes.REASON_LANE_BUSY
    broken = Lane().card()
    broken.journal_works = False
    yield broken.allow(), codes.REASON_JOURNAL_UNAVAILABLE


def test_lights_and_words_of_every_reason_agree():
    """The signal that the lane shows is the one whose words the sayings have for its reason."""
    seen = set()
    lanes = list(own())
    for verdict, reasons in GIVEN.items():
        lanes += [(Lane().card().verdict(verdict, reason), reason) for reason in reasons]
    for lane, reason in lanes:
        assert lane.reasons[-1] == reason, reason
        signal, shown_for = lane.shows[-1]
        assert signal == lane.shown == sayings.TABLE[2 * reason], reason
        # Where the reason that is shown is another, its words must not be of another signal either.
        assert sayings.saying(signal, shown_for) in (sayings.saying(signal, reason), signal), reason
        seen.add(reason)
    assert seen == set(codes.names("REASON_")), "a reason that no lane came to"


def test_who_is_refused_by_a_rule_sees_a_refusal():
    """Whatever the rule's reason is: neither the lights nor the words send him to staff or through."""
    for reason in GIVEN[codes.REFER]:
        lane = Lane().card().verdict(codes.DENY, reason)
        signal, shown_for = lane.shows[-1]
        assert signal == lane.shown == signals.STOP, reason
        assert sayings.saying(signal, shown_for) == signals.STOP, reason
        assert lane.reasons[-1] == reason, reason
