"""Bundles: what is taken, what is refused and how that is said, and that nothing unproven is ever used."""

import datetime
import hashlib
import io
import json
import os
import random
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from gatehouse.bundles import bundle as bundles
from gatehouse.bundles.header import FACTS_MAX_BYTES, BundleRefused, Facts
from gatehouse.bundles.issuing import CannotIssue, IssuerKey, new_key, write_bundle
from gatehouse.keyfile import KeyFileError
from host.bundle_maker import ROWS, Office

OFFICE, STRANGER = Office(), Office(b"s" * 32, "Strangers")
TRUSTED = {OFFICE.public: "city"}
NOW = datetime.datetime.fromisoformat("2026-11-23T12:00:00+08:00")
LINE = json.dumps(OFFICE.facts()).encode()


def quiet(done, total):
    """Progress that nobody looks at."""


@pytest.fixture
def take(tmp_path):
    """What a station makes of a file's content: (facts, source, rows)."""

    def run(content, station="", now=NOW, trusted=TRUSTED):
        file = tmp_path / "of-the-day.bundle"
        file.write_bytes(content)
        with bundles.opened(file, trusted, station, now, quiet) as bundle:
            return bundle.facts, bundle.source, bundle.rows().read()

    return run


def test_a_bundle_that_somebody_made_by_the_description_is_taken(take):
    """Under the station's own name of the issuer, and to the byte."""
    facts, source, rows = take(OFFICE.bundle(station="Hall B"), station="Hall B")

    assert (facts.issuer, source, facts.serial, facts.kind) == ("Office", "city", 7, "whole")
    assert rows == ROWS


def test_the_shell_commands_of_the_format_s_description_make_a_bundle(tmp_path):
    """An office needs none of this program: openssl and what every Unix has."""
    guide = Path(bundles.__file__).with_name("README.md").read_text(encoding="utf-8")
    commands = guide.partition("```sh\n")[2].partition("```")[0]
    (tmp_path / "people.csv").write_bytes(ROWS)
    subprocess.run(["sh", "-euc", commands], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "office.pem").chmod(0o600)
    trusted = {IssuerKey(tmp_path / "office.pem").public: "city"}
    now = datetime.datetime.now().astimezone()

    with bundles.opened(tmp_path / "people.bundle", trusted, "", now, quiet) as bundle:
        assert (bundle.facts.issuer, bundle.facts.serial) == ("Health office", 1)
        assert bundle.rows().read() == ROWS


