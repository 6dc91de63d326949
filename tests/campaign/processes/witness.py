"""What must not happen whatever is done from outside: gates that reset, tasks that crash, a gatehouse that ends."""

from gatelink import codes

# A reader that was interrupted may complain; these are the gate's own.
OWN_FAULTS = {
    codes.FAULT_JOURNAL_FULL: "its journal is full",
    codes.FAULT_JOURNAL_WRITE: "its journal could not be written",
    codes.FAULT_TASK_CRASHED: "a task crashed",
    codes.FAULT_SETTINGS_REFUSED: "it refused its settings",
}
INTERNAL_ERROR = b"internal error"


class Witness:
    """Watches a station from its start on. `power_ons`: how often each lane's gate was switched on on purpose."""

    def __init__(self, station):
        self.power_ons = dict.fromkeys(station.lanes, 1)
        self._station = station
        self._complaints = {name: [] for name in station.lanes}
        self._read_bytes = 0

    def told(self, event):
        """An event of the gatehouse."""
        if event["event"] == "fault" and event["what"] in OWN_FAULTS:
            self._complaints[event["lane"]].append(f"{event['lane']}: {OWN_FAULTS[event['what']]} ({event['detail']})")

    def sentences(self, lanes):
        """What these lanes and the gatehouse did of their own since it was last asked."""
        found = []
        for lane in lanes:
            name = lane.spec.name
            found += self._complaints[name]
            self._complaints[name].clear()
            resets = len(lane.gate.starts_us) - self.power_ons[name]
            if resets:
                self.power_ons[name] += resets
                found.append(f"{name}: the gate was reset {resets} times by itself")
        gatehouse = self._station.gatehouse
        if gatehouse.ended():
            found.append("the gatehouse has ended by itself")
        with gatehouse.log.open("rb") as log:
            log.seek(self._read_bytes)
            said = log.read()
        self._read_bytes += len(said)
        if INTERNAL_ERROR in said:
            found.append("the gatehouse reported an internal error")
        return found
