"""`gatehouse ledger`: what the lanes and the house did, and the proof that nobody has changed it."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import click
import sqlalchemy as sa

from gatehouse import exporting, head_keeper, ledger_view, proofs, schema
from gatehouse.commands.recording import station_ledger
from gatehouse.continuity import DataLost
from gatehouse.control import peer
from gatehouse.deeds import fit
from gatehouse.exporting import NotWhole
from gatehouse.heads import HEAD_KEY, Head, Signer
from gatehouse.keyfile import KeyFile, KeyFileError
from gatehouse.ledger import Ledger
from gatehouse.private_file import make_whole
from gatehouse.proofs import NoProof
from gatehouse.schema import DatabaseError
from gatehouse.terminal import EXIT_SETTINGS, config_option, counter, fail, open_keys, settings_or_exit, show
from gatehouse.verifying import Outcome, Verification

HEAD_MAX = 1 << 53


@click.group()
def ledger() -> None:
    """The ledger: what each lane did, without a name or a number, and the proof that nobody has changed it.

    \b
    First steps:
      gatehouse ledger list                         see what the lanes did
      gatehouse ledger verify                       compute everything anew, and name what was tampered with
      gatehouse ledger head                         sign what it holds now: keep that line, on paper for example
      gatehouse ledger prove 4711 > proof.json      that entry 4711 is in it
      gatehouse ledger export audit.cbor            all of it, for somebody who trusts nobody here
    """


@contextlib.contextmanager
def opened(config: Path, consequence: str) -> Iterator[Ledger]:
    """The ledger that the settings name, for reading, or what is wrong on the screen and exit status 1."""
    settings = settings_or_exit(config, consequence)
    path = settings.store.ledger
    if not path.exists():
        fail(f"{path}: no ledger yet; it is made by `gatehouse run`. {consequence}")
    try:
        with contextlib.closing(Ledger(path)) as book:
            yield book
    except DatabaseError as failure:
        fail(f"{failure} {consequence}")
    except sa.exc.SQLAlchemyError as failure:
        fail(f"{path}: {schema.explain(failure)} {consequence}")


@contextlib.contextmanager
def opened_with_keys(config: Path, consequence: str) -> Iterator[tuple[Ledger, KeyFile]]:
    """The same with the key file, to append to it."""
    settings = settings_or_exit(config, consequence)
    if not settings.store.ledger.exists():
        fail(f"{settings.store.ledger}: no ledger yet; it is made by `gatehouse run`. {consequence}")
    try:
        with open_keys(settings) as keys, station_ledger(settings, keys) as book:
            yield book, keys
    except (KeyFileError, DatabaseError, DataLost) as failure:
        fail(f"{failure} {consequence}")


@ledger.command("list")
@config_option
@click.option("--last", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many entries.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line, for programs.")
def list_(config: Path, last: int, *, as_json: bool) -> None:
    """Show the newest entries, the latest last: of the lanes, and what the house itself has done.

    \b
    Examples:
      gatehouse ledger list --last 100
      gatehouse ledger list --json | jq .what_name

    Exit status: 0, 1 if there is no ledger or it cannot be read, 2 if the settings are wrong.
    """
    with opened(config, "Nothing was read.") as book:
        entries = book.newest(last)
    if as_json:
        for number, entry in entries:
            click.echo(ledger_view.json_line(number, entry))
    else:
        show(ledger_view.table(entries))


@ledger.command()
@config_option
@click.option(
    "--key",
    metavar="HEX",
    help="The station's public key, as `gatehouse ledger head` prints it: for a copy of the ledger without key file.",
)
def verify(config: Path, key: str | None) -> None:
    """Compute the whole ledger anew, and name what was tampered with: which entry, which order, which head.

    Every entry is held against its leaf, the leaves against the tree, the tree against every signed head, and all of
    it against the head that the key file holds, where no backup of the data can reach it. Entries whose time is over
    have lost their content and keep their leaf: they are proven all the same. A gatehouse may run meanwhile.

    Whoever can write database and key file both can make another ledger that is whole in itself. Only what lies
    elsewhere shows that: heads on paper, slips of travellers, exports at an auditor's.

    \b
    Examples:
      gatehouse ledger verify
      gatehouse ledger verify --config copy.toml --key 1f0c...

    Exit status: 0 if everything holds, 1 if something does not or it cannot be read, 2 if settings or key are wrong.
    """
    public, kept = (key_of(key), None) if key is not None else own_key(config)
    with opened(config, "Nothing was verified.") as book, counter("verifying") as progress, book.reading() as moment:
        outcome = Verification(moment, public, kept).run(progress)
    told(outcome)


def key_of(text: str) -> bytes:
    """The public key that was given; exit status 2 if it is none."""
    try:
        public = bytes.fromhex(text)
    except ValueError:
        public = b""
    if len(public) != 32:
        fail("--key: a public key has 64 hexadecimal digits. Nothing was verified.", status=EXIT_SETTINGS)
    return public


def own_key(config: Path) -> tuple[bytes, Head | None]:
    """This station's public key, and the head that its key file holds."""
    settings = settings_or_exit(config, "Nothing was verified.")
    try:
        with open_keys(settings) as keys:
            return Signer(keys.secret(HEAD_KEY)).public, head_keeper.kept(keys)
    except KeyFileError as failure:
        fail(f"{failure} Nothing was verified; without a key file give the public key: --key HEX")


