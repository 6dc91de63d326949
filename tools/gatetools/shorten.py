"""Gives names that only the firmware knows short ones, which names that never meet share.

MicroPython keeps the text of every name in RAM, each once however often it is used, and a slot for it in a table. Two
names meet if one module has both, or modules whose classes inherit from each other. Names of modules and errors stay,
as traces show them, and so do texts and lines. So does a name that an object is only ever given from outside: there is
no telling which of its own it would meet there.
"""

import ast
import binascii
import builtins
import gc
import hashlib
import io
import itertools
import json
import keyword
import os
import re
import select
import string
import struct
import sys
import time
import tokenize
from collections.abc import Iterable, Iterator

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SPECIAL = re.compile(r"__\w+__")
# What the interpreter itself brings: names of these are never the firmware's alone.
MODULES = (binascii, builtins, gc, hashlib, io, json, os, select, struct, sys, time)
TYPES = (int, str, bytes, bytearray, memoryview, list, tuple, dict, set, type, property, BaseException, io.StringIO)
OBJECTS = (hashlib.sha256(), select.poll(), sys.stdout)


def shorten(sources: dict[str, str], others: Iterable[str]) -> dict[str, str]:
    """Module name -> text with short names. others: texts of all that names something of these modules or is named."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    stays = _known() | {word for name in sources for word in name.split(".")}
    for text in others:
        stays |= _names(text)
    stays |= _errors(trees.values())
    for tree in trees.values():
        stays |= _words(_texts(tree))
    stays |= _strangers(trees.values())
    own = {name for tree in trees.values() for name in defined(tree) - stays if not SPECIAL.fullmatch(name)}
    groups = _groups(trees)
    meet: dict[str, set[str]] = {group: set() for group in groups.values()}
    for name, text in sources.items():
        meet[groups[name]] |= _names(text)
    short = _shared({group: names & own for group, names in meet.items()}, stays | set().union(*meet.values()) - own)
    return {name: _renamed(text, short) for name, text in sources.items()}


def _known() -> set[str]:
    """Names that Python itself brings."""
    return {"self", *keyword.kwlist}.union(*(dir(one) for one in (*MODULES, *TYPES, *OBJECTS)))


def _names(text: str) -> set[str]:
    return {token.string for token in _tokens(text) if token.type == tokenize.NAME}


def _shared(meet: dict[str, set[str]], taken: set[str]) -> dict[str, str]:
    """Name -> a short one that nobody has whom it meets; names that meet many are served first."""
    rooms: dict[str, list[str]] = {}
    for room, names in meet.items():
        for name in names:
            rooms.setdefault(name, []).append(room)
    given: dict[str, set[str]] = {room: set() for room in meet}
    found = {}
    for name in sorted(rooms, key=lambda name: (-len(rooms[name]), name)):
        found[name] = next(
            short for short in _short() if short not in taken and all(short not in given[room] for room in rooms[name])
        )
        for room in rooms[name]:
            given[room].add(found[name])
    return found


def _groups(trees: dict[str, ast.Module]) -> dict[str, str]:
    """Module -> the group whose names must differ from each other."""
    group = {name: name for name in trees}
    for name, tree in trees.items():
        bases = _bases(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and bases & {alias.asname or alias.name for alias in node.names}:
                for other in {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)} & trees.keys():
                    old, new = group[other or ""], group[name]
                    group = {one: new if of == old else of for one, of in group.items()}
    return group


def _bases(tree: ast.Module) -> set[str]:
    """Names by which a module knows what its classes inherit from: the class, or the module it lies in."""
    found = set()
    for node in ast.walk(tree):
        for base in node.bases if isinstance(node, ast.ClassDef) else []:
            first = base.value if isinstance(base, ast.Attribute) else base
            if isinstance(first, ast.Name):
                found.add(first.id)
    return found


def defined(tree: ast.Module) -> set[str]:
    """Names of functions, classes, arguments, attributes and variables that a module makes."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _strangers(trees: Iterable[ast.Module]) -> set[str]:
    """Attributes that some code gives to an object which is not its own, and no class to its own."""
    outside: set[str] = set()
    own: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                is_own = isinstance(node.value, ast.Name) and node.value.id == "self"
                (own if is_own else outside).add(node.attr)
            elif isinstance(node, ast.ClassDef):
                own |= {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
                own |= {
                    name.id
                    for one in node.body
                    if isinstance(one, ast.Assign)
                    for name in ast.walk(one)
                    if isinstance(name, ast.Name)
                }
    return outside - own


def _errors(trees: Iterable[ast.Module]) -> set[str]:
    """Classes that inherit from an exception."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = {
        name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
    }
    while (
        more := {one.name for one in classes if found & {ast.unparse(base).split(".")[-1] for base in one.bases}}
        - found
    ):
        found |= more
    return found


def _texts(tree: ast.Module) -> Iterator[str]:
    """Texts that run: an attribute may be asked for by one. Neither docstrings nor annotations.

    A formatted text is one with all that is in it, for up to Python 3.11 its names are no tokens of their own.
    """
    idle: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            idle.add(node.value)
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            idle |= set(ast.walk(note)) if note else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in idle:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield ast.unparse(node)


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in WORD.findall(text)}


def _short() -> Iterator[str]:
    for size in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=size):
            yield "".join(letters)


def _tokens(text: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(text).readline))


def _renamed(text: str, names: dict[str, str]) -> str:
    """From the end backwards, so that columns stay true."""
    lines = text.split("\n")
    for token in reversed(_tokens(text)):
        if token.type == tokenize.NAME and token.string in names:
            (row, first), (_, last) = token.start, token.end
            lines[row - 1] = lines[row - 1][:first] + names[token.string] + lines[row - 1][last:]
    return "\n".join(lines)
