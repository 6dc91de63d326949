"""The serials of bundles that were taken: of each issuer they only rise.

They stand in the register, where a serial and the statuses it brought come into force in one transaction; and in the
key file, which is in another backup. Where the register remembers less than that, it was restored or begun anew.
"""

import sqlalchemy as sa

from gatehouse.bundles.bundle import Bundle
from gatehouse.bundles.header import BundleRefused
from gatehouse.keyfile import KeyFile
from gatehouse.register import Register
from gatehouse.register_memory import remember, remembered
from gatehouse.schema import DatabaseError

NAME = "serial of "  # and the issuer's public key


class Serials:
    """Of one bundle's issuer."""

    def __init__(self, bundle: Bundle, keys: KeyFile, *, again: bool) -> None:
        """`again`: a register that was restored may take once more what it has lost."""
        self._facts = bundle.facts
        self._source = bundle.source
        self._keys = keys
        self._again = again

    def check(self, register: Register) -> str:
        """What the operator should know, empty if nothing. BundleRefused if the bundle is not the next one.

        Before all the work; `claim` asks again in the end.
        """
        self._check(last_in(register.remembered(self._name)))
        return behind(register, self._keys, self._facts.key, self._source)

    def claim(self, connection: sa.Connection) -> None:
        """Remember it in the register's open transaction. BundleRefused if another import was faster."""
        self._check(last_in(remembered(connection, self._name)))
        remember(connection, self._name, str(self._facts.serial))

    def keep(self) -> None:
        """Remember it in the key file too, once it is in force. KeyFileError."""
        self._keys.remember_serial(self._facts.key, self._facts.serial)

    @property
    def _name(self) -> str:
        return NAME + self._facts.key

    def _check(self, last: int) -> None:
        serial, ever = self._facts.serial, self._keys.last_serial(self._facts.key)
        if serial <= last:
            raise BundleRefused(
                f"its serial is {serial}, and {last} of {self._source} was taken here already. Get the newest one from "
                "its issuer"
            )
        if last < serial <= ever and not self._again:
            raise BundleRefused(
                f"its serial is {serial}, and {ever} of {self._source} was taken here already, though the register "
                f"remembers {last} only: it was restored from an older copy, or begun anew. Get a newer whole "
                "bundle, or bring back what was lost, bundle after bundle, with --again"
            )
        if self._facts.after > last:
            raise BundleRefused(
                f"it builds upon bundle {self._facts.after} of {self._source}, and the last one taken here is {last}. "
                "Import those between first, or get a whole one"
            )


def behind(register: Register, keys: KeyFile, issuer: str, source: str) -> str:
    """A sentence if the register holds less of an issuer than was taken here before, else empty.

    issuer: its public key. source: its name here. KeyFileError and DatabaseError as theirs.
    """
    last, ever = last_in(register.remembered(NAME + issuer)), keys.last_serial(issuer)
    if last >= ever:
        return ""
    return (
        f"This register remembers bundle {last} of {source} as the last, the key file {ever}: the register was "
        "restored from an older copy, or begun anew."
    )


def last_in(memory: str | None) -> int:
    """The serial that a register remembers, 0 for none. DatabaseError if it is no number."""
    try:
        return int(memory or 0)
    except ValueError:
        raise DatabaseError("What the register remembers of bundles is damaged. Restore it from a backup.") from None
