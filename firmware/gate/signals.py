"""What a lane shows to the traveller in front of it; `indicators` turns each into lights and sounds."""

IDLE = 0
CHECKING = 1
GO = 2
STOP = 3
SEE_STAFF = 4
PLACE_AGAIN = 5
FIRE = 6
OUT_OF_SERVICE = 7
