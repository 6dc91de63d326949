"""Holds the fields of a platform's file against its requests: each is taken out of an answer, and of nothing else."""

from collections.abc import Collection, Iterator, Mapping

from gatehouse.platforms import origin
from gatehouse.platforms.dialect import NULL, Dialect, Test, Time
from gatehouse.platforms.fields import NO_KEY

Path = tuple[str, ...]
# What is missing, empty or no value at all lets nobody pass.
NOTHING = (NULL, "", NO_KEY)
NEED_REQUIRED = ("echo", "updated", "flags", "reason")


def field_problems(dialect: Dialect) -> Iterator[tuple[Path, str]]:
    """(where, what is wrong and what to do) of each field."""
    required = [name for name, one in dialect.request.items() if one.need == "required"]
    status = dialect.status
    if status.rows:
        yield from _field(("status", "rows"), status.rows, required, "a required request")
        yield from _inner(("status", "where"), status.where)
    else:
        yield from _field(("status", "where"), status.where, required, "a required request")
    for name in NEED_REQUIRED:
        field = getattr(dialect, name)
        if field is not None:
            yield from _field((name, "where"), field.where, required, "a required request")
    if dialect.life.until is not None:
        yield from _field(("life", "until", "where"), dialect.life.until.where, required, "a required request")
    if dialect.doses is not None:
        yield from _field(("doses", "where"), dialect.doses.where, dialect.request, "a request")
    if dialect.test is not None:
        asked = [name for name, one in dialect.request.items() if one.need != "extra"]
        yield from _test(dialect.test, asked)
    for name, request in dialect.request.items():
        if request.codes is not None:
            yield from _field(("request", name, "codes", "where"), request.codes.where, [name], "this request")
    if dialect.token is not None:
        yield from _token(dialect)
    yield from _nothing(("status", "values"), dialect.status.values, ("green",))
    if dialect.test is not None:
        yield from _nothing(("test", "values"), dialect.test.values, ("negative",))


def _test(test: Test, asked: Collection[str]) -> Iterator[tuple[Path, str]]:
    where = "a request that is required or wanted"
    if test.rows:
        yield from _field(("test", "rows"), test.rows, asked, where)
    times: dict[str, Time | None] = {"sampled": test.sampled, "tested": test.tested, "reported": test.reported}
    fields: list[tuple[Path, str]] = [(("test", "where"), test.where)]
    fields += [(("test", name, "where"), time.where) for name, time in times.items() if time is not None]
    for at, text in fields:
        yield from _inner(at, text) if test.rows else _field(at, text, asked, where)


def _token(dialect: Dialect) -> Iterator[tuple[Path, str]]:
    if dialect.token is None:
        return
    yield from _field(("token", "where"), dialect.token.where, ["token"], "this request")
    if dialect.token.life_where:
        yield from _field(("token", "life_where"), dialect.token.life_where, ["token"], "this request")
    if dialect.token.codes is not None:
        yield from _field(("token", "codes", "where"), dialect.token.codes.where, ["token"], "this request")


def _field(at: Path, where: str, known: Collection[str], which: str) -> Iterator[tuple[Path, str]]:
    """`where` has to begin with one of the known names; `which`: what these are."""
    try:
        names = origin.requests(where)
    except origin.NoOrigin as wrong:
        yield at, str(wrong)
        return
    for name in sorted(names - set(known)):
        yield at, f"{name} is no name of {which}; it begins with one of: {', '.join(known)}."


def _inner(at: Path, where: str) -> Iterator[tuple[Path, str]]:
    """A path that begins in a row."""
    try:
        origin.requests(where, inside=True)
    except origin.NoOrigin as wrong:
        yield at, str(wrong)


def _nothing(at: Path, values: Mapping[str, str], meanings: Collection[str]) -> Iterator[tuple[Path, str]]:
    for key in NOTHING:
        if values.get(key) in meanings:
            said = "what is missing, null or empty is no answer: nobody is"
            yield (*at, key), f"{said} {values[key]} by it. Leave it out, and staff decide."
