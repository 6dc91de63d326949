"""The handshake's own tables, searched exhaustively within bounds."""

import pytest
from oracles.handshake_model import Model


@pytest.mark.parametrize("weak", [False, True], ids=["good random source", "constant random source"])
def test_no_order_of_messages_replays_and_power_cuts_breaks_the_handshake(weak):
    """Every reachable state within the bounds keeps every promise."""
    states, violation = Model(weak=weak).explore()

    assert violation is None
    assert states > 1000


def test_the_model_catches_a_gate_that_seals_before_its_key_is_durable():
    """The search would see the mistake that the order of the table prevents."""
    _, violation = Model(gate_seals_before_storing=True).explore()

    assert violation is not None


def test_the_model_catches_a_house_that_stores_at_the_proof():
    """A house that counts before the first sealed frame locks its own gate out."""
    _, violation = Model(house_stores_at_proof=True).explore()

    assert violation is not None
