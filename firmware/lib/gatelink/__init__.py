"""gatelink 1: what a gate and the gatehouse say to each other over a serial line.

One package for both sides, in the common subset of MicroPython and CPython. It owns no port, no clock
and no task: bytes and times come in as arguments, frames and events go out. PROTOCOL.md beside this file
specifies what it speaks.

Navigating: `gate_end` and `house_end` are the two ends; `gate_to_house` and `house_to_gate` the messages;
`codes` every number that both sides name; `framing`, `sealing`, `handshake`, `delivery` the layers.
"""
