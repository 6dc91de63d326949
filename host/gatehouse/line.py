"""A port with a gate behind it, as far as the rooms that share it need it."""

from typing import Protocol

from gatelink.house_to_gate import Order
from gatelink.message import Message

from gatehouse.words import Words


class Line(Protocol):
    """Everything is called on the event loop. `lane`: of the gate that has proven itself here, "" before."""

    url: str
    lane: str

    def send_bulk(self, message: Message) -> None:
        """Send when its turn comes."""

    def order(self, order: Order) -> bool:
        """Send now; False if that is not possible now, and then it is not kept for later."""

    def alarm(self, said: Words) -> None:
        """Say what somebody must look at on this line."""

    def is_there(self) -> bool:
        """Whether the port is open."""

    def give_up(self) -> None:
        """The gate that was here is elsewhere."""
