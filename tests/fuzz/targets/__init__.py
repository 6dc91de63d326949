"""What is fuzzed: one module per noun, each with `run(data) -> str`.

`run` throws any bytes at its noun and tells the result as text that is the same on CPython and on MicroPython. It lets
nothing through but what the noun's docstrings name, and asserts what must hold whatever came in.
"""

BOTH = ("framing", "cbor", "sealing", "handshake", "delivery", "settings", "sam_v", "pn532", "qr", "wiegand")
HOST_ONLY = ("toml", "bundle")  # the host's settings file, a health office's bundle: no gate reads either
NAMES = BOTH + HOST_ONLY
PLANTED = "planted"  # breaks on purpose


def target(name: str) -> "object":
    """The `run` of a target."""
    return __import__(name, globals(), locals(), ("run",), 1).run
