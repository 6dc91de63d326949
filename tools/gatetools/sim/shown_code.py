"""The words of a code: what somebody holds before a QR module."""

from collections.abc import Sequence
from dataclasses import dataclass

from gatelink.limits import PRESENTED_MAX_BYTES

QUOTE = '"'
# What nobody of good will shows. None of it may be executed, formatted or logged anywhere.
ODD = {
    "too_long": b"7Q2M-K4XW-" * (PRESENTED_MAX_BYTES // 10 + 1),
    "binary": bytes(byte for byte in range(256) if byte not in b"\r\n\t"),
    "hostile": b"\x1b[2J\x1b]0;x\x07'; drop table status; --%s%n{0.__class__}${jndi:ldap://x/}",
}
COLOURS = ("green", "yellow", "red", "unknown")
WORDS = (*COLOURS, *ODD)


class CodeWrong(ValueError):
    """No code; the text says what is allowed."""


@dataclass(frozen=True, slots=True)
class ShownCode:
    """`colour`: of a code that the register may know, "" of any other."""

    data: bytes
    colour: str = ""

    @property
    def text(self) -> str:
        """As it stands in a register."""
        return self.data.decode("utf-8")


def of(words: Sequence[str], *, alone: bool = False) -> ShownCode:
    """From one word, or from words between quotation marks. alone: the register is somebody else's. CodeWrong."""
    said = " ".join(words)
    if len(said) > 2 and said[0] == said[-1] == QUOTE:
        return ShownCode(said[1:-1].encode())
    if said in ODD:
        return ShownCode(ODD[said])
    if said in COLOURS and not alone:
        return ShownCode(f"GH1:{said}-7Q2M-K4XW".encode(), said)
    raise CodeWrong(f'allowed is {" | ".join(ODD if alone else WORDS)} | "TEXT"')


def truly_opens(code: ShownCode) -> bool:
    """Whether the rules let its bearer through."""
    return code.colour == "green"
