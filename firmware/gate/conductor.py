"""Moves facts to the lane and carries its orders out. The parts of one pass, in the order in which they run.

A card's last byte becomes a question, and a verdict a pulse, within the pass in which it arrived.
"""

import gc

from gate import facts, orders, signals
from gate import lane_table as t
from gate.fire import Fire
from gate.journal import JournalFull
from gate.relays import Relays
from gatelink import codes
from gatelink.ticks import add, diff, sooner

TICK = facts.Tick()
LOOK_MS = 10  # inputs are looked at this often at least: fire must be seen within 50 ms
COLLECT_MS = 200
COLLECT_FRAMES = 4  # each leaves some kilobytes behind
COLLECT_LATE_MS = 150  # pulses of a Wiegand frame are lost while memory is collected: so long it may wait for its end
CRASHES_GAP_MS = 60000  # between two records of how often parts failed: a part may fail in every other pass
FOR_THE_LANE = (facts.CardSeen, facts.CardUnreadable, facts.ReaderFault)  # what a driver may tell it
REST_MS = 1000  # from a driver's failure behind another to the next try
WELL_MS = 5000  # so long without a failure, and it works again
# States in which a card changes nothing.
DEAF = (t.S_LOCKED, t.S_OUT_OF_SERVICE)
# States in which somebody waits for an answer that may come at any moment.
WAITING = (t.S_ASKING, t.S_RECORDING)
# What holds until its opposite is told: the lane must hear of it, also if it failed at it.
LASTING = (
    facts.FireOn,
    facts.FireOff,
    facts.LinkUp,
    facts.LinkDown,
    facts.JournalReady,
    facts.ReaderFault,
    facts.BeamBlocked,
)


class Seat:
    """A reader's driver and port. What a driver does, no other reader and no part fails by it.

    due: when it has work again if no byte comes. busy: whether an erase of the flash would now spoil something.
    spoilt: it has failed and is to begin anew. tried_at: when it did or will; None = it works. dead: the lane was told.
    """

    due: "int | None" = None
    busy = spoilt = dead = False
    tried_at: "int | None" = None

    def __init__(self, reader: object, port: object) -> None:
        self.reader = reader
        self.port = port

    def turn(self, found: "list[facts.Fact]", now: int) -> None:
        """One pass of the driver; what it tells the lane goes to `found`. Raises whatever the driver does."""
        reader, port = self.reader, self.port
        if self.spoilt:
            # Half a card may be left in what failed: it begins anew, at a port as it was at the start.
            reader.__init__(now)
            port.reset(False)
            if hasattr(reader, "baud"):  # who may change the rate
                port.set_baud(reader.baud)
            self.spoilt = False
        elif self.tried_at is not None and diff(now, self.tried_at) >= WELL_MS:
            self.tried_at = None
            if self.dead:
                self.dead = False
                found.append(facts.ReaderFault(codes.FAULT_READER_BACK, 0))
        # One read a pass: a reader that never stops talking must not keep the other parts waiting.
        told = reader.feed(port.read(), now)
        if told:
            port.wipe()  # a card's last bytes may lie there
        for fact in told:
            if isinstance(fact, FOR_THE_LANE):
                found.append(fact)
            if isinstance(fact, facts.ResetLine):
                port.reset(fact.active)
            elif isinstance(fact, facts.SetBaud):
                port.set_baud(fact.baud)
            elif isinstance(fact, facts.ReaderFault):
                self.dead = False  # it speaks for itself again
        out = reader.bytes_to_send(now)
        if out:
            port.write(out)
        self.due, self.busy = reader.deadline(), reader.busy()
        sooner(self.due, now)  # what is no time fails here, and not in the gate's own loop


