"""What a tap on the cable shows: no number, no pseudonym, no key, in no encoding, and no two frames alike."""

import base64
import binascii
import zlib

import pytest
from cobs import cobs
from gate.card import Card
from gate.facts import CardSeen
from gate_bench import TO_GATE, TO_HOUSE
from gatehouse.number_parts import check_digit
from gatehouse.person import pseudonym
from gatehouse.suite import HouseSuite
from gatelink import codes
from gatelink.house_to_gate import Order
from gatelink.keys import step
from gatelink.suite import Cipher
from link_pair import CHAIN_KEY, STATIC_KEY
from suites import GateSuite
from tapped_bench import TappedBench, decoded, is_sealed

SAMPLE_BYTES = 5  # a piece of a secret that long is no chance hit: 2^40 to some tens of thousands of places
PEOPLE = 12


def number(nth):
    first = f"11010119900307{nth + 100:03d}"
    return (first + chr(check_digit(first.encode()))).encode()


def lay(bench, which):
    bench.reader.found.append(CardSeen(Card(codes.CARD_RESIDENT, bytearray(which), 20301231), 2))


def captured_traffic(sessions=3, people=PEOPLE):
    """A long day: sessions, people, orders, refusals."""
    bench = TappedBench()
    for start in range(sessions):
        if start:
            bench.power_up()
        bench.bring_up()
        bench.run(1500)
        for nth in range(people):
            bench.denies = nth % 3 == 0
            lay(bench, number(nth))
            bench.run(7000)
        bench.house.send(Order(start, codes.ORDER_OPEN_ONCE), bench.now)
        bench.run(7000)
    assert len(bench.taps()) == sessions * people
    return bench


@pytest.fixture(scope="module")
def day():
    return captured_traffic()


@pytest.fixture
def captured(day):
    return day.tap.seen


def forms(secret):
    """A secret as it might lie in a capture: raw, in text encodings, nibble-swapped as BCD, backwards, stuffed."""
    found = {
        "raw": secret,
        "hex": binascii.hexlify(secret),
        "HEX": binascii.hexlify(secret).upper(),
        "UTF-16": secret.decode("latin-1").encode("utf-16-le"),
        "stuffed": cobs.encode(secret)[1:],
        "inverted": bytes(one ^ 0xFF for one in secret),
        "without its first byte": secret[1:],
        "without its first two": secret[2:],
        "compressed": zlib.compress(secret)[2:-4],
    }
    if secret[:-1].isdigit():
        found["packed digits"] = binascii.unhexlify(secret[:-1] + (b"" if len(secret) % 2 else b"0"))
        found["as a number"] = int(secret[:-1]).to_bytes(8, "big")
    for shift in range(3):
        found[f"base64, {shift} bytes in"] = base64.b64encode(bytes(shift) + secret)[4:-4]
    return found | {f"{name}, backwards": form[::-1] for name, form in found.items()}


def pieces(form):
    """Every piece of a form that is long enough to be no chance."""
    return [form[at : at + SAMPLE_BYTES] for at in range(len(form) - SAMPLE_BYTES + 1)]


def everything_seen(captured):
    """The capture in every view: as it went over the wire, frame by frame unstuffed, and its sealed contents."""
    views = [b"".join(frame for _, frame in captured)]
    views += [b"".join(frame for way, frame in captured if way == direction) for direction in (TO_HOUSE, TO_GATE)]
    views.append(b"".join(cobs.decode(frame.strip(b"\0")) for _, frame in captured))
    views.append(b"".join(decoded(frame)[2] for _, frame in captured if is_sealed(frame)))
    return views


def secrets():
    """(what, bytes): everybody's number and pseudonyms, and every key."""
    found = [(f"number {nth}", number(nth)) for nth in range(PEOPLE)]
    found += [(f"pseudonym {nth}", bytes(pseudonym(STATIC_KEY, number(nth)))) for nth in range(PEOPLE)]
    found.append(("static key", STATIC_KEY))
    chain_key = CHAIN_KEY
    for count in range(5):
        found.append((f"chain key {count}", chain_key))
        chain_key = step(chain_key)
    return found


def test_no_number_pseudonym_or_key_is_on_the_cable_in_any_form(captured):
    """Neither whole nor in pieces."""
    views = everything_seen(captured)
    for what, secret in secrets():
        for name, form in forms(secret).items():
            for piece in pieces(form):
                assert not any(piece in view for view in views), f"{what}: {name}"


class NoCipher(Cipher):
    """Seals nothing."""

    def seal(self, nonce, plaintext, aad):
        return plaintext + bytes(8)

    def open(self, nonce, sealed, aad):
        return sealed[:-8]


def test_the_search_finds_what_a_cipher_that_seals_nothing_lets_out(monkeypatch):
    """The same day without encryption shows the number and its neighbours' alike."""
    for suite in (GateSuite, HouseSuite):
        monkeypatch.setattr(suite, "cipher", lambda self, key: NoCipher())
    views = everything_seen(captured_traffic(sessions=1, people=2).tap.seen)

    for nth in range(2):
        assert all(any(piece in view for view in views) for piece in pieces(number(nth)))


def test_two_swipes_of_one_person_share_nothing_on_the_cable(captured):
    """No sealed content comes twice, in no piece of four bytes beyond chance, nor do frames come twice."""
    sealed = [decoded(frame)[2] for _, frame in captured if is_sealed(frame)]
    assert len(set(sealed)) == len(sealed) > 400
    prefixes = [one[:8] for one in sealed]
    assert len(set(prefixes)) == len(prefixes)


def test_sealed_contents_do_not_compress(captured):
    """Nothing regular is left in them."""
    sealed = b"".join(decoded(frame)[2] for _, frame in captured if is_sealed(frame))

    assert len(zlib.compress(sealed, 9)) >= len(sealed)


def test_only_gate_identity_nonces_and_counts_are_in_the_clear(captured):
    """The clear messages hold what the specification says, the rest is sealed."""
    clear = [decoded(frame) for _, frame in captured if not is_sealed(frame)]

    assert {message[0] for message in clear} == {1, 2, 3, 4}
    for message in clear:
        fields = {1: 5, 2: 4, 3: 2, 4: 1}[message[0]]
        assert len(message) == fields
        assert [len(one) for one in message if isinstance(one, bytes)] == {1: [8, 16], 2: [16, 16], 3: [16], 4: []}[
            message[0]
        ]


def test_the_gates_own_records_hold_no_number(day):
    """Journal and keys as they lie in the flash, after a day of swipes."""
    for nth in range(PEOPLE):
        for piece in pieces(number(nth)[6:]):
            assert not day.journal_flash.holds(piece)
            assert not day.keys_flash.holds(piece)
