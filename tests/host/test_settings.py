"""The settings file: what loads, and what somebody reads who made a mistake."""

import os
from importlib.resources import files
from pathlib import Path

import pytest
from gatehouse.settings import load
from gatehouse.settings_errors import SettingsError
from gatehouse.toml_lines import line_of
from gatelink import codes
from hypothesis import given
from hypothesis import strategies as st

GOOD = """\
[store]
data = "data"
keys = "keys/keys.db"

[[port]]
url = "/dev/ttyUSB0"

[[port]]
url = "socket://10.0.0.5:4001"
baud = 9600

[rules]
red = "deny"

[lane]
pulse_ms = 200

[log]
file = "log/gatehouse.log"
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "gatehouse.toml"


def problems(file, text):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as wrong:
        load(file)
    return wrong.value.problems


def test_the_shipped_example_loads_and_shows_every_default(file):
    """Leaving out what the example shows changes nothing."""
    example = files("gatehouse").joinpath("gatehouse.example.toml").read_text(encoding="utf-8")
    file.write_text(example, encoding="utf-8")
    shown = load(file)
    file.write_text('[store]\ndata = "data"\nkeys = "keys/keys.db"\n[[port]]\nurl = "/dev/ttyUSB0"\n', encoding="utf-8")

    assert load(file) == shown


def test_the_shipped_example_explains_every_key():
    """Each key has a comment above it or above its table."""
    example = files("gatehouse").joinpath("gatehouse.example.toml").read_text(encoding="utf-8").splitlines()
    from gatehouse import settings

    for section in (
        settings.StoreSettings,
        settings.PortSettings,
        settings.RuleSettings,
        settings.LaneSettings,
        settings.SignSettings,
        settings.VolumeSettings,
        settings.MetricsSettings,
        settings.LogSettings,
        settings.BundleSettings,
    ):
        for key in section.model_fields:
            told = (f"{key} =", f".{key}]]", f".{key}.")
            assert any(line.startswith(told[0]) or line.endswith(told[1]) or told[2] in line for line in example), key


def test_a_whole_file_loads(file):
    """Values arrive as they stand there; relative paths start at the file's folder."""
    file.write_text(GOOD, encoding="utf-8")

    settings = load(file)

    assert [(port.url, port.baud) for port in settings.port] == [
        ("/dev/ttyUSB0", 115200),
        ("socket://10.0.0.5:4001", 9600),
    ]
    assert settings.store.register == file.parent / "data" / "register.db"
    assert settings.store.keys_path == file.parent / "keys" / "keys.db"
    assert settings.log.path == file.parent / "log" / "gatehouse.log"
    assert settings.lane.pulse_ms == 200
    assert settings.rules.usual().rules[0].verdict == codes.DENY
    assert settings.rules.usual().limits.status_max_age_s == 86400


