"""First in PYTHONPATH of a program under test: pyserial's RFC 2217 client without its waits.

Where it looks for an answer it sleeps 50 ms, at its end 300; it has the server confirm the line's speed and form anew
whenever a program changes how long it waits, which a flashing program does twice for each command; and every byte
goes by itself through a queue that is written in Python. Together that makes minutes of seconds.
"""

import queue
import time
import types

import serial.rfc2217

WAITS_S = (0.05, 0.3)
CONFIGURE = serial.rfc2217.Serial._reconfigure_port
READ = serial.rfc2217.Serial.read


def configure(port):
    """As pyserial's, when it is about the line; what it does not know it must still be able to refuse."""
    line = (port._baudrate, port._bytesize, port._parity, port._stopbits, port._rtscts, port._xonxoff)
    if getattr(port, "line", None) != line or port._write_timeout is not None:
        CONFIGURE(port)
        port.line = line


def read(port, size=1):
    """As pyserial's; what has come already is taken at once."""
    data = bytearray()
    while len(data) < size and port._read_buffer.qsize():
        if (byte := port._read_buffer.get()) is None:
            return bytes(data)
        data += byte
    return bytes(data) + READ(port, size - len(data))


serial.rfc2217.time = types.SimpleNamespace(
    sleep=lambda seconds: time.sleep(0.001 if seconds in WAITS_S else seconds), time=time.time
)
serial.rfc2217.Queue = types.SimpleNamespace(Queue=queue.SimpleQueue, Empty=queue.Empty)
serial.rfc2217.Serial._reconfigure_port = configure
serial.rfc2217.Serial.read = read