def test_every_altered_byte_is_found(take):
    """Each byte of head and rows, in every bit; each byte left out; a byte added anywhere."""
    whole = OFFICE.bundle()
    assert take(whole)[2] == ROWS
    for place in range(len(whole)):
        bit = 1 << place % 8
        for altered in (
            whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :],
            whole[:place] + whole[place + 1 :],
            whole[:place] + b"x" + whole[place:],
        ):
            with pytest.raises(BundleRefused):
                take(altered)
    for altered in (whole + b"\n", whole[:-1], whole[: len(whole) // 2], b""):
        with pytest.raises(BundleRefused):
            take(altered)


def test_what_was_altered_is_told_from_who_is_not_trusted(take):
    """The one is fetched again, the other is asked who he is."""
    damaged = OFFICE.bundle().replace(b'"serial": 7', b'"serial": 8')
    with pytest.raises(BundleRefused, match="names city as its issuer, who has not signed it as it is: it was damaged"):
        take(damaged)
    with pytest.raises(BundleRefused, match=f'it says that "Strangers" with the key {STRANGER.public}.*does not trust'):
        take(STRANGER.bundle())
    with pytest.raises(BundleRefused, match="its rows are not those that were signed"):
        take(OFFICE.bundle()[: -len(ROWS)] + ROWS.replace(b"green", b"GREEN"))
    with pytest.raises(BundleRefused, match="bytes of rows were signed and"):
        take(OFFICE.bundle() + b"110101199001010031,green,2026-11-23T08:00:00+08:00\n")


def test_an_issuer_cannot_pass_for_another_one(take):
    """Neither with another's key in what it says, nor with another's head over its own rows."""
    with pytest.raises(BundleRefused, match="names city as its issuer, who has not signed it"):
        take(STRANGER.bundle(key=OFFICE.public))
    with pytest.raises(BundleRefused, match="names another key than it is signed with"):
        take(STRANGER.bundle(key=OFFICE.public), trusted={**TRUSTED, STRANGER.public: "others"})


@pytest.mark.parametrize(
    ("changed", "station", "says"),
    [
        ({"valid_until": "2026-11-23T12:00:00+08:00"}, "", "it was valid until 2026-11-23T12:00:00"),
        ({"valid_until": "2026-11-23T03:59:59Z"}, "", "it was valid until 2026-11-23T03:59:59Z. Get a newer one"),
        ({"issued": "2026-11-23T12:05:01+08:00"}, "", "has not come yet by the clock of this PC"),
        ({"station": "Hall A"}, "Hall B", 'meant for the station "Hall A", and this one is "Hall B"'),
        ({"station": "Hall A"}, "", 'meant for the station "Hall A", and this one has no name in the settings'),
    ],
)
def test_a_bundle_is_for_its_time_and_place(take, changed, station, says):
    """However well it is signed."""
    with pytest.raises(BundleRefused, match=says):
        take(OFFICE.bundle(**changed), station)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"serial": 0}, "serial: allowed is a whole number from 1"),
        ({"serial": -1}, "serial: allowed is"),
        ({"serial": 2**53}, "serial: allowed is"),
        ({"serial": True}, "serial: allowed is"),
        ({"serial": 7.0}, "serial: allowed is"),
        ({"serial": "7"}, "serial: allowed is"),
        ({"serial": None}, "serial is missing"),
        ({"kind": "half"}, 'kind: allowed is "whole", "incremental" or "deletion"'),
        ({"kind": ["whole"]}, "kind: allowed is"),
        ({"after": 3}, "after: a whole bundle builds upon nothing"),
        ({"kind": "incremental", "after": 7}, "after: a bundle builds upon an earlier one"),
        ({"kind": "incremental", "after": -1}, "after: allowed is"),
        ({"issued": "2026-11-23"}, "issued: a time is written like"),
        ({"issued": "2026-11-23T06:00:00"}, "issued: a time is written like"),
        ({"issued": "2026-02-30T06:00:00Z"}, "issued: "),
        ({"issued": "0001-01-01T00:00:00+14:00"}, "issued: a time is out of range"),
        ({"issued": "２026-11-23T06:00:00Z"}, "issued: a time is written like"),
        ({"valid_until": "9999-12-31T23:59:59-14:00"}, "valid_until: a time is out of range"),
        ({"valid_until": "2026-11-23T06:00:00+08:00"}, "valid_until: it is over before it is issued"),
        ({"issuer": ""}, "issuer: allowed is a name"),
        ({"issuer": "x" * 61}, "issuer: allowed is a name"),
        ({"issuer": "a\x1b[31mb"}, "issuer: a name has no control characters"),
        ({"issuer": "a\u202eb"}, "issuer: a name has no control characters"),
        ({"issuer": "a\ud800"}, "issuer: "),
        ({"issuer": " a"}, "issuer: a name has no control characters and no space at its ends"),
        ({"station": "a\nb"}, "station: a name has no control"),
        ({"key": OFFICE.public.upper()}, "key: allowed is 64 digits"),
        ({"key": ""}, "key: allowed is 64 digits"),
        ({"sha256": "0" * 63}, "sha256: allowed is 64 digits"),
        ({"length": -1}, "length: allowed is"),
        ({"length": 1e300}, "length: allowed is"),
        ({"more": 1}, "it holds something that the format does not have"),
    ],
)
def test_a_head_says_what_the_format_has_and_nothing_else(take, changed, says):
    """Signed or not; and what is wrong is named without being repeated."""
    line = json.dumps(OFFICE.facts(**changed)).encode() + b"\n"
    with pytest.raises(BundleRefused) as refused:
        take(OFFICE.signed(line))

    assert says in str(refused.value)
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"[]\n",
        b"null\n",
        b"7\n",
        b"{}\n",
        b"\xff\n",
        b"{\n",
        b"[" * 4000 + b"\n",
        b'{"a":' * 800 + b"\n",
        b"1" * 4090 + b"\n",
        b'{"serial": NaN}\n',
        LINE[:-1] + b', "serial": 8}\n',
        LINE[:-1] + b', "seri\\u0061l": 8}\n',
        LINE + b" {}\n",
        LINE.decode().encode("utf-16") + b"\n",
        b"\xef\xbb\xbf" + LINE + b"\n",
        LINE + b" " * FACTS_MAX_BYTES + b"\n",
    ],
)
def test_a_hostile_second_line_is_refused(take, line):
    """Nested without end, named twice, of another encoding, too long, even from a trusted hand."""
    with pytest.raises(BundleRefused):
        take(OFFICE.signed(line))


