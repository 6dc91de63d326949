"""Heads, proofs, exports and `gatehouse ledger verify`: an auditor's own reader accepts what is whole, and every
change of a byte, an order or a head is found and named.
"""

import contextlib
import io
import json
import random
import sqlite3

import cbor2
import pytest
from gatehouse import exporting, heads, merkle, proofs
from gatehouse.deeds import Deed, What
from gatehouse.growth import leaf_hash
from gatehouse.heads import NotAHead, Signer
from gatehouse.ledger import Ledger
from gatehouse.verifying import Verification
from host.test_ledger_tree import entry, rfc_root
from oracles import ledger_oracle
from oracles.ledger_oracle import Wrong

SECRET = bytes(range(32))
SIGNER = Signer(SECRET)
SEED = 20261125


def nothing(_done, _total):
    pass


def fill(ledger, sizes=(5, 20, 21, 40, 70)):
    """Entries of gate and house, and a head at each size."""
    number = 0
    for head_number, size in enumerate(sizes):
        while number < size - 1:
            number += 1
            ledger.commit(entry(number))
        ledger.record(Deed(What.LIST_CHANGED, 7, "lin", {"added": size}))
        # Deeds take numbers too: the gate's own index goes on by itself.
        head = ledger.sign(SIGNER, 1_700_000_000 + head_number)
    return head


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A ledger of 74 entries and five heads."""
    path = tmp_path_factory.mktemp("whole") / "ledger.db"
    with contextlib.closing(Ledger(path)) as ledger:
        fill(ledger)
    return path


@pytest.fixture
def copy(whole, tmp_path):
    """Makes a copy of it, changed by a statement; its path."""

    def make(*statements):
        path = tmp_path / "ledger.db"
        path.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(whole)) as source, contextlib.closing(sqlite3.connect(path)) as target:
            source.backup(target)
            for statement in statements:
                target.execute(*statement) if isinstance(statement, tuple) else target.execute(statement)
            target.commit()
        return path

    return make


def verified(path, public=SIGNER.public, kept=None):
    with contextlib.closing(Ledger(path)) as ledger, ledger.reading() as moment:
        return Verification(moment, public, kept).run(nothing)


def exported(path, *, bare=False):
    file = io.BytesIO()
    with contextlib.closing(Ledger(path)) as ledger, ledger.reading() as moment:
        exporting.write(moment, file, SIGNER.public, nothing, bare=bare)
    return file.getvalue()


def rows_of(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute("select number, leaf, salt, entry from ledger order by number").fetchall()


# --- what is whole -------------------------------------------------------------------------------------------


def test_a_whole_ledger_is_found_whole(whole):
    """Entries, heads, nothing left open."""
    outcome = verified(whole)
    assert outcome.wrong == []
    assert (outcome.size, outcome.signed, outcome.heads, outcome.bare) == (74, 74, 5, 0)


@pytest.mark.parametrize("bare", [False, True])
def test_an_auditor_reads_an_export(whole, bare):
    """With nothing of ours; without content too."""
    file = exported(whole, bare=bare)
    assert ledger_oracle.check_export(io.BytesIO(file), SIGNER.public) == (74, 5, 74)
    assert (b"lane 1" in file) is not bare


def test_every_proof_holds_for_the_auditor(whole):
    """Of every entry in the newest head, and of every pair of heads."""
    with contextlib.closing(Ledger(whole)) as ledger, ledger.reading() as moment:
        for number in range(1, 75):
            text = json.dumps(proofs.inclusion(moment, number))
            assert ledger_oracle.check_proof(text, SIGNER.public) == f"entry {number} is one of 74"
        for old in range(1, 6):
            for new in (*range(old, 6), None):
                told = json.dumps(proofs.consistency(moment, old, new))
                assert "are the beginning of" in ledger_oracle.check_proof(told, SIGNER.public)


def test_proofs_are_those_of_the_standard_at_every_size():
    """Every leaf in every tree of up to 40, and every beginning of it, against the auditor's reading."""
    leaves = [bytes([n]) * 32 for n in range(1, 41)]
    for size in range(1, 41):
        root = rfc_root(leaves[:size])
        for place in range(size):
            path = [rfc_root(leaves[first:end]) for first, end in merkle.inclusion_ranges(place, size)]
            assert ledger_oracle.included(place, size, leaves[place], path, root)
            assert not ledger_oracle.included(place, size, bytes(32), path, root)
        for old in range(1, size):
            path = [rfc_root(leaves[first:end]) for first, end in merkle.consistency_ranges(old, size)]
            assert ledger_oracle.consistent(old, size, rfc_root(leaves[:old]), root, path)
            assert not ledger_oracle.consistent(old, size, bytes(32), root, path)


