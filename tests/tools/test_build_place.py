"""Where the compiled firmware is kept, and what is said when this computer does not take it."""

import pytest
from click.testing import CliRunner
from gatetools import build
from gatetools.build import CannotCompile, compile_firmware
from gatetools.cli import main


@pytest.fixture
def blocked(tmp_path, monkeypatch):
    """A file stands where the folder of compiled trees has its place."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    (tmp_path / "build").write_text("in the way")
    return tmp_path / "build"


def test_a_place_that_takes_nothing_is_named(blocked):
    """What it is for, too."""
    with pytest.raises(CannotCompile, match=str(blocked)):
        compile_firmware()


def test_a_command_says_so(blocked):
    """One sentence, status 1, no trace."""
    done = CliRunner().invoke(main, ["demo", "--seconds", "1"])
    assert isinstance(done.exception, SystemExit), done.exc_info
    assert done.exit_code == 1
    assert str(blocked) in done.output
