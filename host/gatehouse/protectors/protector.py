"""What every protector does."""

from typing import Protocol

PLACE = b"gatehouse data key"  # what a wrapped data key is bound to, where a protector binds it itself


class Protector(Protocol):
    """Wraps the 32-byte data key of a key file, so that what lies on the disk does not give it away."""

    @property
    def name(self) -> str:
        """As the settings and the key file have it."""

    @property
    def protects(self) -> str:
        """One sentence for people: against whom, and against whom not."""

    def why_not(self) -> str:
        """Why it does not work here for this user; empty if it does. May try it out."""

    def wrap(self, key: bytes) -> bytes:
        """The data key in a form for the disk. KeyFileError if that fails."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """The data key again. KeyFileError if that fails, or if it was wrapped elsewhere."""

    def forget(self, wrapped: bytes) -> bool:
        """Destroy what unwraps this data key. False where that serves others too, and stays.

        KeyFileError if it cannot be destroyed. Nothing, and True, if it is gone already.
        """
