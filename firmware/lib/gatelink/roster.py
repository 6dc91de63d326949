"""Who may speak to a house; injected by the program around it."""

from gatelink.errors import LocalError
from gatelink.keys import HouseKeys


class Roster:
    """The enrolled gates, as far as one port may serve them."""

    def keys_of(self, identity: bytes) -> HouseKeys:
        """The keys of an enrolled gate. Refused if it is unknown, revoked, or live on another port."""
        raise LocalError("each house brings its own roster")
