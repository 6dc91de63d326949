"""Board `lane_a`: ESP32-S3 carrier for a station. A constant per signal; the comment names wire and connector.

Pins avoid what the ESP32-S3 data sheet reserves: strapping 0, 3, 45, 46; flash and PSRAM 26 to 37; USB 19, 20.
Every output has an external 10 kΩ pull-down: pins float until the firmware runs.
"""

NAME = "lane_a"
CHIP = "esp32s3"
CONSOLE_IS_LINK = False  # the console is on the chip's own USB

LINK_UART = 1  # RS-422 transceiver to the station PC, connector J1
LINK_TX = 17  # J1 pair A, through the transceiver
LINK_RX = 18  # J1 pair B, through the transceiver
SAM_V_UART = 2  # ID card module, connector J2
SAM_V_TX = 15  # J2.2, to the module's RXD
SAM_V_RX = 16  # J2.3, from the module's TXD
QR_UART = 0  # QR module or PN532, connector J3; free because the console is on USB
QR_TX = 43  # J3.2
QR_RX = 44  # J3.3
QR_RESET = 40  # J3.4, to a PN532's RSTPD_N; low resets it
WIEGAND_D0 = 38  # Wiegand reader, connector J9.1, through a level shifter
WIEGAND_D1 = 39  # J9.2, the same

RELAY_OPEN = 4  # relay K1, turnstile input "Unlock A", connector J4.1
RELAY_EXIT = 14  # optional: relay K2, turnstile input "Unlock B", connector J4.2
RELAY_ACTIVE = 1  # level that energises a relay; the resistor at its pin holds the other one
LIGHT_RED = 5  # J5.1
LIGHT_GREEN = 6  # J5.2
LIGHT_AMBER = 7  # J5.3
BUZZER = 8  # J5.4
OUTPUT_ACTIVE = 1  # level that switches a light or the buzzer on

BEAM_ENTRY = 9  # light barrier on the entry side, J6.1
BEAM_EXIT = 10  # light barrier on the exit side, J6.2
BEAM_BROKEN = 1  # level while somebody stands in the beam; a cut wire reads the same
ARM_CONTACT = 21  # optional: the turnstile's passage contact to ground, J6.3
FIRE = 11  # fire alarm loop, normally closed to ground, J7
FIRE_ALARM = 1  # level of the opened loop
KEY_SWITCH = 12  # staff key switch to ground, J8
KEY_TURNED = 0  # level while the key is turned
SERVICE_BUTTON = 13  # service button to ground, on the board
SERVICE_PRESSED = 0  # level while the button is held
INPUTS_PULLED_UP = True  # the chip's own pull-ups, beside the external ones
