"""Bounded exhaustive check of handshake and ratchet, driven by the product's own transition tables.

A Dolev-Yao attacker may deliver, replay or drop every message ever sent; either side may lose power at each step.
Messages are symbols, so cryptography is perfect here; nonces per side are bounded. Not modelled: timers, WHO,
torn flash entries.

A gate is (count in flash, state, own nonce, house nonce, session, nonces drawn, next key durable).
A house is (count kept, state, candidate, proven, session, nonces drawn). A session is (count, gate nonce, house nonce).
"""

from collections import deque
from collections.abc import Iterator

from gatelink import gate_handshake as gate_table
from gatelink import house_handshake as house_table

NONCES = 3
Gate = tuple
House = tuple
State = tuple

GATE_START: Gate = (0, gate_table.RESTING, None, None, None, 0, False)
HOUSE_START: House = (0, house_table.RESTING, None, None, None, 0)


class Model:
    """`weak`: the gate's random source always returns the same. The flags break the order on purpose."""

    def __init__(self, *, weak=False, gate_seals_before_storing=False, house_stores_at_proof=False):
        self.weak = weak
        self.gate_seals_before_storing = gate_seals_before_storing
        self.house_stores_at_proof = house_stores_at_proof

    # --- gate ---------------------------------------------------------------------------------------------

    def gate_fires(self, gate, event, net, log, house_nonce=None):
        """(gate, net, log) after an event, or None where the table drops it."""
        entry = gate_table.TABLE.get((gate[1], event))
        if entry is None:
            return None
        count, _, nonce, answered, session, drawn, durable = gate
        state, actions = entry
        for action in actions:
            if action == gate_table.NEW_HELLO:
                if drawn >= NONCES:
                    return None
                nonce, answered, drawn = ("g", 0 if self.weak else drawn), None, drawn + 1
                net |= {("HELLO", count, nonce)}
            elif action == gate_table.DERIVE_KEYS:
                answered = house_nonce
            elif action == gate_table.SEND_PROOF:
                net |= {("PROOF", count, nonce, answered)}
            elif action == gate_table.STORE_KEYS:
                durable = False
                if self.gate_seals_before_storing:
                    net |= {("DATA", count, nonce, answered)}
                    log |= {("sealed", (count, nonce, answered), count)}
            elif action == gate_table.SWITCH_SESSION:
                session = (count - 1, nonce, answered)
                net |= {("DATA", *session)}
                log |= {("sealed", session, count)}
                nonce = answered = None
                durable = False
        return (count, state, nonce, answered, session, drawn, durable), net, log

    def gate_moves(self, gate, net, log):
        count, state, nonce, answered, _, _, durable = gate
        for event in (gate_table.START, gate_table.REPEAT_DUE, gate_table.REPEATS_OVER):
            yield self.gate_fires(gate, event, net, log)
        for message in net:
            if message[0] == "ANSWER" and message[1:3] == (count, nonce):
                yield self.gate_fires(gate, gate_table.GOOD_ANSWER, net, log, message[3])
            if message[0] == "READY" and message[1:] == (count, nonce, answered):
                yield self.gate_fires(gate, gate_table.GOOD_READY, net, log)
        if state == gate_table.STORING and not durable:
            yield (count + 1, *gate[1:6], True), net, log
        if state == gate_table.STORING and durable:
            yield self.gate_fires(gate, gate_table.STORED, net, log)
        yield (count, gate_table.RESTING, None, None, None, gate[5], False), net, log

    # --- house --------------------------------------------------------------------------------------------

    def house_fires(self, house, event, net, log, candidate=None):
        entry = house_table.TABLE.get((house[1], event))
        if entry is None:
            return None
        count, _, answered, proven, session, drawn = house
        state, actions = entry
        for action in actions:
            if action == house_table.NEW_ANSWER:
                if drawn >= NONCES:
                    return None
                answered = (*candidate, ("h", drawn))
                drawn += 1
                net |= {("ANSWER", *answered)}
            elif action == house_table.DERIVE_KEYS:
                proven, answered = answered, None
                if self.house_stores_at_proof:
                    count = max(count, proven[0] + 1)
            elif action == house_table.SEND_READY:
                net |= {("READY", *proven)}
            elif action == house_table.TRUST_SESSION:
                session, proven = proven, None
                count = max(count, session[0] + 1)
                log |= {("trusted", session)}
        return (count, state, answered, proven, session, drawn), net, log

    def house_moves(self, house, net, log):
        count, _, answered, proven, session, drawn = house
        for message in net:
            body = message[1:]
            if message[0] == "HELLO" and body[0] >= count and (session is None or session[:2] != body):
                same = answered is not None and answered[:2] == body
                yield self.house_fires(
                    house, house_table.SAME_HELLO if same else house_table.GOOD_HELLO, net, log, body
                )
            if message[0] == "PROOF" and body == answered:
                yield self.house_fires(house, house_table.GOOD_PROOF, net, log)
            if message[0] == "PROOF" and body == proven:
                yield self.house_fires(house, house_table.SAME_PROOF, net, log)
            if message[0] == "DATA" and body == proven:
                after = self.house_fires(house, house_table.FIRST_FRAME, net, log)
                yield after
                if after is not None:  # power lost before the count was written
                    yield (count, house_table.RESTING, None, None, None, drawn), after[1], after[2]
        yield (count, house_table.RESTING, None, None, None, drawn), net, log

    # --- the search ---------------------------------------------------------------------------------------

    def next_states(self, state: State) -> Iterator[State]:
        gate, house, net, log = state
        for after in self.gate_moves(gate, net, log):
            if after is not None:
                yield (after[0], house, *after[1:])
        for after in self.house_moves(house, net, log):
            if after is not None:
                yield (gate, after[0], *after[1:])

    def explore(self):
        """(states seen, violation or None)."""
        start = (GATE_START, HOUSE_START, frozenset(), frozenset())
        seen, queue = {start}, deque([start])
        while queue:
            state = queue.popleft()
            wrong = violation(state)
            if wrong is not None:
                return len(seen), wrong
            for after in self.next_states(state):
                if after not in seen:
                    seen.add(after)
                    queue.append(after)
        return len(seen), None


def violation(state: State) -> "str | None":
    """The promise that a state breaks, or None."""
    gate, house, _, log = state
    if house[0] > gate[0]:
        return "the house is ahead of the gate: an honest run can never succeed again"
    epochs = [fact[1][0] for fact in log if fact[0] == "sealed"]
    if len(epochs) != len(set(epochs)):
        return "the gate sealed two sessions under one chain key"
    for fact in log:
        if fact[0] == "sealed" and fact[2] <= fact[1][0]:
            return "the gate sealed before its next key was durable"
        if fact[0] == "trusted" and not any(other[:2] == ("sealed", fact[1]) for other in log):
            return "the house trusts a session that the gate never sealed in"
        if fact[0] == "trusted" and fact[1][0] >= gate[0]:
            return "data exists under a key that the gate still holds"
    return None
