"""A bundle that came to a station: proven first, used afterwards, and read from one open file both times.

Whoever writes to the file between the two is found out: the rows are hashed again while they are used, and their end
is given away only if it is the end of what was proven.
"""

import contextlib
import datetime
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gatehouse.bundles.header import HEAD_MAX_BYTES, MARK, BundleRefused, Facts, Head, head_of, moment

CHUNK_BYTES = 1 << 20
CLOCK_TOLERANCE_S = 300
ALTERED = "it was damaged or altered on its way. Fetch it again"


@dataclass(frozen=True, slots=True)
class Bundle:
    """One that its issuer has signed and that this station may use now. source: the station's name of that issuer."""

    file: BinaryIO
    offset: int
    facts: Facts
    source: str

    def rows(self) -> BinaryIO:
        """Its rows, as bytes of CSV. Reading raises BundleRefused, at the latest with their last bytes, if they are
        not what was proven.
        """
        self.file.seek(self.offset)
        return io.BufferedReader(ProvenRows(self.file, self.facts), CHUNK_BYTES)


class ProvenRows(io.RawIOBase):
    """The rows of a file, hashed as they are read."""

    def __init__(self, file: BinaryIO, facts: Facts) -> None:
        """`file`: at the beginning of the rows. It stays open when this is closed."""
        self._file = file
        self._facts = facts
        self._left = facts.length
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        """As of any file that is read."""
        return True

    def tell(self) -> int:
        """How many bytes of rows were read."""
        return self._facts.length - self._left

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]  # any buffer, typing says
        """As of any raw file; BundleRefused as `rows` says."""
        view = memoryview(buffer)[: self._left]
        count = self._file.readinto(view) if self._left else 0  # type: ignore[attr-defined]  # BufferedReader has it
        self._hash.update(view[:count])
        self._left -= count
        if (not count and self._left) or (not self._left and self._hash.hexdigest() != self._facts.sha256):
            raise BundleRefused("it was changed by somebody while it was read. Fetch it again")
        return int(count)


def is_bundle(path: Path) -> bool:
    """Whether a file says that it is a bundle, of whatever version. False if it cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(MARK)) == MARK
    except OSError:
        return False


@contextlib.contextmanager
def opened(
    path: Path,
    trusted: Mapping[str, str],
    station: str,
    now: datetime.datetime,
    progress: Callable[[int, int | None], None],
) -> Iterator[Bundle]:
    """A bundle, proven to its last byte. BundleRefused, saying why, if it may not be used here and now.

    trusted: public key in hexadecimal -> name, of issuers. station: this one's name, "" if it has none.
    progress(bytes, of how many): while the rows are hashed.
    """
    try:
        _check_kind(path.stat())
        with path.open("rb") as file:
            size = _check_kind(os.fstat(file.fileno()))
            head = head_of(file.read(HEAD_MAX_BYTES))
            facts, source = proven(head, trusted)
            _check_use(facts, station, now)
            offset = len(head.encoded())
            if size - offset != facts.length:
                raise BundleRefused(
                    f"{facts.length} bytes of rows were signed and {size - offset} are there: {ALTERED}"
                )
            bundle = Bundle(file, offset, facts, source)
            _check_rows(bundle, progress)
            yield bundle
    except OSError as failure:
        raise BundleRefused(f"it cannot be read: {failure.strerror}") from None


def proven(head: Head, trusted: Mapping[str, str]) -> tuple[Facts, str]:
    """What a head says, and the name of the issuer that has signed it. BundleRefused if none of `trusted` has."""
    signer = next((key for key in trusted if _signed_by(key, head)), None)
    facts = head.facts()  # of a stranger too: to say whose it claims to be
    if signer is None:
        if facts.key in trusted:
            raise BundleRefused(
                f"it names {trusted[facts.key]} as its issuer, who has not signed it as it is: {ALTERED}"
            )
        raise BundleRefused(
            f'it says that "{facts.issuer}" with the key {facts.key} has issued it, whom this station does not trust. '
            "If it should: ask that office for its key by another way, and put it into the settings, [bundles.issuers]"
        )
    if facts.key != signer:
        raise BundleRefused("it names another key than it is signed with. Ask its issuer for a right one")
    return facts, trusted[signer]


def _signed_by(key: str, head: Head) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(head.signature, head.signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_use(facts: Facts, station: str, now: datetime.datetime) -> None:
    if facts.station and facts.station != station:
        here = f'this one is "{station}"' if station else "this one has no name in the settings, [bundles] station"
        raise BundleRefused(f'it is meant for the station "{facts.station}", and {here}')
    if moment(facts.issued) > now + datetime.timedelta(seconds=CLOCK_TOLERANCE_S):
        raise BundleRefused(
            f"it was issued on {facts.issued}, which has not come yet by the clock of this PC. Look at the clock"
        )
    if moment(facts.valid_until) <= now:
        raise BundleRefused(f"it was valid until {facts.valid_until}. Get a newer one from its issuer")


def _check_rows(bundle: Bundle, progress: Callable[[int, int | None], None]) -> None:
    digest, left = hashlib.sha256(), bundle.facts.length
    bundle.file.seek(bundle.offset)
    while left and (chunk := bundle.file.read(min(CHUNK_BYTES, left))):
        digest.update(chunk)
        left -= len(chunk)
        progress(bundle.facts.length - left, bundle.facts.length)
    if left or digest.hexdigest() != bundle.facts.sha256:
        raise BundleRefused(f"its rows are not those that were signed: {ALTERED}")


def _check_kind(state: os.stat_result) -> int:
    """Its size. BundleRefused for a pipe, which would keep us if it were opened and nobody wrote to it."""
    if not stat.S_ISREG(state.st_mode):
        raise BundleRefused("it is no file, and has to be read twice: once to prove it, once to use it. Save it first")
    return state.st_size
