"""A card of a traveller who does not exist."""

from gate.card import Card
from gatelink import codes

NUMBER = b"11010519491231002X"


def a_card():
    """A new one each time: whoever takes it wipes it."""
    return Card(codes.CARD_RESIDENT, bytearray(NUMBER), 20300101)
