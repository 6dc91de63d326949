"""The firmware's version, told to the house and to tools; the same as the project's."""

FIRMWARE = "0.1.0"
