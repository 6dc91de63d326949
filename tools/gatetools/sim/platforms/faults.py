"""What goes wrong at a simulated platform, and how long it takes when nothing does; drawn from a seed."""

import random
from dataclasses import dataclass

STALL_S = 30.0
# Of a regional service over the public internet, our guess: half answer within 40 ms, one in a hundred takes over 250.
MEDIAN_S = 0.040
SPREAD = 0.8  # sigma of the logarithm
ERROR, STALL, MALFORMED, BUSY, SIGNATURE, TOKEN = "error", "stall", "malformed", "busy", "signature", "token"
KINDS = (ERROR, STALL, MALFORMED, BUSY, SIGNATURE, TOKEN)


@dataclass(slots=True)
class Faults:
    """rates: the part of all requests, 0 to 1, that goes wrong in each way. pace: 0 answers at once, 1 as in life.

    next_ones: faults that the next requests get, whatever the rates.
    """

    chance: random.Random
    rates: dict[str, float]
    pace: float
    next_ones: list[str]

    @classmethod
    def none(cls) -> "Faults":
        """Nothing goes wrong, and nothing takes time."""
        return cls(random.Random(0), {}, 0.0, [])

    @classmethod
    def seeded(cls, seed: int, rates: dict[str, float] | None = None, pace: float = 1.0) -> "Faults":
        """As in life."""
        return cls(random.Random(seed), rates or {}, pace, [])

    def draw(self) -> str:
        """The fault of one request, "" for none."""
        if self.next_ones:
            return self.next_ones.pop(0)
        at = self.chance.random()
        for kind, rate in self.rates.items():
            if at < rate:
                return kind
            at -= rate
        return ""

    def latency_s(self) -> float:
        """How long one request takes."""
        return self.pace * MEDIAN_S * self.chance.lognormvariate(0.0, SPREAD) if self.pace else 0.0