@pytest.mark.parametrize("third", [b"", b"\n", b"00\n", b"0" * 128, b"0" * 129 + b"\n", b"0" * 127 + b"g\n"])
def test_a_third_line_that_is_no_signature_is_refused(take, third):
    """Too short, too long, other digits."""
    with pytest.raises(BundleRefused, match="third line is no signature"):
        take(b"gatehouse-bundle 1\n" + LINE + b"\n" + third + ROWS)


def test_a_signature_is_written_in_one_way_only(take):
    """Its digits in upper case would be a second file that bears the same signature."""
    head, rows = OFFICE.bundle()[: -len(ROWS)], ROWS
    lines = head.split(b"\n")
    lines[2] = lines[2].upper()
    with pytest.raises(BundleRefused, match="third line"):
        take(b"\n".join(lines) + rows)


def test_other_files_and_versions_are_told(tmp_path, take):
    """A CSV file is no bundle; a version of tomorrow is named as that."""
    for content in (ROWS, b"gatehouse-bundle 2\n" + LINE, b"gatehouse-bundle 10\n", b"gatehouse-bundle 1"):
        with pytest.raises(BundleRefused, match="of a version that this Gatehouse does not know"):
            take(content)
    file = tmp_path / "later"
    file.write_bytes(b"gatehouse-bundle 2\n")
    assert bundles.is_bundle(file)
    file.write_bytes(ROWS)
    assert not bundles.is_bundle(file)
    assert not bundles.is_bundle(tmp_path)
    assert not bundles.is_bundle(tmp_path / "none")


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    """A pipe could not be read twice, a folder not at all."""
    os.mkfifo(tmp_path / "pipe")
    for path, says in ((tmp_path / "pipe", "it is no file"), (tmp_path, "it is no file"), (tmp_path / "x", "No such")):
        with pytest.raises(BundleRefused, match=says), bundles.opened(path, TRUSTED, "", NOW, quiet):
            pass


def test_rows_that_change_behind_the_proof_are_never_given_whole(tmp_path):
    """Somebody writes to the same file between the two readings: before the last byte is out it is told."""
    rows = ROWS + b"".join(b"1101011990%08d,red,2026-11-23T08:00:00+08:00\n" % n for n in range(60_000))
    file = tmp_path / "bundle"
    file.write_bytes(OFFICE.bundle(rows))
    size = len(OFFICE.bundle(rows))
    for change in (lambda at: (at.seek(-4, 2), at.write(b"9")), lambda at: at.truncate(size - 10)):
        file.write_bytes(OFFICE.bundle(rows))
        with bundles.opened(file, TRUSTED, "", NOW, quiet) as bundle:
            with file.open("r+b") as other:
                change(other)
            given = []
            with pytest.raises(BundleRefused, match="changed by somebody while it was read"):
                given.extend(io.TextIOWrapper(bundle.rows(), "utf-8"))
        assert len(given) < 60_002  # header, one, and sixty thousand


def test_what_is_appended_behind_the_proof_is_not_read(tmp_path):
    """The rows end where they were signed to end."""
    file = tmp_path / "bundle"
    file.write_bytes(OFFICE.bundle())
    with bundles.opened(file, TRUSTED, "", NOW, quiet) as bundle:
        with file.open("ab") as other:
            other.write(b"110101199001010031,green,2026-11-23T08:00:00+08:00\n")
        assert bundle.rows().read() == ROWS


