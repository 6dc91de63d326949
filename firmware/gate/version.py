"""Which firmware this is. The same number as the project's; a test holds them together."""

FIRMWARE = "0.1.0"
