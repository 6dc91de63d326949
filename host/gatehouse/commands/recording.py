"""What a command changes at the station goes into the ledger, with who did it."""

import contextlib
import time
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from gatehouse import continuity, schema
from gatehouse.control import peer
from gatehouse.deeds import Deed, Detail, What, fit
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Ledger
from gatehouse.settings import GatehouseSettings


@contextlib.contextmanager
def station_ledger(settings: GatehouseSettings, keys: KeyFile) -> Iterator[Ledger]:
    """The station's ledger, made if it is a new station's; appending to it beside a running gatehouse is fine.

    DatabaseError if it cannot be used, also while it is used; DataLost if there was one and it is gone.
    """
    store = settings.store
    continuity.check(store.register, store.ledger, keys.purposes(), new_ledger=False)
    with contextlib.closing(Ledger(store.ledger)) as ledger:
        try:
            yield ledger
        except sa.exc.SQLAlchemyError as failure:
            raise schema.DatabaseError(f"{store.ledger}: {schema.explain(failure)}") from None


def deed_of_mine(what: What, detail: Mapping[str, Detail]) -> Deed:
    """A deed of the user who has given the command, now."""
    return Deed(what, int(time.time()), fit(peer.this_user()), detail)
