"""Every input of the corpus, on both interpreters, and what the corpus is good for."""

import os
import subprocess
from pathlib import Path

import gatehouse.typed_file
import pytest
from gate import cbor, cobs, settings
from gate.readers import pn532, qr_codes, sam_v_frames, wiegand
from gatehouse.bundles import bundle, header
from gatelink import framing, house_end, sealing
from gatelink.delivery import Delivery
from gatetools.build import compile_firmware, interpreter

from fuzz.targets import BOTH, NAMES, target
from tests.fuzz import arcs, corpus

ROOT = Path(__file__).resolve().parents[2]
TELL = ROOT / "tests" / "fuzz" / "targets" / "tell.py"
HEAP = "heapsize=2m"
LIMIT_S = 180
# Lines of the product that an input may cost, once and for each of its bytes.
WORK_BASE, WORK_PER_BYTE = 30_000, 400
# A few bytes of these stand for whole frames or for seconds of virtual time.
SCRIPTED, SCRIPTED_BASE = ("handshake", "delivery", "sam_v", "pn532", "qr", "wiegand"), 400_000


@pytest.mark.parametrize("name", BOTH)
def test_both_interpreters_make_the_same_of_every_input(name, tmp_path):
    """Results are equal line by line, and nothing is raised on either."""
    tree = compile_firmware(keep_names=True)
    chip = ROOT / "tools" / "gatetools" / "sim" / "machine"
    path = f"{chip}:{ROOT / 'tests'}:{ROOT / 'tests' / 'both'}:{tree}:{tree / 'lib'}:.frozen"
    environment = {**os.environ, "MICROPYPATH": path, "GATE_BOARD": "lane_a", "GATE_FLASH": str(tmp_path)}
    command = [interpreter(), "-X", HEAP, str(TELL), name, str(corpus.path(name))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    run = target(name)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [run(data) for data in corpus.load(name)], done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_no_input_raises_or_costs_more_than_bounded_work(name):
    """Counted in lines of the product, so that no clock decides."""
    run = target(name)
    base = SCRIPTED_BASE if name in SCRIPTED else WORK_BASE
    for data in corpus.load(name):
        _, lines = arcs.taken(run, data)
        assert lines <= base + WORK_PER_BYTE * len(data), data.hex()


def no_length(self):
    held, self._held, self._overlong = self._held, b"", False
    return self._suite.unstuff(held) if held else None


def any_counter(self, counter, sealed):
    return self._suite.decode(self._cipher.open(sealing.nonce(self._iv, counter), sealed, sealing.AAD))


def everything_is_new(self, message, number):
    self.seen[0 if message.URGENT else 1] = number
    return message


def raw_error(_text):
    raise KeyError("raw")


def believes_everybody(_key, _head):
    return True


def forgets_nothing(self):
    self._matched = self._left = 0


MADE_WORSE = [
    ("framing", framing.Deframer, "_finish", no_length),
    ("framing", cobs, "unstuff", lambda stuffed: bytes(stuffed[1:])),
    ("cbor", cbor, "decode", lambda data: 0),
    ("cbor", cbor, "encode", lambda value: b"\x00"),
    ("sealing", sealing.Opener, "open", any_counter),
    ("handshake", house_end.HouseEnd, "_is_used", lambda *_: False),
    ("handshake", house_end, "CATCH_UP_STEPS", 0),
    ("delivery", Delivery, "_take_numbered", everything_is_new),
    ("settings", settings, "SettingsInvalid", KeyError),
    ("pn532", pn532, "UID_BYTES", range(256)),
    ("qr", qr_codes.Codes, "wipe", lambda _self: None),
    ("qr", qr_codes.Codes, "_skip", lambda self, outcome: setattr(self, "outcome", outcome)),
    ("sam_v", sam_v_frames.Frames, "reset", forgets_nothing),
    ("wiegand", wiegand, "_ZEROS", b"\1" * wiegand.BITS_MAX),
    ("wiegand", wiegand, "_decimal", lambda values: bytearray(b"%d:%d" % (values[1], values[0]))),
    ("toml", gatehouse.typed_file.tomllib, "loads", raw_error),
    ("bundle", bundle, "_signed_by", believes_everybody),
    ("bundle", bundle, "_check_rows", lambda *_: None),
    ("bundle", header, "_each_once", raw_error),
]


@pytest.mark.parametrize(("name", "owner", "attribute", "worse"), MADE_WORSE)
def test_the_corpus_finds_what_is_made_worse_on_purpose(name, owner, attribute, worse, monkeypatch):
    """Some input of it breaks when the product is broken."""
    run = target(name)
    monkeypatch.setattr(owner, attribute, worse)

    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, it is told
        _run_all(run, name)


def _run_all(run, name):
    for data in corpus.load(name):
        run(data)
