"""Putting MicroPython and the firmware on a chip: what goes where in its flash, and the two commands that write it.

`partitions` is the map of the flash, `esp_image` and `micropython` know the image that is given, `filesystem` makes
what the gate mounts, `layout` puts them together, `esptool` runs the program that speaks to the chip, `port` and
`complaints` say what is wrong, `first_word` waits for the gate to speak.
"""
