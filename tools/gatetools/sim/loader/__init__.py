"""A model of a board on a USB cable, down to the bytes: the chip's ROM loader, its flash, its reset lines.

`flash` is NOR flash, `silicon` the registers of each chip, `rom` the loader's protocol, `board` the lines DTR and RTS
and what starts at a reset, `running` the gate that then runs: the real firmware out of this flash. `cable` carries it
all over RFC 2217, so that a flashing program drives the reset lines as it would on a real adapter.
"""
