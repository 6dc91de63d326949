"""One tap from its question to its verdict: card, code and verdict live and die with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gatehouse.lookup.routes import NOBODY, Route
from gatehouse.question import Question
from gatehouse.rules.presented import Presented
from gatehouse.status import Status


@dataclass(slots=True)
class Matter:
    """`identity`: the gate. `boot`, `counter`: the tap's id. shown: the traveller in a form that may be shown.

    recordable: what is decided can be entered. listed: the station's lists were looked at.
    kept: what is known without asking. route: who is to be asked.
    """

    identity: bytes
    boot: int
    counter: int
    lane: str
    question: Question
    shown: str
    card: Presented
    recordable: bool
    kept: Sequence[Status] = field(default=(), repr=False)
    route: Route = NOBODY
    listed: bool = False

    def needs_asking(self) -> bool:
        """Whether somebody is to be asked before it can be decided."""
        return bool(self.route.ask)

    def close(self) -> None:
        """Wipe what was presented; also where there will be no verdict."""
        self.question.wipe()