def test_retention_keeps_every_proof(copy):
    """Salt and content of old entries gone: verified, exported and proven all the same."""
    path = copy("update ledger set salt = null, entry = null where number <= 30")
    outcome = verified(path)
    assert outcome.wrong == []
    assert (outcome.bare, outcome.bare_to, outcome.signed) == (30, 30, 74)
    assert ledger_oracle.check_export(io.BytesIO(exported(path)), SIGNER.public) == (74, 5, 74)
    with contextlib.closing(Ledger(path)) as ledger, ledger.reading() as moment:
        told = proofs.inclusion(moment, 7)
        assert told["salt"] is told["entry"] is None
        assert ledger_oracle.check_proof(json.dumps(told), SIGNER.public)


# --- tampering -----------------------------------------------------------------------------------------------


def test_every_changed_byte_of_every_entry_is_found_and_named(copy):
    """Salt, content and leaf, each byte's turn: seeded ones of every entry, and all bytes of one."""
    random_ = random.Random(SEED)
    print("seed", SEED)
    path = copy()
    rows = rows_of(path)
    changes = [(7, column, place) for column in (1, 2, 3) for place in range(len(rows[6][column]))]
    changes += [
        (number, column, random_.randrange(len(row[column])))
        for number, row in enumerate(rows, start=1)
        for column in (1, 2, 3)
    ]
    ledger = Ledger(path)
    with contextlib.closing(ledger), contextlib.closing(sqlite3.connect(path)) as database:
        for number, column, place in changes:
            name = ("", "leaf", "salt", "entry")[column]
            true = rows[number - 1][column]
            false = bytearray(true)
            false[place] ^= 1 << random_.randrange(8)
            database.execute(f"update ledger set {name} = ? where number = ?", (bytes(false), number))
            database.commit()
            with ledger.reading() as moment:
                outcome = Verification(moment, SIGNER.public, None).run(nothing)
            assert outcome.wrong[0] == f"entry {number} is not what was recorded: altered", (name, place)
            database.execute(f"update ledger set {name} = ? where number = ?", (true, number))
            database.commit()
        with ledger.reading() as moment:
            assert Verification(moment, SIGNER.public, None).run(nothing).wrong == []


def test_every_changed_byte_of_every_head_is_found_and_named(copy):
    """Each column of each head, a seeded bit of every byte."""
    random_ = random.Random(SEED)
    print("seed", SEED)
    path = copy()
    ledger = Ledger(path)
    with contextlib.closing(ledger), contextlib.closing(sqlite3.connect(path)) as database:
        for number in range(1, 6):
            for name in ("size", "root", "at_s", "before", "signer", "signature"):
                (true,) = database.execute(f"select {name} from head where number = ?", (number,)).fetchone()
                places = range(0, len(true), 5) if isinstance(true, bytes) else range(3)
                for place in places:
                    false = bytearray(true) if isinstance(true, bytes) else true ^ 1 << place
                    if isinstance(false, bytearray):
                        false[place] ^= 1 << random_.randrange(8)
                        false = bytes(false)
                    database.execute(f"update head set {name} = ? where number = ?", (false, number))
                    database.commit()
                    with ledger.reading() as moment:
                        wrong = Verification(moment, SIGNER.public, None).run(nothing).wrong
                    assert wrong == [f"head {number} was altered: its signature does not hold"], (name, place)
                database.execute(f"update head set {name} = ? where number = ?", (true, number))
                database.commit()


