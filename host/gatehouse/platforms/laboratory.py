"""The test in an answer: the one that a table tells, or of several rows the one that counts.

A row is never passed over because it cannot be read or compared: it may be the positive one.
"""

from collections.abc import Collection, Iterable, Sequence

from gatehouse.platforms import origin
from gatehouse.platforms.dialect import NULL, Test
from gatehouse.platforms.fields import Documents, Show, Unreadable, key_of, kind, look, past, shown
from gatehouse.status import LabResult, LabTest

RESULTS = {result.value: result for result in LabResult}
CLOCKS = ("sampled", "tested", "reported")
ROWS_MAX = 500
NOT_UNDERSTOOD = LabTest(LabResult.UNMAPPED)
# Of tests that all may be the newest the first in this order counts.
WORST_FIRST = (LabResult.POSITIVE, LabResult.UNMAPPED, LabResult.PENDING, LabResult.NEGATIVE)
# Nothing else takes the place of an older positive test: not another that is under way, nor what nobody understands.
OUTDATES_POSITIVE = (LabResult.NEGATIVE, LabResult.POSITIVE)


def newest_test(
    test: Test | None, documents: Documents, fetched_s: int, show: Show, silent: Collection[str] = ()
) -> LabTest | None:
    """None if no test is told. UNMAPPED where the answer has another form than the file says.

    silent: requests that brought nothing that is understood.
    """
    if test is None:
        return None
    where = test.rows or test.where
    asked = origin.requests(where)
    if not asked.isdisjoint(silent):
        show("test", where, "nothing", "its request brought nothing: staff decide")
        return NOT_UNDERSTOOD
    if not asked <= documents.keys():
        show("test", where, "nothing", "no test told")
        return None
    try:
        return (_of_rows if test.rows else _of_all)(test, documents, fetched_s, show)
    except Unreadable:
        show("test", where, "another form than the file says", LabResult.UNMAPPED.value)
        return NOT_UNDERSTOOD


def counting(tests: Sequence[LabTest]) -> LabTest:
    """The worst of those that may be the newest one. Of equals the one that was made last.

    A test is the newest if it is so by one of its times; one without any time may be.
    """
    newest = {
        positive: {clock: _last(tests, clock, OUTDATES_POSITIVE if positive else RESULTS.values()) for clock in CLOCKS}
        for positive in (True, False)
    }

    def may_be_newest(one: LabTest) -> bool:
        last = newest[one.result is LabResult.POSITIVE]
        told = [(clock, at_s) for clock in CLOCKS if (at_s := time_of(one, clock)) is not None]
        return not told or any(at_s >= last[clock] for clock, at_s in told)

    standing = [one for one in tests if may_be_newest(one)]
    return min(standing, key=lambda one: (WORST_FIRST.index(one.result), -_made_s(one)))


def time_of(test: LabTest, clock: str) -> int | None:
    """One of its times by name, None if it is not told."""
    return {"sampled": test.sampled_s, "tested": test.tested_s, "reported": test.reported_s}[clock]


def _last(tests: Sequence[LabTest], clock: str, results: Collection[LabResult]) -> int:
    times = [time_of(one, clock) for one in tests if one.result in results]
    return max((at_s for at_s in times if at_s is not None), default=0)


def _made_s(test: LabTest) -> int:
    return next((at_s for clock in CLOCKS if (at_s := time_of(test, clock)) is not None), 0)


def _of_all(test: Test, documents: Documents, fetched_s: int, show: Show) -> LabTest | None:
    found = _of(test, documents, fetched_s, show)
    if found is None and test.always:
        raise Unreadable
    return found


def _of_rows(test: Test, documents: Documents, fetched_s: int, show: Show) -> LabTest | None:
    rows = look(test.rows, documents)
    if rows in (None, {}) and test.always:
        raise Unreadable
    if rows in (None, {}, []):
        show("test", test.rows, shown(rows), "no test told")
        return None
    rows = rows if isinstance(rows, list) else [rows]
    if len(rows) > ROWS_MAX:
        raise Unreadable
    one = counting(list(_each(test, rows, fetched_s, show)))
    show("test", test.rows, shown(rows), f"{one.result.value} is the one that counts")
    return one


def _each(test: Test, rows: Iterable[object], fetched_s: int, show: Show) -> Iterable[LabTest]:
    for row in rows:
        try:
            yield _of(test, row, fetched_s, show) or NOT_UNDERSTOOD
        except Unreadable:
            show("test", test.where, kind(row), LabResult.UNMAPPED.value)
            yield NOT_UNDERSTOOD


def _of(test: Test, document: object, fetched_s: int, show: Show) -> LabTest | None:
    """The test that one table tells. Unreadable if it has another form."""
    value = look(test.where, document)
    result = RESULTS.get(test.values.get(key_of(value), ""), LabResult.UNMAPPED)
    moments: dict[str, int | None] = dict.fromkeys(CLOCKS)
    malformed = False
    for clock in CLOCKS:
        time = getattr(test, clock)
        try:
            if time is not None and look(time.where, document) is not None:
                moments[clock] = past(time, document, fetched_s, f"test.{clock}", show)
        except Unreadable:
            malformed = True
    if value is None and test.values.get(NULL) is None and not malformed and not any(moments.values()):
        show("test", test.where, "nothing", "no test told")
        return None
    if malformed and result is not LabResult.POSITIVE:
        # A result whose age cannot be told is of no use, but a positive one stays what it is.
        result = LabResult.UNMAPPED
    show("test", test.where, shown(value), result.value)
    return LabTest(result, **{f"{clock}_s": at_s for clock, at_s in moments.items()})
