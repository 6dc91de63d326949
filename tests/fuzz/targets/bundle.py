"""A bundle of statuses, any bytes. CPython only: no gate reads one.

The first byte tells how far the rest gets: 1, it is the second line and what follows, signed by an issuer that the
station trusts; 2, it is the rows behind a head that fits them; else it is the whole file.
"""

import atexit
import datetime
import tempfile
from pathlib import Path

from gatehouse.bundles import bundle as bundles
from gatehouse.bundles.header import BundleRefused
from gatehouse.importing import CsvImport, ImportRefused
from host.bundle_maker import Office

_folder = tempfile.TemporaryDirectory(prefix="gatehouse-fuzz-")
atexit.register(_folder.cleanup)
FILE = Path(_folder.name) / "bundle"
OFFICE = Office()
SIGNED = OFFICE.bundle()  # the one whole file of the corpus whose signature holds
NOW = datetime.datetime.fromisoformat("2026-11-23T12:00:00+08:00")


def run(data):
    """See above."""
    way, rest = data[:1], data[1:]
    if way == b"\1":
        line, end, rows = rest.partition(b"\n")
        FILE.write_bytes(OFFICE.signed(line + end, rows))
    elif way == b"\2":
        FILE.write_bytes(OFFICE.bundle(rest))
    else:
        FILE.write_bytes(rest)
    try:
        with bundles.opened(FILE, {OFFICE.public: "city"}, "Hall B", NOW, lambda done, total: None) as bundle:
            assert way in (b"\1", b"\2") or rest == SIGNED, "nobody has signed this"
            job = CsvImport(FILE, b"k" * 32, bundle.source, NOW, bundle.rows)
            batches = job.people(lambda done: None).batches(bundle.source)
            rows = [row for batch in batches for row in batch]
            assert all(len(row[0]) == 16 and row[1] in (1, 2, 3) and row[4] == "city" for row in rows)
            return f"{bundle.facts.kind} {bundle.facts.serial}: {len(rows)} people"
    except (BundleRefused, ImportRefused) as refusal:
        said = str(refusal)
        assert said.isprintable(), "a refusal can be shown"
        return f"refused: {said}"
