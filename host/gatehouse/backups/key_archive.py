"""A backup of the key file under a passphrase, for another PC: what the operating system wraps does not move.

Format 1: MAGIC, a salt of 16 bytes, then AES-256-GCM as in `seal`, bound to both, of a CBOR map {made_s, data_key,
database}. The key is scrypt (RFC 7914) of the passphrase in UTF-8, normalised to NFC (Unicode Standard Annex 15), with
N = 2^17, r = 8, p = 1: 128 MiB and some tenths of a second for each guess.
"""

import re
import secrets
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from gatehouse.keyfile import KeyFile
from gatehouse.keyfile_error import KeyFileError
from gatehouse.private_file import make_whole
from gatehouse.seal import NONCE_BYTES, SealBroken, seal, unseal

MAGIC = b"gatehouse keys backup 1\n"
ANY_MAGIC = re.compile(rb"gatehouse keys backup ([0-9]{1,9})\n")
SALT_BYTES = 16
FILE_MAX_BYTES = 256 << 20  # a key file of a station that runs for centuries


class WrongBackup(Exception):
    """The file is no backup of keys, is damaged, or has another passphrase; the text says what to do."""


@dataclass(frozen=True, slots=True)
class KeyBackup:
    """What a backup holds. made_s: Unix time. database: as `KeyFile.for_backup` gives it."""

    made_s: int
    data_key: bytes
    database: bytes


def save(keys: KeyFile, passphrase: str, path: Path) -> None:
    """Write a backup to a new file. KeyFileError if it exists, its folder does not, or it cannot be written."""
    if not path.parent.is_dir():
        # A folder that is made here would hide that a disk is not mounted.
        raise KeyFileError(f"{path.parent}: there is no such folder. Mount the disk, or make the folder first.")
    data_key, database = keys.for_backup()
    content = cbor2.dumps({"made_s": int(time.time()), "data_key": data_key, "database": database})
    head = MAGIC + secrets.token_bytes(SALT_BYTES)
    sealed = head + seal(key_of(passphrase, head), content, head)
    if not make_whole(path, lambda elsewhere: elsewhere.write_bytes(sealed)):
        raise KeyFileError(f"{path}: exists already. Choose another name.")


def load(path: Path, passphrase: str) -> KeyBackup:
    """What the backup in a file holds. WrongBackup if it cannot be had."""
    try:
        with path.open("rb") as file:
            sealed = file.read(FILE_MAX_BYTES)
    except OSError as failure:
        raise WrongBackup(f"{path}: cannot be read ({failure.strerror}).") from None
    found = ANY_MAGIC.match(sealed)
    if found is None:
        raise WrongBackup(f"{path}: is no backup of keys. `gatehouse backup keys` makes one.")
    if found[0] != MAGIC:
        raise WrongBackup(f"{path}: made by a newer Gatehouse (format {found[1].decode()}). Update this one.")
    head_bytes = len(MAGIC) + SALT_BYTES
    if len(sealed) < head_bytes + NONCE_BYTES:
        raise WrongBackup(f"{path}: is cut off. Take another copy of the backup.")
    head = sealed[:head_bytes]
    try:
        content = cbor2.loads(unseal(key_of(passphrase, head), sealed[head_bytes:], head))
    except SealBroken:
        raise WrongBackup(
            f"{path}: does not open: the passphrase is another one, or the file was damaged. Try again; if the "
            "passphrase is right, take another copy of the backup."
        ) from None
    return KeyBackup(content["made_s"], content["data_key"], content["database"])


def key_of(passphrase: str, head: bytes) -> bytes:
    """The key of 32 bytes that a passphrase gives under the salt at the end of `head`."""
    scrypt = Scrypt(salt=head[-SALT_BYTES:], length=32, n=1 << 17, r=8, p=1)
    return scrypt.derive(unicodedata.normalize("NFC", passphrase).encode())
