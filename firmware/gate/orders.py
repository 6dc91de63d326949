"""What the lane wants done, in the imperative: its only output. One class per order.

They are executed in the order given. Every Record is answered by facts.Recorded or facts.RecordFailed.
"""


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
    """Release the turnstile for one passage: output on for `pulse_ms`, off by itself after that."""

    def __init__(self, pulse_ms: int) -> None:
        self.pulse_ms = pulse_ms


class Release(Order):
    """Output on until Close: held open by staff, or fire."""


class Close(Order):
    """Output off, a running pulse included."""


class Show(Order):
    """Show a signal (signals.py) to the traveller."""

    def __init__(self, signal: int) -> None:
        self.signal = signal


class Complete(Order):
    """Tell the gatehouse how the staff order `order_id` ended. outcome: an ORDER_ code."""

    def __init__(self, order_id: int, outcome: int) -> None:
        self.order_id = order_id
        self.outcome = outcome
