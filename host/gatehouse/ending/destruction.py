"""The steps of a destruction. Each can be done again: whoever is interrupted begins with what is left."""

import contextlib
import datetime
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gatehouse.deeds import Deed, What
from gatehouse.ending.belongings import Belonging, Part, belongings, folders, strangers
from gatehouse.ending.erasing import erase, size_of
from gatehouse.ending.journal import Journal
from gatehouse.ending.receipt import ENDED, STATEMENT, Receipt, public_of, sign
from gatehouse.head_keeper import signed_now
from gatehouse.heads import HEAD_KEY, Head
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.private_file import make_whole
from gatehouse.protectors import NAMES, by_name
from gatehouse.settings import GatehouseSettings

KEY_PARTS = (Part.MASTER, Part.KEYS, Part.CREDENTIALS)
# What no program can vouch for. In the receipt, and in the command's help.
NOT_REACHED = (
    "copies that an SSD, a snapshot or the file system's own log keeps of blocks that were overwritten",
    "backups and exports made elsewhere, printed slips, copies of the event stream",
    "swap space of this PC",
)

Said = Callable[[str], None]


class NotDestroyed(Exception):
    """Something is left; the text names it and says what to do."""


class Destruction:
    """`begin`, or a journal that a begun one has left; then `go_on` to the end. say: is told each step."""

    def __init__(self, settings: GatehouseSettings, journal_path: Path, say: Said) -> None:
        self._settings = settings
        self._path = journal_path
        self._say = say

    def begin(self, receipt: Path, station: str, who: str, at_s: int) -> Journal:
        """Sign the last head, and what the receipt will say. Nothing has been destroyed when this returns or fails.

        KeyFileError, DatabaseError or SQLAlchemy's errors if keys or ledger cannot be used.
        """
        store = self._settings.store
        with contextlib.closing(KeyFile(store.keys_path)) as keys:
            head = self._last_head(keys, who, at_s)
            closing = secrets.token_bytes(32)
            statement = {
                "what": "gatehouse destruction",
                "station": station,
                "who": who,
                "at": told_time(at_s),
                "gatehouse": version("gatehouse"),
                "head": told_head(head),
                "public_key": head.signer.hex(),
                "closing_key": public_of(closing),
                "protector": keys.protector,
                "purposes": sorted(keys.purposes()),
                "gates": len(keys.gates()),
                "files": [told_file(one) for one in belongings(self._settings)],
                "left": [str(path) for path in strangers(self._settings)],
                "not_reached": list(NOT_REACHED),
            }
            signature = sign(keys.secret(HEAD_KEY), STATEMENT, statement)
        journal = Journal(str(receipt), closing.hex(), statement, signature)
        journal.write(self._path)
        return journal

    def _last_head(self, keys: KeyFile, who: str, at_s: int) -> Head:
        with contextlib.closing(Ledger(self._settings.store.ledger)) as ledger:
            ledger.record(Deed(What.DESTROYED, at_s, who))
            head, _ = signed_now(ledger, keys, at_s, who)
        if head is None:
            raise KeyFileError("the ledger has no entry to sign a head over. Nothing was destroyed.")
        self._say(f"last head: {head.size} entries, root {head.root.hex()}")
        return head

    def go_on(self, journal: Journal, now_s: Callable[[], int], let_go: Callable[[], None]) -> Receipt:
        """The receipt, keys, files, the receipt's end. NotDestroyed if something cannot be; run it again then.

        let_go: of locks on data and keys. Called when no key is left: nothing starts without.
        """
        goal = Path(journal.receipt)
        if not goal.exists():
            write_receipt(goal, Receipt(journal.statement, journal.signature))
        self._say(f"receipt: {goal}")
        if journal.forgotten is None:
            journal = replace(journal, forgotten=self._forget(journal))
            journal.write(self._path)
        self._erase(lambda part: part in KEY_PARTS, journal, "keys")
        let_go()
        self._erase(lambda part: part not in KEY_PARTS, journal, "files")
        for folder in folders(self._settings):
            with contextlib.suppress(OSError):  # what is not empty holds what is not ours
                folder.rmdir()
        ended = {
            "at": told_time(now_s()),
            "statement": journal.signature,
            "destroyed": [file["path"] for file in journal.statement["files"]],
            "system_key_deleted": bool(journal.forgotten),
            "left": [str(path) for path in strangers(self._settings)],
        }
        closing = bytes.fromhex(journal.closing)
        receipt = Receipt(journal.statement, journal.signature, ended, sign(closing, ENDED, ended))
        write_receipt(goal, receipt)
        erase(self._path)
        return receipt

    def _forget(self, journal: Journal) -> bool:
        """The key in the system's store, or the master file: from then on the key file and its copies are noise."""
        keys, done = self._settings.store.keys_path, False
        for path in [Path(file["path"]) for file in journal.statement["files"] if file["part"] == Part.KEYS]:
            for name, wrapped in wrapped_in(path):
                try:
                    done = by_name(name, keys).forget(wrapped) or done
                except KeyFileError as failure:
                    raise NotDestroyed(f"{failure} Nothing else was destroyed yet; run it again.") from None
        return done

    def _erase(self, wanted: Callable[[Part], bool], journal: Journal, what: str) -> None:
        listed = [Belonging(Part(file["part"]), Path(file["path"])) for file in journal.statement["files"]]
        found = [one for one in [*listed, *belongings(self._settings)] if wanted(one.part)]
        left = []
        for one in dict.fromkeys(found):
            try:
                erase(one.path)
            except OSError as failure:
                left.append(f"{one.path}: {failure.strerror}")
        if left:
            raise NotDestroyed("\n".join([*left, "These are left. Mend what hinders it, and run the same again."]))
        self._say(f"{what}: destroyed")


def wrapped_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Protector and wrapped key of a key file or a copy of one; nothing of any other file."""
    if path.is_symlink() or not path.is_file():
        return
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute("select protector, wrapped from vault").fetchall()
    except sqlite3.Error:
        return
    yield from ((str(name), bytes(wrapped)) for name, wrapped in rows if name in NAMES and isinstance(wrapped, bytes))


def told_file(one: Belonging) -> dict[str, Any]:
    """For the receipt."""
    return {"part": str(one.part), "path": str(one.path), "bytes": size_of(one.path)}


def told_head(head: Head) -> dict[str, Any]:
    """For the receipt; `encoded` is what proves it."""
    facts = {"number": head.number, "size": head.size, "root": head.root.hex(), "at_s": head.at_s}
    return {**facts, "encoded": head.encoded().hex()}


def told_time(at_s: int) -> str:
    """With the station's zone."""
    return datetime.datetime.fromtimestamp(at_s).astimezone().isoformat()


def write_receipt(path: Path, receipt: Receipt) -> None:
    """KeyFileError if it cannot be written. It names no traveller and holds no secret: others may read it."""
    make_whole(path, lambda new: new.write_text(receipt.as_json(), encoding="utf-8"), replace=True)
    os.chmod(path, 0o644)  # noqa: PTH101
