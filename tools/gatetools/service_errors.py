"""What can be wrong with a gate that is to be in service mode, and what to do about it."""

import errno

from gatetools import boot_text
from gatetools.boot_text import State
from gatetools.unsealed import Ear

HOW_TO_ENTER = (
    "Hold the service button, press reset (or switch the power on), keep holding for a second; red and amber lamp "
    "light together."
)

STARTS_OVER = "the chip starts over and over: what is in its flash is no whole firmware. Run gate flash."
BOOTING = {
    State.LOADER: "the chip waits for a download. Release its BOOT button and press reset.",
    State.HALF_WRITTEN: STARTS_OVER,
    State.RESTARTS: STARTS_OVER,
}


class ServiceModeError(Exception):
    """The gate on a port cannot be worked with; the text says why and what to do."""


class NotInServiceMode(ServiceModeError):
    """A gate is there, and its lane runs."""

    def __init__(self, port: str) -> None:
        super().__init__(f"{port}: a gate is there, but its lane is running. {HOW_TO_ENTER}")


class NoMicroPython(ServiceModeError):
    """Nothing answers as MicroPython does. `heard`: whether anything came at all."""

    def __init__(self, port: str, finding: str, *, heard: bool) -> None:
        self.heard = heard
        super().__init__(f"{port}: {finding}")


class GateLost(ServiceModeError):
    """The port broke in the middle."""

    def __init__(self, port: str) -> None:
        super().__init__(
            f"{port}: it has vanished in the middle; is the cable in, is the gate powered? Then try again."
        )


class GateRestarted(ServiceModeError):
    """The gate has started anew in the middle."""

    def __init__(self, port: str) -> None:
        super().__init__(
            f"{port}: the gate has started anew in the middle: it lost its power, or was reset. {HOW_TO_ENTER}"
        )


class GateGarbled(ServiceModeError):
    """The gate's answer was none: damaged on the way, endless, or not from MicroPython."""

    def __init__(self, port: str) -> None:
        super().__init__(
            f"{port}: the gate's answer makes no sense; is another program on this port, is the cable sound? Try again."
        )


class GateFailed(ServiceModeError):
    """The gate understood and could not do it. `kind`: class of the error; `number`: its errno, if it has one."""

    def __init__(self, kind: str, number: int | None) -> None:
        self.kind = kind
        self.number = number
        super().__init__(
            f"the gate could not do it: {kind}{f' {errno.errorcode.get(number, number)}' if number else ''}"
        )


def none_given(port: str, heard: bytes) -> ServiceModeError:
    """Why an answer was none, from what was heard instead."""
    sign = boot_text.read(heard)
    if Ear().feed(heard) or (sign is not None and sign.state is not State.CONSOLE):
        return GateRestarted(port)
    return GateGarbled(port)


def who_is_there(port: str, heard: bytes) -> ServiceModeError:
    """Why there is no prompt, from what was heard instead."""
    if Ear().feed(heard):
        return NotInServiceMode(port)
    sign = boot_text.read(heard)
    if sign is not None and sign.state in BOOTING:
        return NoMicroPython(port, BOOTING[sign.state], heard=True)
    if not heard:
        return NoMicroPython(
            port,
            f"nothing answers. If this is the gate's port, it is not in service mode: {HOW_TO_ENTER} If that does not "
            "help: some cables only charge; this may be the wrong port; a new chip needs gate flash first.",
            heard=False,
        )
    return NoMicroPython(
        port,
        "something answers, but not MicroPython. Is this the gate's port? A new chip needs gate flash.",
        heard=True,
    )
