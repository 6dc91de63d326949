"""What has begun at the lane and not ended: an opening without its outcome, a hold, a lock, a fire.

It goes into the head of each block of the journal, so that a start finds it without reading back.
"""

from gatelink import codes

LASTING = (codes.REPORT_HELD, codes.REPORT_LOCKED, codes.REPORT_FIRE)  # detail 1 begins, 0 ends
# Not a lock: no power cut opens what staff have shut until they resume it.
ENDED_BY_A_START = (codes.REPORT_HELD, codes.REPORT_FIRE)


class GoingOn:
    """boot, counter: the tap whose opening has no outcome yet, zeros if none. lasting: a bit for each of LASTING."""

    def __init__(self, boot: int, counter: int, lasting: int) -> None:
        self.boot = boot
        self.counter = counter
        self.lasting = lasting

    def note(self, what: int, boot: int, counter: int, detail: int) -> None:
        """Take one record, in the order of the records."""
        if what == codes.REPORT_OPENING:
            self.boot, self.counter = boot, counter
        elif self._is_outcome(what, boot, counter):
            self.boot = self.counter = 0
        elif what in LASTING:
            bit = 1 << LASTING.index(what)
            self.lasting = self.lasting | bit if detail else self.lasting & ~bit

    def is_end(self, what: int, boot: int, counter: int, detail: int) -> bool:
        """Whether this record ends something that goes on."""
        if what in LASTING:
            return not detail and self.goes_on(what)
        return self._is_outcome(what, boot, counter)

    def _is_outcome(self, what: int, boot: int, counter: int) -> bool:
        return what in codes.OUTCOMES and counter != 0 and (boot, counter) == (self.boot, self.counter)

    def goes_on(self, what: int) -> bool:
        """Whether this one of LASTING has begun and not ended."""
        return bool(self.lasting & 1 << LASTING.index(what))

    def ends(self, boot: int) -> "list[tuple[int, int, int, int]]":
        """(what, boot, counter, detail) of the records that end what a start in the run `boot` does not go on with."""
        found = [(what, boot, 0, 0) for what in ENDED_BY_A_START if self.goes_on(what)]
        if self.counter:
            found.insert(0, (codes.REPORT_UNKNOWN, self.boot, self.counter, 0))
        return found
