"""The REPL of a chip, byte for byte as shared/runtime/pyexec.c of MicroPython has it; commands run on this interpreter.

The raw REPL is whole, raw paste included. The friendly one takes single lines: no history, no editing, no paste mode.
"""

import io
import sys

from machine import RESET_STATUS

CTRL_A, CTRL_B, CTRL_C, CTRL_D, CTRL_E = 1, 2, 3, 4, 5
STDIN_BYTES = 256  # MICROPY_REPL_STDIN_BUFFER_MAX; its half is the window of raw paste
PROMPT = b">>> "


class Repl:
    """`run` ends when a soft reset is asked for; a hard one ends the process. `raw`: outlives soft resets."""

    def __init__(self, console):
        self._console = console
        self.raw = False

    def run(self, names):
        """Commands see `names` as their globals."""
        while True:
            if (self._raw if self.raw else self._friendly)(names):
                return

    def soft_rebooted(self):
        self._console.write(b"MPY: soft reboot\r\n")

    # --- raw ----------------------------------------------------------------------------------------------

    def _raw(self, names):
        """True: a soft reset. False: to the friendly one."""
        console = self._console
        line = bytearray()
        console.write(b"raw REPL; CTRL-B to exit\r\n>")
        while True:
            byte = console.byte()
            if byte == CTRL_A:
                if len(line) == 2 and line[0] == CTRL_E:
                    if self._command(line[1], names):
                        return True
                    console.write(b">")
                else:
                    console.write(b"raw REPL; CTRL-B to exit\r\n>")
                line = bytearray()
            elif byte == CTRL_B:
                console.write(b"\r\n")
                self.raw = False
                return False
            elif byte == CTRL_C:
                line = bytearray()
            elif byte == CTRL_D:
                console.write(b"OK")
                if not line:
                    console.write(b"\r\n")
                    return True
                if self._execute(lambda code=line: code, names):
                    return True
                console.write(b">")
                line = bytearray()
            else:
                line.append(byte)

    def _command(self, letter, names):
        """What follows CTRL-E in raw mode: raw paste, and nothing else. True: a soft reset."""
        if letter != ord("A"):
            self._console.write(b"R\x00")
            return False
        window = STDIN_BYTES // 2
        self._console.write(b"R\x01" + bytes((window & 0xFF, window >> 8, 1)))
        return self._execute(lambda: self._pasted(window), names)

    def _pasted(self, window):
        code = bytearray()
        while True:
            byte = self._console.byte()
            if byte in (CTRL_C, CTRL_D):
                self._console.write(b"\x04")
                if byte == CTRL_C:
                    raise KeyboardInterrupt
                return code
            code.append(byte)
            if len(code) % window == 0:
                self._console.write(b"\x01")

    def _execute(self, source, names):
        """Run what `source()` gives; the ends of output and of errors are marked. True: a soft reset."""
        failure = None
        try:
            exec(compile(source().decode(), "<stdin>", "exec"), names)
        except SystemExit as left:
            if left.args == (RESET_STATUS,):
                raise
            self._console.write(b"\x04\x04")
            return True
        except BaseException as raised:
            failure = raised
        self._console.write(b"\x04")
        if failure is not None:
            self._tell(failure)
        self._console.write(b"\x04")
        return False

    def _tell(self, failure):
        told = io.StringIO()
        sys.print_exception(failure, told)
        self._console.cooked(told.getvalue())

    # --- friendly -----------------------------------------------------------------------------------------

    def _friendly(self, names):
        """True: a soft reset. False: to the raw one."""
        console = self._console
        version = sys.version.split("; ")[-1]
        banner = '%s; %s\nType "help()" for more information.\n' % (version, sys.implementation._machine)
        console.cooked(banner)
        console.write(PROMPT)
        line = bytearray()
        while True:
            byte = console.byte()
            if byte == CTRL_A:
                console.write(b"\r\n")
                self.raw = True
                return False
            if byte == CTRL_B:
                console.write(b"\r\n")
                console.cooked(banner)
            elif byte == CTRL_D and not line:
                console.write(b"\r\n")
                return True
            elif byte == 13:
                console.write(b"\r\n")
                if line and self._interact(line, names):
                    return True
            elif byte == CTRL_C:
                console.write(b"\r\n")
            else:
                if byte >= 0x20:
                    line.append(byte)
                    console.write(bytes((byte,)))
                continue
            line = bytearray()
            console.write(PROMPT)

    def _interact(self, line, names):
        """True: a soft reset."""
        try:
            exec(compile(line.decode(), "<stdin>", "single"), names)
        except SystemExit as left:
            if left.args == (RESET_STATUS,):
                raise
            return True
        except BaseException as raised:
            self._tell(raised)
        return False
