"""What the lane wants done, in the imperative: its only output. One class per order.

They are executed in the order given. Every Record is answered by facts.Recorded or facts.RecordFailed.
"""

RELAY_A = 1  # turnstile input "Unlock A": from the entry side, or whichever side where there is one relay
RELAY_B = 2  # "Unlock B": from the exit side
RELAYS = 3


class Order:
    """Base of all orders."""


class Ask(Order):
    """Send tap `counter` to the gatehouse, then wipe the card."""

    def __init__(self, card: "object", counter: int, age_ms: int) -> None:
        self.card = card
        self.counter = counter
        self.age_ms = age_ms  # since the card's last byte, when this order was given


class Record(Order):
    """Append to the journal. what: a REPORT_ code. counter: the tap it belongs to, 0 = none (boot is 0 then)."""

    def __init__(self, what: int, counter: int, detail: int) -> None:
        self.what = what
        self.counter = counter
        self.detail = detail


class Open(Order):
    """Release the turnstile for one passage: on for `width_ms`, off by itself after that. relays: RELAY_ bits."""

    def __init__(self, width_ms: int, relays: int) -> None:
        self.width_ms = width_ms
        self.relays = relays


class Release(Order):
    """On until Close: held open by staff, or fire. relays: RELAY_ bits."""

    def __init__(self, relays: int) -> None:
        self.relays = relays


class Close(Order):
    """Off, a running pulse included. relays: RELAY_ bits."""

    def __init__(self, relays: int) -> None:
        self.relays = relays


class Show(Order):
    """Show a signal (signals.py) to the traveller. reason: why, a REASON_ code, 0 if none."""

    def __init__(self, signal: int, reason: int = 0) -> None:
        self.signal = signal
        self.reason = reason


class Complete(Order):
    """Tell the gatehouse how the staff order `order_id` ended. outcome: an ORDER_ code."""

    def __init__(self, order_id: int, outcome: int) -> None:
        self.order_id = order_id
        self.outcome = outcome
