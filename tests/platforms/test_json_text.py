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
    ("text", "said"),
    [
        (b'{"status":"red","status":"green"}', "a key stands twice in a table of it"),
        (b'{"a":[{"b":1,"b":1}]}', "a key stands twice in a table of it"),
        (b'{"a":NaN}', "not JSON"),
        (b"[Infinity]", "not JSON"),
        (b"\xff", "it is not UTF-8, as JSON is"),
        ('{"a":"阳"}'.encode("gb18030"), "it is not UTF-8, as JSON is"),
        ("{}".encode("utf-16"), "it begins with a byte order mark, which JSON has not"),
        (b"\xef\xbb\xbf{}", "it begins with a byte order mark, which JSON has not"),
        (b"{} {}", "not JSON"),
        (b"", "not JSON"),
        (b"1" * 5000, "not JSON"),
        (b'{"a":"' + b'\\"' * 200_000, "not JSON"),
        (b"[" * 200_000, "brackets lie too deep"),
    ],
)
def test_what_is_none_is_refused_at_once(text, said):
    """Why, without a word of it."""
    began_s = time.monotonic()
    with pytest.raises(ValueError, match=f"^{said}$"):
        parse(text)
    assert time.monotonic() - began_s < 0.5


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"[":', b"}")])
def test_depth_ends_exactly_there(opening, closing):
    """As deep as is said, and not deeper."""
    assert parse(opening * DEPTH_MAX + b"1" + closing * DEPTH_MAX)
    with pytest.raises(ValueError, match="too deep"):
        parse(opening * (DEPTH_MAX + 1) + b"1" + closing * (DEPTH_MAX + 1))
