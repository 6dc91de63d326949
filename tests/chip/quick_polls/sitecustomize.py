"""First in PYTHONPATH of a program under test: pyserial's RFC 2217 client looks each millisecond for an answer.

It sleeps 50 ms otherwise, twice for each command of a flashing program, which makes 20 s of one second.
"""

import time
import types

import serial.rfc2217

POLL_S = 0.05
serial.rfc2217.time = types.SimpleNamespace(
    sleep=lambda seconds: time.sleep(0.001 if seconds == POLL_S else seconds), time=time.time
)
