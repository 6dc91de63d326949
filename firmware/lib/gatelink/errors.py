"""Errors named by whose fault they are. None ever holds a number, a key, a card's data or a payload byte."""


class GatelinkError(Exception):
    """Base of every error that this package raises."""


class LocalError(GatelinkError):
    """The program on this side broke the rules: a bug here, not on the line."""


class RemoteError(GatelinkError):
    """The other end sent what the protocol does not allow, in a frame that was not damaged."""


class DamagedFrame(GatelinkError):
    """The line changed bytes: the frame is dropped and asked for again. Nobody's fault."""


class Refused(GatelinkError):
    """This end will not talk to the other; `reason` is one of the REFUSED_ codes."""

    def __init__(self, reason: int) -> None:
        super().__init__("refused for reason %d" % reason)
        self.reason = reason