def rebuilt(path):
    """What somebody does who knows the tree: all nodes made anew over the leaves that are there now."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("delete from node")
        peaks = merkle.Peaks()
        for (leaf,) in database.execute("select leaf from ledger order by number").fetchall():
            for node in peaks.add(leaf):
                database.execute("insert into node values (?, ?, ?)", (node.level, node.position, node.hash))


def forged(path, number):
    """Another entry in place of one, with its leaf."""
    body, salt = entry(number, detail=9).encoded(), bytes(16)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        values = leaf_hash(salt, body), salt, body, number
        database.execute(
            "update ledger set leaf = ?, salt = ?, entry = ?, report = ? where number = ?",
            (*values[:3], number, number),
        )


def swapped(path, one, other):
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("update ledger set number = -1 where number = ?", (one,))
        database.execute("update ledger set number = ? where number = ?", (one, other))
        database.execute("update ledger set number = ? where number = -1", (other,))


def test_an_entry_that_was_exchanged_with_its_leaf_is_found(copy):
    """By the tree's node over it, and where all nodes were made anew by the first head that covers it."""
    path = copy()
    forged(path, 25)
    (said,) = verified(path).wrong
    assert said == "entries 24 to 32: not those, or not in the order, that the tree was made over: altered"
    rebuilt(path)
    (said,) = verified(path).wrong
    assert said.startswith("entries 24 to 43: not those, or not in the order, that head 4 of ")


def test_a_changed_order_is_found(copy):
    """Two entries that have changed places, each whole in itself."""
    path = copy()
    swapped(path, 50, 60)
    (said,) = verified(path).wrong
    assert said == "entries 49 to 64: not those, or not in the order, that the tree was made over: altered"
    rebuilt(path)
    (said,) = verified(path).wrong
    assert said.startswith("entries 44 to 74: not those, or not in the order, that head 5 of ")


OTHERS = "not those, or not in the order, that the tree was made over: altered"
SIGNED_SO = "was altered; the entries are as signed"
UNSIGNED = "was altered: its signature does not hold"
CHANGES = {
    "delete from ledger where number = 30": ["entry 30 missing: somebody has deleted it"],
    "delete from ledger where number between 30 and 40": ["entries 30 to 40: missing: somebody has deleted it"],
    "delete from ledger where number = 1": ["entry 1 missing: somebody has deleted it"],
    "delete from ledger where number > 60": ["entries 61 to 74: missing: "],
    "update ledger set salt = null where number = 3": ["entry 3 lacks its salt or its content alone: altered"],
    "update ledger set entry = null where number = 3": ["entry 3 lacks its salt or its content alone: altered"],
    "update ledger set salt = null, entry = null, leaf = zeroblob(32) where number = 10": [
        f"entries 6 to 16: {OTHERS}"
    ],
    "update ledger set salt = null, entry = null, leaf = x'' where number = 3": [
        "entry 3 its leaf is no hash: altered"
    ],
    "update ledger set report = 99 where number = 3": ["entry 3 is kept under another gate or index than it names"],
    "update ledger set identity = x'' where number = 3": ["entry 3 is kept under another gate or index than it names"],
    "update node set hash = x'00' where level = 4 and position = 1": [f"the tree over entries 17 to 32 {SIGNED_SO}"],
    "delete from node where level = 5 and position = 0": [f"the tree over entries 1 to 32 {SIGNED_SO}"],
    "delete from head where number = 3": ["head 3 is missing"],
    "delete from head where number < 3": ["head 1 is missing", "head 2 is missing"],
    "update head set number = 9 where number = 5": [f"head 9 {UNSIGNED}"],
    "update head set signature = x''": [f"head {number} {UNSIGNED}" for number in range(1, 6)],
}


@pytest.mark.parametrize("statement", CHANGES)
def test_whatever_is_deleted_or_changed_is_named(copy, statement):
    """In its place, once, and nothing else."""
    wrong = verified(copy(statement)).wrong
    assert len(wrong) == len(CHANGES[statement]), wrong
    for said, expected in zip(wrong, CHANGES[statement], strict=True):
        assert said.startswith(expected)


