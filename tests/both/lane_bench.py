"""A lane on the bench: it carries out the lane's orders on a clock that only moves when told."""

from boards import lane_a
from gate import orders, settings
from gate.chosen import Chosen
from gate.facts import CardSeen, LinkUp, Ordered, Recorded, RecordFailed, Tick, VerdictGiven
from gate.lane import Lane
from gatelink import codes
from gatelink.house_to_gate import Order, Verdict
from gatelink.ticks import add, diff
from synthetic_card import a_card

BOOT = 7
ENTRY, EXIT, BOTH = codes.DIRECTION_ENTRY, codes.DIRECTION_EXIT, codes.DIRECTION_BOTH
OUTCOMES = (
    codes.REPORT_PASSED,
    codes.REPORT_TURNED_BACK,
    codes.REPORT_NOBODY_CAME,
    codes.REPORT_FOLLOWED,
    codes.REPORT_UNKNOWN,
)


class Settings(Chosen):
    """The usual ones but for those given; these may contradict the limits."""

    def __init__(self, **values):
        chosen = settings.Settings({}, lane_a).values()
        chosen.update(values)
        super().__init__(chosen)


class LaneBench:
    """`journal_works` decides how Records end; None leaves them unanswered in `unanswered`."""

    def __init__(self, now=1000, link=True, chosen=None):
        self.now = now
        self.settings = chosen or Settings()
        self.lane = Lane(BOOT, self.settings, now)
        self.journal_works = True
        self.unanswered = []
        self.given = []  # names of all orders, in order
        self.asked = []
        self.cards = []
        self.records = []  # (what, counter, detail)
        self.opened = []
        self.completed = []
        self.shown = None
        self.relays = 0
        self.relay_until = None  # None = until Close
        self.carry_out()
        if link:
            self.tell(LinkUp())

    def tell(self, *facts):
        """Feed facts, carry out what follows."""
        for fact in facts:
            self.lane.handle(fact, self.now)
            self.carry_out()
        return self

    def carry_out(self):
        """Do everything the lane orders, the journal's answers included."""
        order = self.lane.next_order()
        while order is not None:
            self.given.append(type(order).__name__)
            self.execute(order)
            order = self.lane.next_order()

    def execute(self, order):
        """One order."""
        if isinstance(order, orders.Ask):
            self.asked.append(order.counter)
            self.cards.append(order.card)
        elif isinstance(order, orders.Record):
            self.record(order)
        elif isinstance(order, orders.Open):
            self.opened.append(order.width_ms)
            self.relays = order.relays
            self.relay_until = add(self.now, order.width_ms)
        elif isinstance(order, orders.Release):
            self.relays = order.relays
            self.relay_until = None
        elif isinstance(order, orders.Close):
            self.relays &= ~order.relays
        elif isinstance(order, orders.Show):
            self.shown = order.signal
        else:
            self.completed.append((order.order_id, order.outcome))

    def record(self, order):
        """The journal."""
        if self.journal_works is None:
            self.unanswered.append(order)
        elif self.journal_works:
            self.records.append((order.what, order.counter, order.detail))
            self.lane.handle(Recorded(order), self.now)
        else:
            self.lane.handle(RecordFailed(order), self.now)

    def wait(self, ms):
        """Let time pass, ticking whenever the lane or the relay wants it."""
        end = add(self.now, ms)
        while True:
            due = self.lane.deadline()
            if due is None or diff(end, due) < 0:
                break
            if diff(due, self.now) > 0:
                self.now = due
            self.tell(Tick())
        self.now = end
        if self.relay and self.relay_until is not None and diff(end, self.relay_until) >= 0:
            self.relays = 0
        return self.tell(Tick())

    # --- short ways to say things -------------------------------------------------------------------------

    def card(self, age_ms=0):
        """Lay a card down."""
        return self.tell(CardSeen(a_card(), age_ms))

    def verdict(self, verdict, reason=codes.REASON_GREEN, counter=None, boot=BOOT, valid_ms=1500):
        """Answer the newest tap, or another."""
        counter = self.asked[-1] if counter is None else counter
        return self.tell(VerdictGiven(Verdict(boot, counter, verdict, reason, valid_ms)))

    def allow(self):
        """Answer the newest tap with allow."""
        return self.verdict(codes.ALLOW)

    def order(self, what, number=40):
        """An order of staff."""
        return self.tell(Ordered(Order(number, what)))

    @property
    def relay(self):
        """Whether any relay is on."""
        return self.relays != 0

    @property
    def state(self):
        """The lane's state."""
        return self.lane.state


def opened_lane(**chosen):
    """A lane of these settings whose traveller was just allowed in."""
    return LaneBench(chosen=Settings(**chosen)).card().allow()