def told(outcome: Outcome) -> None:
    """Say it; exit status 1 if something is wrong."""
    if outcome.fell_back:
        entries = ", ".join(map(str, outcome.fell_back[-10:]))
        click.echo(f"An older copy was put back at some time; the ledger itself says so in entry {entries}.")
    if outcome.bare:
        click.echo(f"{outcome.bare} entries up to {outcome.bare_to} have no content any more; their leaves are proven.")
    later = outcome.size - outcome.signed
    if outcome.wrong:
        more = [f"... and {outcome.more} more"] if outcome.more else []
        fail(*outcome.wrong, *more, f"The ledger was tampered with, or its disk is failing: {outcome.size} entries.")
    waiting = f" {later} came later and wait for the next." if later else ""
    click.echo(f"Everything holds: {outcome.size} entries, {outcome.heads} signed heads.{waiting}")


@ledger.command()
@config_option
@click.option("--all", "all_", is_flag=True, help="List every head, and sign none.")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object for each head.")
def head(config: Path, *, all_: bool, as_json: bool) -> None:
    """Sign what the ledger holds now, and print it: its root, time, and the key that anybody can check it with.

    A running gatehouse signs one every ten minutes, or every thousand entries. Keep one outside of this PC from time
    to time, on paper or in a message: from then on nobody can change what came before it without being found.

    \b
    Examples:
      gatehouse ledger head
      gatehouse ledger head --all --json > heads.jsonl

    Exit status: 0, 1 if there is nothing to sign or it cannot be done, 2 if the settings are wrong.
    """
    if all_:
        with opened(config, "Nothing was read.") as book:
            for one in book.heads():
                show_head(one, as_json=as_json)
        return
    with opened_with_keys(config, "Nothing was signed.") as (book, keys):
        signed = signed_now(book, keys)
        if signed is None:
            fail("The ledger has no entry yet. Nothing was signed.")
    show_head(signed, as_json=as_json)


def signed_now(book: Ledger, keys: KeyFile) -> Head | None:
    """A head of all that is there; that the ledger has fallen back is said on standard error."""
    signed, back = head_keeper.signed_now(book, keys, int(time.time()), fit(peer.this_user()))
    if back is not None:
        click.echo(f"Attention: {back.words()[1]}", err=True)
    return signed


def show_head(one: Head, *, as_json: bool) -> None:
    """One head, as it is asked for."""
    click.echo(json.dumps(proofs.told(one)) if as_json else ledger_view.head_lines(one))


@ledger.command()
@click.argument("number", type=click.IntRange(1, HEAD_MAX))
@click.argument("later", type=click.IntRange(1, HEAD_MAX), required=False)
@click.option("--heads", "of_heads", is_flag=True, help="NUMBER is a head's: prove that nothing before it has changed.")
@click.option("--leaf", metavar="HEX", help="What a traveller's slip says of the entry: refuse if it is another one.")
@config_option
def prove(number: int, later: int | None, leaf: str | None, config: Path, *, of_heads: bool) -> None:
    """Print the proof that entry NUMBER is in the ledger, or with --heads that head NUMBER is a beginning of LATER.

    It is JSON of a few hundred bytes, by RFC 9162, and holds the signed head that it leads to. Whoever has the public
    key can check it with SHA-256 and Ed25519; nobody needs this program, or the ledger, for that.

    The entry's content is in it as long as it is kept. Give it to the traveller whom it concerns, and to nobody else:
    his slip names number and leaf.

    \b
    Examples:
      gatehouse ledger prove 4711 --leaf 1f2e3d4c5b6a7988 > proof.json
      gatehouse ledger prove --heads 12 > consistency.json      from head 12 to the newest one
      gatehouse ledger prove --heads 12 40

    Exit status: 0, 1 if there is nothing to prove or the leaf is another one, 2 if the settings are wrong.
    """
    if later is not None and not of_heads:
        fail("LATER is for --heads. Nothing was proven.", status=EXIT_SETTINGS)
    with opened(config, "Nothing was proven.") as book, book.reading() as moment:
        try:
            proof = proofs.consistency(moment, number, later) if of_heads else proofs.inclusion(moment, number)
        except NoProof as why:
            fail(f"{why} Nothing was proven.")
    if leaf is not None and not str(proof.get("leaf", "")).startswith("".join(leaf.split()).lower() or "-"):
        fail(f"entry {number}: its leaf is not {leaf}. It is another entry, or another station's slip.")
    click.echo(json.dumps(proof, indent=1))


@ledger.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--bare", is_flag=True, help="Leaf hashes alone: it proves as much, and tells nothing of what happened.")
@config_option
def export(file: Path, config: Path, *, bare: bool) -> None:
    """Write the whole ledger to the new FILE: entries with their salts, leaves, signed heads, and the public key.

    A head is signed first, so that everything in it is covered. What the file holds is a CBOR sequence, described in
    ARCHITECTURE.md; a reader of a hundred lines is tests/oracles/ledger_oracle.py. It appears under its name when it
    is whole, for its owner only. A gatehouse may run meanwhile.

    \b
    Examples:
      gatehouse ledger export audit.cbor
      gatehouse ledger export --bare leaves.cbor                to be published

    Exit status: 0, 1 if it could not be written, 2 if the settings are wrong.
    """
    if file.exists():
        fail(f"{file}: there is such a file already. Choose another name. Nothing was exported.")
    with opened_with_keys(config, "Nothing was exported.") as (book, keys):
        signed_now(book, keys)
        public = Signer(keys.secret(HEAD_KEY)).public
        count = (0, 0)

        def fill(elsewhere: Path) -> None:
            nonlocal count
            with counter("exporting") as progress, elsewhere.open("wb") as out, book.reading() as moment:
                count = exporting.write(moment, out, public, progress, bare=bare)

        try:
            made = make_whole(file, fill)
        except NotWhole as why:
            fail(f"{why} Nothing was exported.")
    if not made:
        fail(f"{file}: there is such a file already. Choose another name. Nothing was exported.")
    click.echo(f"{file}: {count[0]} entries, {count[1]} heads. Public key: {public.hex()}")