class Conductor:
    """`hal` is the chip, `readers` drivers with their ports; the others are the parts of this gate.

    `signs`: a Speaker of those that speak or write, None if there are none.
    """

    def __init__(
        self,
        hal: object,
        lane: object,
        readers: "list[tuple[object, object]]",
        turnstile: object,
        indicators: object,
        uplink: object,
        journal: object,
        now: int,
        signs: "object | None" = None,
    ) -> None:
        self._hal = hal
        self._lane = lane
        self._seats: "list[Seat]" = []
        for reader, port in readers:
            self._seats.append(Seat(reader, port))
        self._turnstile = turnstile
        self._indicators = indicators
        self._uplink = uplink
        self._journal = journal
        self._facts: "list[facts.Fact]" = []
        self._found: "list[facts.Fact]" = []
        self._again: "list[facts.Fact]" = []
        self._fire = Fire(hal.fire_stands(), now)
        self._relays = Relays(hal, self._fire.stands)
        self._journal_failed = False
        self._collect_due = now
        self._collected_at = 0  # frames
        self._outputs = None
        self._signs = signs
        self._shown = orders.Show(signals.IDLE)
        self._crashes = 0
        self._crashes_due = now
        if not journal.ready():
            self._journal_failed = True
            self._tell(facts.RecordFailed(None), now)
        self.parts = [
            self.watch_fire,
            self.read_card,
            self.read_link,
            self.read_inputs,
            self.let_time_pass,
            self.show,
            self.send,
            self.rest,
        ]
        if signs is not None:
            signs.listen(uplink)
            self.parts.append(signs.speak)

    def serve(self, supervisor: object) -> None:
        """Passes without end: comes back only by an exception. supervisor: runs `parts`."""
        hal = self._hal
        # From here on memory is collected when nothing is going on, see `rest`.
        gc.collect()
        gc.threshold(-1)
        try:
            while True:
                supervisor.turn(hal.now())
                due = self.deadline()
                hal.wait(LOOK_MS if due is None else max(0, min(LOOK_MS, diff(due, hal.now()))))
        finally:
            self.record_crashes()

    def deadline(self) -> "int | None":
        """When the next pass is wanted if no byte arrives and no input changes."""
        due = self._uplink.deadline()
        for seat in self._seats:
            due = sooner(due, seat.due)
        due = sooner(due, sooner(self._lane.deadline(), self._indicators.deadline()))
        if self._signs is not None:
            due = sooner(due, self._signs.deadline())
        due = sooner(due, self._fire.deadline())
        return sooner(due, sooner(self._relays.off_at, self._turnstile.deadline()))

    def crashed(self, part: int, failure: Exception) -> None:
        """A part or a driver failed: told by its number and where, with nothing of what it worked on, and counted."""
        self._crashes += 1
        try:
            self._uplink.trace(part, *self._hal.trace(failure))
            self._hal.tell_console(failure)
        except MemoryError:
            pass  # where it was is lost, that it was is not: the other parts go on
        self._uplink.fault(codes.FAULT_TASK_CRASHED, part, stands=False)

    def record_crashes(self) -> None:
        """Make their count a record, so that a reset does not lose it."""
        if self._crashes:
            crashes, self._crashes = self._crashes, 0
            self._journal.count(codes.REPORT_FAULT, codes.FAULT_TASK_CRASHED, crashes)

    # --- the parts ----------------------------------------------------------------------------------------

    def watch_fire(self, now: int) -> None:
        """The fire contact: first to the relays, whatever becomes of the rest, then to the lane."""
        fact = self._fire.sample(int(self._hal.fire()), now)
        if fact is not None:
            self._relays.set_fire(self._fire.stands)
            self._tell(fact, now)

    def read_card(self, now: int) -> None:
        """Bytes of the readers."""
        for seat in self._seats:
            if seat.tried_at is None or diff(now, seat.tried_at) >= 0:
                found = []
                try:
                    seat.turn(found, now)
                except Exception as failure:  # noqa: BLE001 - what failed is one driver; the others must go on
                    seat.port.wipe()
                    seat.due, seat.busy, seat.spoilt = None, False, True
                    if isinstance(failure, MemoryError):
                        self._hal.collect()
                    if seat.tried_at is None:
                        seat.tried_at = now
                        self.crashed(codes.PART_READER + seat.reader.CODE, failure)
                    else:
                        seat.tried_at = add(now, REST_MS)
                        if not seat.dead:
                            seat.dead = True
                            found.append(facts.ReaderFault(codes.FAULT_READER_SILENT, 0))
                if found:
                    self._take(found, seat.reader.CODE, now)

    def _take(self, found: "list[facts.Fact]", code: int, now: int) -> None:
        presented = False
        for fact in found:
            if isinstance(fact, facts.ReaderFault):
                fact.reader = code
                self._uplink.fault(fact.what, 256 * code + fact.detail)
            else:
                presented = True
        self._tell_all(found, now)
        if presented and self._lane.state in DEAF:
            self._show(self._shown, now)  # whoever does not see the lights hears that nobody is served

    def read_link(self, now: int) -> None:
        """Bytes of the gatehouse."""
        self._tell_all(self._uplink.receive(now), now)

    def read_inputs(self, now: int) -> None:
        """Beams, the turnstile's contact, key switch."""
        entry, exit_, key, arm = self._hal.inputs()
        found = self._turnstile.sample(int(entry), int(exit_), int(key), int(arm), now)
        for fact in found:
            if isinstance(fact, facts.BeamBlocked):
                self._uplink.fault(codes.FAULT_BEAM_BLOCKED if fact.sides else codes.FAULT_BEAM_FREE, fact.sides)
        self._tell_all(found, now)

    def let_time_pass(self, now: int) -> None:
        """Deadlines of the lane, end of the relay's pulse."""
        self._relays.let_time_pass(now)
        due = self._lane.deadline()
        if due is not None and diff(now, due) >= 0:
            self._tell(TICK, now)

    def show(self, now: int) -> None:
        """Lights and buzzer."""
        outputs = self._indicators.outputs(now)
        if outputs != self._outputs:
            self._outputs = outputs
            self._hal.set_signs(*outputs)

    def send(self, now: int) -> None:
        """Frames to the gatehouse."""
        self._uplink.transmit(self._lane.state, now)

    def rest(self, now: int) -> None:
        """What may block for a moment: memory while nobody waits for an answer, flash while nothing is going on."""
        busy = False
        for seat in self._seats:
            busy = busy or seat.busy
        if self._lane.state not in WAITING:
            self._collect(now, busy)
        if self._lane.taken() or self._relays.off_at is not None:
            return
        if busy:
            return
        self._uplink.idle(now)
        if self._uplink.settings_offered:
            self._take_settings()
        if self._journal.tidy():
            return
        if self._journal_failed and self._journal.ready():
            self._journal_failed = False
            self._uplink.ended(codes.FAULT_JOURNAL_WRITE)
            self._tell(facts.JournalReady(), now)
        if diff(now, self._crashes_due) >= 0:
            # Kept near, so that no wrap of the ticks makes it one of days ahead.
            self._crashes_due = add(now, CRASHES_GAP_MS) if self._crashes else now
            self.record_crashes()

    def _collect(self, now: int, busy: bool) -> None:
        """Often, also while nobody comes: what is kept would else settle behind garbage, and leave no large block.

        `busy`: a reader is in the middle of something, and time counts for it.
        """
        frames = self._uplink.frames()
        if frames - self._collected_at >= COLLECT_FRAMES and diff(now, self._collect_due) < 0:
            self._collect_due = now
        if diff(now, self._collect_due) >= (COLLECT_LATE_MS if busy else 0):
            self._collect_due = add(now, COLLECT_MS)
            self._collected_at = frames
            self._hal.collect()

    def _take_settings(self) -> None:
        offered = self._uplink.settings_offered
        self._uplink.settings_offered = []
        values, differ = {}, False
        for message in offered:
            for name in message.FIELDS:
                values[name] = getattr(message, name)
                differ = differ or values[name] != getattr(self._lane.settings, name)
        if not differ:
            return
        try:
            self._lane.settings.change(values)
        except (ValueError, OSError) as failure:
            self._uplink.fault(codes.FAULT_SETTINGS_REFUSED, 0, str(failure), stands=False)  # told in each session

    # --- the lane -----------------------------------------------------------------------------------------

    def _tell_all(self, found: "list[facts.Fact] | tuple[facts.Fact, ...]", now: int) -> None:
        """Tell them in their order. Where the lane fails at one, the next part goes on with those behind it."""
        self._found.extend(found)
        while self._again:
            self._tell(self._again.pop(0), now, last=True)
        while self._found:
            self._tell(self._found.pop(0), now)

    def _tell(self, fact: "facts.Fact", now: int, *, last: bool = False) -> None:
        """Give the lane a fact, carry out what it orders, and give it what follows from that.

        If it fails at something that lasts, it is told once more, unless this was the last time.
        """
        self._facts.append(fact)
        try:
            while self._facts:
                self._lane.handle(self._facts.pop(0), now)
                order = self._lane.next_order()
                while order is not None:
                    self.EXECUTE[type(order)](self, order, now)
                    order = self._lane.next_order()
        except Exception:
            # Half carried out is the worst there is: shut, but for fire, and no opening of it comes later.
            self._relays.shut()
            self._lane.shut(now)
            if isinstance(fact, LASTING) and not last:
                self._again.append(fact)
            order = self._lane.next_order()
            while order is not None:
                if isinstance(order, orders.Ask):
                    order.card.wipe()
                elif isinstance(order, (orders.Record, orders.Show)):
                    self.EXECUTE[type(order)](self, order, now)
                order = self._lane.next_order()
            self._facts = []
            raise

    def _ask(self, order: "orders.Ask", now: int) -> None:
        self._uplink.ask(self._journal.boot, order, now)
        # The question leaves at once, not after the other parts of this pass.
        self._uplink.transmit(self._lane.state, now)

    def _record(self, order: "orders.Record", now: int) -> None:
        try:
            self._journal.append(order.what, order.counter, order.detail)
        except Exception as failure:  # noqa: BLE001 - whatever kept it from being written: it is not written
            if not self._journal_failed:
                full = isinstance(failure, JournalFull)
                self._uplink.fault(codes.FAULT_JOURNAL_FULL if full else codes.FAULT_JOURNAL_WRITE, 0)
            self._journal_failed = True
            self._facts.append(facts.RecordFailed(order))
        else:
            self._facts.append(facts.Recorded(order))

    def _open(self, order: "orders.Open", now: int) -> None:
        self._relays.release(order.relays, add(now, order.width_ms))

    def _release(self, order: "orders.Release", now: int) -> None:
        self._relays.release(order.relays, None)

    def _close(self, order: "orders.Close", now: int) -> None:
        self._relays.shut(order.relays)

    def _show(self, order: "orders.Show", now: int) -> None:
        self._indicators.show(order.signal, now)
        self._shown = order
        if self._signs is not None:
            self._signs.show(order)

    def _complete(self, order: "orders.Complete", now: int) -> None:
        self._uplink.complete(order.order_id, order.outcome, self._lane.state)

    EXECUTE = {
        orders.Ask: _ask,
        orders.Record: _record,
        orders.Open: _open,
        orders.Release: _release,
        orders.Close: _close,
        orders.Show: _show,
        orders.Complete: _complete,
    }
