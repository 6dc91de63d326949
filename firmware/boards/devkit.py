"""Board `devkit`: a classic ESP32 board with relays, for the bench. A constant per signal; the comment names the wire.

Whoever holds its USB cable owns the gate: the cable is the link, and also the way to the REPL and the ROM loader.
Pins avoid strapping 0, 2, 5, 12, 15 and flash 6 to 11 (ESP32 data sheet); 34 to 39 are input only and have no pulls.
Every output has an external 10 kΩ pull-down, every input below an external 10 kΩ pull-up.
"""

NAME = "devkit"
CHIP = "esp32"
CONSOLE_IS_LINK = True  # one cable for both: whoever holds it owns the gate

LINK_UART = 0  # the USB bridge on the board
LINK_TX = 1  # USB bridge
LINK_RX = 3  # USB bridge
SAM_V_UART = 1  # ID card module
SAM_V_TX = 18  # to the module's RXD
SAM_V_RX = 19  # from the module's TXD
QR_UART = 2  # QR module or PN532
QR_TX = 22  # to the module's RXD
QR_RX = 23  # from the module's TXD
QR_RESET = 14  # to a PN532's RSTPD_N; low resets it
WIEGAND_D0 = 16  # Wiegand reader, through a level shifter; a WROVER module has its PSRAM here
WIEGAND_D1 = 17  # the same

RELAY_OPEN = 25  # relay 1, turnstile input "Unlock A"
RELAY_EXIT = 4  # optional: relay 2, turnstile input "Unlock B"
RELAY_ACTIVE = 1  # level that energises a relay; the resistor at its pin holds the other one
LIGHT_RED = 26  # red lamp
LIGHT_GREEN = 27  # green lamp
LIGHT_AMBER = 32  # amber lamp
BUZZER = 33  # buzzer
OUTPUT_ACTIVE = 1  # level that switches a light or the buzzer on

BEAM_ENTRY = 34  # light barrier on the entry side
BEAM_EXIT = 35  # light barrier on the exit side
BEAM_BROKEN = 1  # level while somebody stands in the beam; a cut wire reads the same
ARM_CONTACT = 13  # optional: the turnstile's passage contact to ground
FIRE = 36  # fire alarm loop, normally closed to ground
FIRE_ALARM = 1  # level of the opened loop
KEY_SWITCH = 39  # staff key switch to ground
KEY_TURNED = 0  # level while the key is turned
SERVICE_BUTTON = 21  # service button to ground
SERVICE_PRESSED = 0  # level while the button is held
INPUTS_PULLED_UP = False  # 34 to 39 have no pulls of their own
