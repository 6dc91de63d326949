"""A station that has been at work for a while: what lies in its databases is as old as a test wants it."""

import contextlib
import datetime
import hashlib
import os
import random
import time

from gatehouse import schema
from gatehouse.keyfile import KeyFile
from gatehouse.ledger import Entry, Ledger
from gatehouse.lists import Lists
from gatehouse.lookup.answers import ANSWERS_KEY, Answers, Told
from gatehouse.register import Register
from gatehouse.retention.limits import begin_of
from gatehouse.settings import load
from gatehouse.status import Outcome, Status
from gatelink import codes

TODAY = datetime.date(2026, 11, 25)
GATE = b"GATE-A1."


def day(ago):
    """So many days before TODAY."""
    return TODAY - datetime.timedelta(days=ago)


def noon_s(ago):
    return begin_of(day(ago)) + 43200


def person(nth):
    """A pseudonym that can be looked for in raw files."""
    return hashlib.sha256(f"person {nth}".encode()).digest()[:16]


def passed(index, ago, identity=GATE, what=codes.REPORT_PASSED, **other):
    fields = {"boot": 1, "counter": index, "detail": 0, "at_s": noon_s(ago), "heard_s": noon_s(ago)}
    return Entry(identity, "lane 1", index, what, **{**fields, "person": person(index), **other})


class AgedStation:
    """Databases and keys in a folder; `settings` reads them as the gatehouse does."""

    def __init__(self, folder, more=""):
        self.data, self.keys_path, self.config = folder / "data", folder / "keys" / "keys.db", folder / "gatehouse.toml"
        self.config.write_text(
            f'[store]\ndata = "data"\nkeys = "keys/keys.db"\nprotector = "file"\n[[port]]\nurl = "loop://"\n{more}',
            encoding="utf-8",
        )
        self.settings = load(self.config)
        self.keys().close()
        self.ledger().close()

    def keys(self):
        return KeyFile(self.keys_path, create=True, protector="file")

    def ledger(self):
        return Ledger(self.data / "ledger.db")

    def commit(self, *entries):
        with contextlib.closing(self.ledger()) as ledger:
            return ledger.commit(*entries)

    def serve_days(self, *agos):
        """Day keys, as answered travellers leave them; each by its purpose."""
        with contextlib.closing(self.keys()) as keys:
            return {f"ledger {day(ago):%Y%m%d}": keys.secret(f"ledger {day(ago):%Y%m%d}") for ago in agos}

    def purposes(self):
        with contextlib.closing(self.keys()) as keys:
            return set(keys.purposes())

    def leaves(self):
        with contextlib.closing(self.ledger()) as ledger:
            return ledger.leaves()

    def know(self, rows):
        """(pseudonym, updated_s, until_s) into the register."""
        with contextlib.closing(self.keys()) as keys, contextlib.closing(self.register(keys)):
            pass
        engine = schema.open_database(self.data / "register.db", schema.REGISTER, schema.migrations.REGISTER_STEPS)
        with engine.begin() as connection:
            for pseudonym, updated_s, until_s in rows:
                row = {"pseudonym": pseudonym, "updated_s": updated_s, "until_s": until_s}
                connection.execute(schema.status.insert().values(colour=1, reason="", source="test", **row))
        engine.dispose()

    def register(self, keys):
        return Register(self.data / "register.db", keys.secret("register"))

    def list_people(self, *until_s):
        """Somebody on a list for each end."""
        with contextlib.closing(self.keys()) as keys, contextlib.closing(Lists(self.data / "lists.db", keys)) as lists:
            for nth, end_s in enumerate(until_s):
                lists.add("crew", [f"number {nth}".encode()], end_s, "crew")

    def answer(self, *agos):
        """What a platform told, so many days ago."""
        with contextlib.closing(self.keys()) as keys:
            answers = Answers(self.data / "answers.db", keys.secret(ANSWERS_KEY))
        told = [
            Told(person(ago), "national", Status(Outcome.GREEN, noon_s(ago), "national", fetched_s=noon_s(ago)))
            for ago in agos
        ]
        answers.write(told, 0, int(time.time()))
        answers.close()

    def count(self, database, table):
        """Rows of a table."""
        with contextlib.closing(schema.sqlite3.connect(self.data / database)) as connection:
            return connection.execute(f"select count(*) from {table}").fetchone()[0]


def raw(*folders):
    """All bytes of all files below."""
    return b"".join(path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())


def seeded(rng=None):
    """A random generator whose seed a failure shows."""
    seed = rng or int.from_bytes(os.urandom(4), "big")
    print("seed", seed)
    return random.Random(seed)
