"""JSON from a stranger: what is taken, what is not, and that neither takes long."""

import json
import time

import pytest
from gatehouse.platforms.json_text import DEPTH_MAX, parse
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(document=JSON, plain=st.booleans())
def test_whatever_is_json_is_taken(document, plain):
    """Brackets, quotes and backslashes in texts count for nothing."""
    assert parse(json.dumps(document, ensure_ascii=plain).encode()) == document


@pytest.mark.parametrize(
    "text",
    [
        b'{"status":"red","status":"green"}',
        b'{"a":[{"b":1,"b":1}]}',
        b'{"a":NaN}',
        b"[Infinity]",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"",
        b"1" * 5000,
        b'{"a":"' + b'\\"' * 200_000,
        b"[" * 200_000,
    ],
)
def test_what_is_none_is_refused_at_once(text):
    """Without a word of it."""
    began_s = time.monotonic()
    with pytest.raises(ValueError, match=r"^(not JSON|brackets lie too deep)$"):
        parse(text)
    assert time.monotonic() - began_s < 0.5


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"[":', b"}")])
def test_depth_ends_exactly_there(opening, closing):
    """As deep as is said, and not deeper."""
    assert parse(opening * DEPTH_MAX + b"1" + closing * DEPTH_MAX)
    with pytest.raises(ValueError, match="too deep"):
        parse(opening * (DEPTH_MAX + 1) + b"1" + closing * (DEPTH_MAX + 1))