def test_an_entry_that_somebody_has_put_in_is_named(copy):
    """Before the first number there is no place."""
    path = copy(
        "insert into ledger select -4, identity, report, leaf, salt, entry from ledger where number = 3",
    )
    assert verified(path).wrong == ["entry -4 has no place in the ledger: somebody has put it there"]


def test_a_head_of_another_key_is_named(copy):
    """Somebody who has the database but no key signs it himself."""
    path = copy("delete from head")
    other = Signer(bytes(32))
    with contextlib.closing(Ledger(path)) as ledger:
        ledger.sign(other, 5)
    (said,) = verified(path).wrong
    assert said == f"head 1 is signed by another key than this station's: {other.public.hex()}"
    assert verified(path, None).wrong == []


def test_an_older_copy_that_was_put_back_is_told_by_the_head_in_the_key_file(copy, whole):
    """Whole in itself, and yet not what it was."""
    with contextlib.closing(Ledger(whole)) as ledger:
        kept = ledger.heads()[-1]
    path = copy(
        "delete from head where number > 3",
        "delete from ledger where number > 30",
        "delete from node where level > 4 or position > 0",
    )
    assert verified(path).wrong == []
    assert verified(path, kept=kept).wrong == [
        "head 5 is missing: the key file has a copy of it",
        "entries 31 to 74: missing: the head that the key file holds was signed over them",
    ]
    with contextlib.closing(Ledger(path)) as ledger:
        back = ledger.fallen_back(kept)
    assert (back.missing, back.size) == (44, 30)
    assert "44 are gone" in back.words()[1]
    assert "缺少 44 条" in back.words()[0]


# --- exports and proofs that were tampered with ----------------------------------------------------------------


def test_every_changed_byte_of_an_export_is_found(whole):
    """Seeded bits all over the file; cut short at seeded places, and with more behind it."""
    file = exported(whole)
    random_ = random.Random(SEED)
    print("seed", SEED)
    places = random_.sample(range(len(file)), 400)
    for place in places:
        false = bytearray(file)
        false[place] ^= 1 << random_.randrange(8)
        with pytest.raises(Wrong):
            ledger_oracle.check_export(io.BytesIO(bytes(false)), SIGNER.public)
    for end in (0, 1, *random_.sample(range(len(file)), 50), len(file) - 1):
        with pytest.raises(Wrong):
            ledger_oracle.check_export(io.BytesIO(file[:end]), SIGNER.public)
    with pytest.raises(Wrong):
        ledger_oracle.check_export(io.BytesIO(file + b"\0"), SIGNER.public)


def test_a_proof_proves_nothing_else(whole):
    """Another entry, another number, another path, another station."""
    with contextlib.closing(Ledger(whole)) as ledger, ledger.reading() as moment:
        told = dict(proofs.inclusion(moment, 7))
        other = proofs.inclusion(moment, 8)
    for change in (
        {"number": 8},
        {"leaf": other["leaf"]},
        {"leaf": other["leaf"], "entry": None},
        {"entry": other["entry"]},
        {"salt": other["salt"]},
        {"path": told["path"][:-1]},
        {"path": [*told["path"], told["path"][0]]},
        {"path": told["path"][::-1]},
        {"number": 75},
        {"number": 0},
    ):
        with pytest.raises(Wrong):
            ledger_oracle.check_proof(json.dumps({**told, **change}), SIGNER.public)
    with pytest.raises(Wrong):
        ledger_oracle.check_proof(json.dumps(told), Signer(bytes(32)).public)


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"\xff",
        b"\x80",
        cbor2.dumps([b"", b""]),
        cbor2.dumps([cbor2.dumps([1] * 7), b""]),
        cbor2.dumps(5),
        b"\x82" * 3000,
    ],
)
def test_what_is_no_head_is_refused(told):
    """From a key file that somebody has made."""
    with pytest.raises(NotAHead):
        heads.decoded(told)
