"""gatelink's house end as a contender: it decides as the peers do, without register or ledger."""

from exchange import decision
from gatehouse.suite import HouseSuite
from gatelink.gate_to_house import Tap
from gatelink.house_end import HouseEnd
from gatelink.house_to_gate import Verdict
from gatelink.keys import HouseKeys
from gatelink.roster import Roster
from gatelink.ticks import PERIOD, diff
from gatelink_gate import CHAIN_KEY, STATIC_KEY
from port import TtyPort, arguments, now_ms


class OneGate(Roster):
    """Knows the bench's gate, which is enrolled anew for each run."""

    def keys_of(self, identity):
        return HouseKeys(STATIC_KEY, 0, CHAIN_KEY)


def ticks():
    return int(now_ms()) % PERIOD


def main():
    given = arguments()
    port = TtyPort(given.tty)
    end = HouseEnd(OneGate(), HouseSuite(), given.baud, ticks())
    while True:
        out = end.bytes_to_send(ticks())
        if out:
            port.write(out)
        due = end.deadline()
        data = port.wait(None if due is None else max(0, diff(due, ticks())))
        end.receive(data, ticks())
        while (event := end.next_event()) is not None:
            if isinstance(event, Tap) and end.is_up():
                end.send(Verdict(*decision(event.to_array())[1:]), ticks())


if __name__ == "__main__":
    main()