def test_a_file_from_a_windows_editor_loads(file):
    """A byte order mark and carriage returns do no harm."""
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    assert load(file).lane.pulse_ms == 200


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("pulse_ms = 200", "puls_ms = 200", 16, "lane.puls_ms: there is no such key. Did you mean pulse_ms?"),
        ("pulse_ms = 200", "pulse_ms = 50", 16, "lane.pulse_ms: 50 is not allowed. Allowed is whole milliseconds"),
        ("pulse_ms = 200", 'pulse_ms = "200"', 16, 'lane.pulse_ms: "200" is not allowed'),
        ("pulse_ms = 200", "pulse_ms = true", 16, "lane.pulse_ms: true is not allowed"),
        ("pulse_ms = 200", "pulse_ms = 200.0", 16, "lane.pulse_ms: 200.0 is not allowed"),
        ("pulse_ms = 200", "pulse_ms = -1", 16, "whole milliseconds from 100 to 500"),
        ('red = "deny"', 'red = "allow"', 13, 'rules.red: "allow" is not allowed. Allowed is "deny" or "refer".'),
        (
            "[log]",
            "[lanes.A1]\npuls_ms = 200\n[log]",
            19,
            "lanes.A1.puls_ms: there is no such key. Did you mean pulse_ms?",
        ),
        ("[log]", '[lanes.A1]\ndirection = "up"\n[log]', 19, 'Allowed is "entry", "exit" or "both".'),
        ("[log]", "[lanes]\nA1 = 5\n[log]", 19, "lanes.A1: 5 is not allowed"),
        ("baud = 9600", "baud = 0", 10, "port[2].baud: 0 is not allowed"),
        ("baud = 9600", "speed = 9600", 10, "port[2].speed: there is no such key. Allowed here: baud, url."),
        ('url = "/dev/ttyUSB0"', 'url = ""', 6, 'port[1].url: "" is not allowed'),
        ('url = "/dev/ttyUSB0"', "", 5, "port[1].url: is missing. It takes a port in quotes"),
        ('url = "/dev/ttyUSB0"', 'url = "telnet://x:1"', 6, "port[1].url: telnet:// is no kind of port"),
        ("socket://10.0.0.5:4001", "socket://10.0.0.5", 9, "port[2].url: socket:// takes a host and a port number"),
        ("socket://10.0.0.5:4001", "socket://10.0.0.5:99999", 9, "takes a host and a port number"),
        ("socket://10.0.0.5:4001", "/dev/ttyUSB0", 5, "port: /dev/ttyUSB0 stands in two tables [[port]]"),
        ("[log]", "[log]\nmax_mb = 0", 19, "log.max_mb: 0 is not allowed. Allowed is whole megabytes from 1 to 1000."),
        ("[log]", "[log]\nkeep = -1", 19, "log.keep: -1 is not allowed"),
        ('"log/gatehouse.log"', '"a\\u0000b"', 19, "log.file: no path holds a NUL character"),
        ('data = "data"', "data = 5", 2, "store.data: 5 is not allowed. Allowed is a folder"),
        ('data = "data"', "", 1, "store.data: is missing"),
        ("keys/keys.db", "data/keys.db", 3, "store.keys: it lies in the data folder"),
        ("keys/keys.db", "data", 3, "store.keys: it is the data folder"),
        ("keys/keys.db", "folder", 3, "store.keys: it is a folder; name a file in it. Choose another place."),
        ("keys/keys.db", "gatehouse.toml", 3, "store.keys: it is the settings file"),
        ("keys/keys.db", "k" * 300, 3, "store.keys: no file can be there (File name too long)"),
        ("keys/keys.db", "a\\u0000b", 3, "store.keys: no path holds a NUL character"),
        ('data = "data"', 'data = "gatehouse.toml"', 2, "store.data: it is a file"),
        ('data = "data"', f'data = "{"d" * 300}"', 2, "store.data: no file can be there (File name too long)"),
        ("log/gatehouse.log", "data/ledger.db", 19, "log.file: it lies in the data folder, which is for"),
        ("log/gatehouse.log", "data", 19, "log.file: it lies in the data folder, which is for"),
        ("log/gatehouse.log", "keys/keys.db", 19, "log.file: it is the key file, or one that belongs to it"),
        ("log/gatehouse.log", "x/../keys/keys.db-wal", 19, "log.file: it is the key file, or one that belongs to it"),
        ("log/gatehouse.log", "keys/keys.db.master", 19, "log.file: it is the key file, or one that belongs to it"),
        ("log/gatehouse.log", "gatehouse.toml", 19, "log.file: it is the settings file"),
        ("log/gatehouse.log", "link", 19, "log.file: it is the settings file"),
        ("log/gatehouse.log", "folder", 19, "log.file: it is a folder"),
        ("log/gatehouse.log", "l" * 300, 19, "log.file: no file can be there (File name too long)"),
        ("[log]", "[metrics]\nlisten = '0.0.0.0:99999'\n[log]", 19, "metrics.listen: ports end at 65535"),
        (
            "[log]",
            '[signs]\nlanguage = "de"\n[log]',
            19,
            'signs.language: "de" is not allowed. Allowed is "both", "zh"',
        ),
        ("[log]", "[signs]\nvolume = []\n[log]", 19, "signs.volume: an empty list is not allowed"),
        ("[log]", "[[signs.volume]]\nlevel = 31\n[log]", 19, "signs.volume[1].level: 31 is not allowed"),
        ("[log]", '[[signs.volume]]\nat = "24:00"\n[log]', 19, 'Allowed is a time of day in quotes, like "06:00"'),
        ("[log]", '[[signs.volume]]\nat = "6:00"\n[log]', 19, 'signs.volume[1].at: "6:00" is not allowed'),
        ("[log]", "[[signs.volume]]\n[[signs.volume]]\n[log]", 18, "00:00 stands in two tables [[signs.volume]]"),
        ("[rules]", "[rule]", 12, "rule: there is no such key. Did you mean rules?"),
        ("[lane]", "[[lane]]", 15, "lane: a list is not allowed. Allowed is a table [lane]"),
    ],
)
def test_a_mistake_names_itself_its_line_and_what_is_allowed(file, old, new, line, says):
    """One mistake, one sentence."""
    assert GOOD.count(old) == 1
    (file.parent / "folder").mkdir()
    (file.parent / "link").symlink_to(file)

    found = problems(file, GOOD.replace(old, new))

    assert len(found) == 1
    assert f"{file}, line {line}: " in found[0]
    assert says in found[0]


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(file):
    """Nobody has to start three times."""
    text = GOOD.replace("baud = 9600", "baud = 1").replace('red = "deny"', 'blue = "deny"').replace("200", "5")

    found = problems(file, text)

    assert [one.split("line ")[1].split(":")[0] for one in found] == ["10", "13", "16"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "store: is missing"),
        ("port = []\n", "port: an empty list is not allowed"),
        ("port = 5\n", "port: 5 is not allowed"),
        ("port = [5]\n", "port[1]: 5 is not allowed"),
        ("[store\n", "not TOML"),
        ("a = \n", "not TOML"),
        ("a = 1\na = 2\n", "not TOML"),
        ("\0", "not TOML"),
        (f"a = {'9' * 6000}\n", "a number in it has too many digits"),
        ("#" * 1_000_001, "is larger than 1000 kB"),
    ],
)
def test_a_file_that_is_something_else_is_refused(file, text, says):
    """Empty, half and broken files end in a sentence."""
    assert any(says in one for one in problems(file, text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    """Missing, a folder, not text, a device without end."""
    not_text = tmp_path / "binary.toml"
    not_text.write_bytes(b"\xff\xfe\x00")

    for path, says in (
        (tmp_path / "none.toml", "No such file"),
        (tmp_path, "directory"),
        (not_text, "UTF-8"),
        (Path("/dev/zero"), "device"),
    ):
        with pytest.raises(SettingsError, match=says):
            load(path)


def test_a_log_that_would_rotate_over_the_key_file_is_refused(file):
    """Where its third old file would take the name: then and only then."""
    text = GOOD.replace("keys/keys.db", "keys/keys.3").replace("log/gatehouse.log", "keys/keys")

    assert "log.file: it is the key file" in problems(file, text)[0]
    file.write_text(text + "keep = 2\n")
    assert load(file).log.keep == 2


def test_what_is_no_file_or_has_no_end_is_refused(tmp_path):
    """A pipe would keep every command, a device would fill the memory."""
    pipe, endless, large = tmp_path / "pipe.toml", tmp_path / "endless.toml", tmp_path / "large.toml"
    os.mkfifo(pipe)
    endless.symlink_to("/dev/zero")
    large.touch()
    os.truncate(large, 10**12)  # sparse: no such room is used

    for path, says in ((pipe, "a pipe"), (endless, "a device"), (large, "larger than 1000 kB")):
        with pytest.raises(SettingsError, match=says):
            load(path)


@given(st.text(max_size=200) | st.lists(st.sampled_from(GOOD.splitlines()), max_size=20).map("\n".join))
def test_any_text_loads_or_is_refused(tmp_path_factory, text):
    """Nothing but SettingsError comes out."""
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load(file)
    except SettingsError:
        return


def test_lines_are_found_in_spite_of_comments_texts_and_dotted_keys():
    """What looks like a key inside a text is none."""
    text = '# a = 1\n[one]\nx = """\na = 2\n[two]\n"""\na = 3\ntwo.three = 4\n[[list]]\n[[ list ]] # second\n"a" = 5\n'

    assert line_of(text, ("one", "a")) == 7
    assert line_of(text, ("one", "two", "three")) == 8
    assert line_of(text, ("list", 0)) == 9
    assert line_of(text, ("list", 1, "a")) == 11
    assert line_of(text, ("list", 1, "missing")) == 10
    assert line_of(text, ("nowhere",)) == 1
