"""A health office's side: its key, and the bundles that it signs."""

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import ValidationError

from gatehouse.bundles.bundle import CHUNK_BYTES
from gatehouse.bundles.header import FIRST_LINE, Facts, Head, said_of
from gatehouse.keyfile_error import KeyFileError
from gatehouse.private_file import check_private, make_whole
from gatehouse.regular_file import read_regular

KEY_FILE_MAX_BYTES = 10_000


class CannotIssue(Exception):
    """No bundle was made; the text says why and what to do."""


class IssuerKey:
    """The private key of an issuer. Its file is PEM (PKCS #8), which OpenSSL reads too."""

    def __init__(self, path: Path) -> None:
        """KeyFileError if the file is missing, no such key, or open to others than its owner."""
        try:
            pem = read_regular(path, KEY_FILE_MAX_BYTES)
            check_private(path)
        except OSError as failure:
            raise KeyFileError(f"{path}: cannot be read ({failure.strerror}).") from None
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFileError(
                f"{path}: holds no Ed25519 private key without a passphrase. Make one: gatehouse register issuer --new "
                "FILE"
            )
        self._key = key

    @property
    def public(self) -> str:
        """What stations put into their settings: 64 hexadecimal digits."""
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def sign(self, facts: Facts) -> Head:
        """The head of a bundle that says this."""
        signed = FIRST_LINE + facts.line()
        return Head(signed, self._key.sign(signed))


def new_key(path: Path) -> None:
    """Make a key in a new file for its owner alone. KeyFileError if there is something already, or it cannot be."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if not make_whole(path, lambda elsewhere: elsewhere.write_bytes(pem)):
        raise KeyFileError(f"{path}: is there already, and a key is never written over. Choose another name.")


def write_bundle(
    csv: Path, path: Path, key: IssuerKey, facts: dict[str, object], progress: Callable[[int, int | None], None]
) -> Facts:
    """Sign the rows of a CSV file into a new file for its owner alone; what it says.

    facts: those of `Facts` that its issuer chooses. CannotIssue if they or the rows' file cannot be used, KeyFileError
    if the new file cannot be made. progress(bytes, of how many): of the rows written.
    """
    try:
        with csv.open("rb") as rows:
            length, digest = _measured(rows)
            said = _facts({**facts, "key": key.public, "length": length, "sha256": digest})
            head = key.sign(said)
            if not make_whole(path, lambda elsewhere: _fill(elsewhere, head, rows, said, progress)):
                raise KeyFileError(f"{path}: is there already. Choose another name, or remove it.")
            return said
    except OSError as failure:
        raise CannotIssue(f"{csv}: cannot be read ({failure.strerror}).") from None


def _facts(told: dict[str, object]) -> Facts:
    try:
        return Facts.model_validate(told)
    except ValidationError as failure:
        raise CannotIssue(f"{said_of(failure)}.") from None


def _measured(rows: BinaryIO) -> tuple[int, str]:
    if not stat.S_ISREG(os.fstat(rows.fileno()).st_mode):
        raise CannotIssue("the rows have to be read twice, and this is no file: save them first.")
    digest = hashlib.sha256()
    while chunk := rows.read(CHUNK_BYTES):
        digest.update(chunk)
    return rows.tell(), digest.hexdigest()


def _fill(path: Path, head: Head, rows: BinaryIO, said: Facts, progress: Callable[[int, int | None], None]) -> None:
    digest, done = hashlib.sha256(), 0
    rows.seek(0)
    with path.open("wb") as file:
        file.write(head.encoded())
        while chunk := rows.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
            done += len(chunk)
            progress(done, said.length)
    if digest.hexdigest() != said.sha256:
        raise CannotIssue("the rows were changed while they were read. Run the command again.")