def test_a_large_bundle_never_lies_in_memory(tmp_path):
    """Proven and read in pieces."""
    rows = ROWS + b"x" * 30_000_000
    file = tmp_path / "bundle"
    file.write_bytes(OFFICE.bundle(rows))
    told = []
    tracemalloc.start()
    try:
        with bundles.opened(file, TRUSTED, "", NOW, lambda done, total: told.append((done, total))) as bundle:
            reader = bundle.rows()
            while reader.read(1 << 16):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 6_000_000
    assert told[-1] == (len(rows), len(rows))


# --- the office's side --------------------------------------------------------------------------------------


@pytest.fixture
def key(tmp_path):
    new_key(tmp_path / "office.pem")
    return IssuerKey(tmp_path / "office.pem")


def chosen(**changed):
    """What an issuer chooses."""
    return {
        "issuer": "卫生局",
        "serial": 3,
        "kind": "incremental",
        "after": 2,
        "issued": "2026-11-23T06:00:00+08:00",
        "valid_until": "2026-11-24T06:00:00+08:00",
        **changed,
    }


def test_what_an_office_signs_a_station_takes(tmp_path, key):
    """With the public key that it was told."""
    (tmp_path / "people.csv").write_bytes(ROWS)
    said = write_bundle(tmp_path / "people.csv", tmp_path / "new.bundle", key, chosen(station="Hall B"), quiet)

    with bundles.opened(tmp_path / "new.bundle", {key.public: "city"}, "Hall B", NOW, quiet) as bundle:
        assert bundle.facts == said
        assert bundle.rows().read() == ROWS
    assert (tmp_path / "new.bundle").stat().st_mode & 0o777 == 0o600  # it holds everybody's number


def test_a_key_is_its_owners_alone_and_never_written_over(tmp_path, key):
    """Whoever has it speaks for the office."""
    file = tmp_path / "office.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyFileError, match="never written over"):
        new_key(file)
    assert IssuerKey(file).public == key.public
    file.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        IssuerKey(file)


@pytest.mark.parametrize("content", [b"", b"x", b"-----BEGIN PRIVATE KEY-----\n", ROWS, b"\0" * 20_000])
def test_a_file_that_holds_no_key_is_told(tmp_path, content):
    """Whatever it is."""
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(KeyFileError):
        IssuerKey(file)


def test_a_key_of_another_kind_is_told(tmp_path):
    """An RSA key signs other things."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    other = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "key").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(KeyFileError, match="no Ed25519 private key"):
        IssuerKey(tmp_path / "key")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"after": 3}, "after: a bundle builds upon an earlier one"),
        ({"issuer": "a\nb"}, "issuer: a name has no control characters"),
        ({"valid_until": "2026-11-22T06:00:00+08:00"}, "it is over before it is issued"),
    ],
)
def test_what_no_station_takes_is_not_issued(tmp_path, key, changed, says):
    """And no file is left."""
    (tmp_path / "people.csv").write_bytes(ROWS)
    with pytest.raises(CannotIssue, match=says):
        write_bundle(tmp_path / "people.csv", tmp_path / "new.bundle", key, chosen(**changed), quiet)
    assert not (tmp_path / "new.bundle").exists()


def test_a_bundle_is_never_written_over(tmp_path, key):
    """Its serial may be in use."""
    (tmp_path / "people.csv").write_bytes(ROWS)
    (tmp_path / "new.bundle").write_bytes(b"old")
    with pytest.raises(KeyFileError, match="is there already"):
        write_bundle(tmp_path / "people.csv", tmp_path / "new.bundle", key, chosen(), quiet)
    assert (tmp_path / "new.bundle").read_bytes() == b"old"


def test_facts_that_are_written_are_read_as_they_were(take):
    """Names of every plain kind."""
    seed = 11
    print("seed", seed)
    draw = random.Random(seed)
    for _ in range(50):
        name = "".join(draw.choice('ab "\\/卫生局é{}[],:') for _ in range(draw.randrange(1, 60))).strip() or "x"
        facts = Facts.model_validate(OFFICE.facts(issuer=name, sha256=hashlib.sha256(ROWS).hexdigest()))
        assert take(OFFICE.signed(facts.line()))[0] == facts
