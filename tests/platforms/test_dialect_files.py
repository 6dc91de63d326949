"""A dialect file is checked as a whole: every problem with its line and what to do; nothing in it runs or grows."""

import contextlib
import time
from importlib.resources import files

import pytest
from gatehouse.platforms import expression, template
from gatehouse.platforms.dialect_file import load, read, shipped
from gatehouse.settings_errors import SettingsError
from hypothesis import given
from hypothesis import strategies as st

GUANGDONG = files("gatehouse.platforms").joinpath("guangdong.toml").read_text(encoding="utf-8")
SHANGHAI = files("gatehouse.platforms").joinpath("shanghai.toml").read_text(encoding="utf-8")
BEIJING = files("gatehouse.platforms").joinpath("beijing.toml").read_text(encoding="utf-8")


def problems(text, old="", new=""):
    """What is said of a shipped file in which `old` was replaced."""
    assert old in text
    with pytest.raises(SettingsError) as refused:
        read(text.replace(old, new, 1), "some.toml")
    return refused.value.problems


def line_of(text, piece):
    return text[: text.index(piece)].count("\n") + 1


TOKEN_SIGNING = '[token.signing]\nalgorithm = "sm3"\nparameters = {{ a = "{}" }}\n[token.codes]'
MISTAKES = [
    # in guangdong.toml, (what stands there, what somebody wrote instead, what is said)
    ('path = "/api/hc/init"', 'path = "https://evil.example/x"', "a path begins with /"),
    ('path = "/api/hc/init"', 'path = "/../init"', "a path begins with /"),
    ('path = "/api/hc/queryHealthyCode"', 'path = "/code/{number}"', "the number stands in no path or header"),
    ('idNumber = "{number}"', 'idNumber = "{numbr}"', "{numbr} has no value here"),
    ('idNumber = "{number}"', 'idNumber = "{__class__}"', "braces stand around names"),
    ('idNumber = "{number}"', 'idNumber = "{number.x}"', "braces stand around names"),
    ('idNumber = "{number}"', 'idNumber = "x"', "no request has {number}"),
    ('sn = "{sn}" }', 'sn = "{number}" }', "a token belongs to the station"),
    ('sn = "{sn}" }', 'sn = "{sign}" }', "{sign} here takes a table of its own, [token.signing]"),
    ("[token.codes]", TOKEN_SIGNING.format("{number}"), "{number} has no value here"),
    ("[token.codes]", TOKEN_SIGNING.format("{token}"), "{token} has no value here"),
    ("[token.codes]", TOKEN_SIGNING.format("{sn}").replace("sm3", "hmac-sm3"), "an hmac takes a key"),
    ('color"\n', 'color["\n', "no JMESPath"),
    ('"code.data.color"', '"to_string(code)"', "no function that may be used"),
    ('green = "green", ', 'green = "gren", ', '"gren" is not allowed'),
    ('green = "green", ', 'green = "unmapped", ', '"unmapped" is not allowed'),
    ("life_s = 7200", "life_s = 0", "whole seconds from 10"),
    ("life_s = 7200", 'life_s = "7200"', "whole seconds from 10"),
    ("renew_at = 0.5", "renew_at = 1.5", "a part of its life"),
    ("renew_at = 0.5", "renew = 0.5", "there is no such key. Did you mean renew_at?"),
    ('format = "%Y-%m-%d %H:%M:%S"', 'format = "%d/%m %H:%M"', "a pattern has %Y, %m and %d"),
    ('zone = "+08:00"', 'zone = "Asia/Shanghai"', "a zone is a sign"),
    ('resident = "10"', 'residents = "10"', "residents"),
    ('method = "POST"', 'method = "DELETE"', '"DELETE" is not allowed'),
    ('method = "POST"', 'method = "GET"', "GET has no body"),
    ('sn = "the serial', 'number = "the serial', "this name means something already"),
    ("[request.code]\n", '[request.code]\nheaders = { Host = "x" }\n', "no header that a file may set"),
    ("[request.code]\n", '[request.code]\nheaders = { "X\\r\\nY" = "x" }\n', "no header that a file may set"),
    ("[request.code]\n", '[request.code]\nheaders = { X = "a\\r\\nb" }\n', "control characters"),
    ("[request.code]\n", '[request.code]\nneed = "extra"\n', "at least one request is needed"),
    ("[request.code]\n", "[request.code]\nextra_fields = { a = [[[[[1]]]]] }\n", "at most 4 deep"),
    ("[request.code]\n", "[request.code]\nextra_fields = { a = 1.5 }\n", "whole numbers"),
    ("answer_s = 300", "answer_s = -1", "whole seconds from 0"),
    ("dialect = 1", "dialect = 2", "1, the version of this format"),
    ('[status]\nwhere = "code.data.color"', "[status]", "status.where: is missing"),
]


OWN = "a text or number of its own"
EVERYBODY_GREEN = [
    # in guangdong.toml and shanghai.toml: what would make everybody green, or a positive test none
    (GUANGDONG, "code.data.color", "'green'", OWN),
    (GUANGDONG, "code.data.color", '`\\"green\\"`', OWN),
    (GUANGDONG, "code.data.color", "code | 'green'", OWN),
    (GUANGDONG, "code.data.color", "code.data.color || 'green'", OWN),
    (GUANGDONG, "code.data.color", "not_null(code.data.color, 'green')", OWN),
    (GUANGDONG, "code.data.color", "code.['green'] | [0]", "new lists or tables"),
    (GUANGDONG, "code.data.color", "code.{color: 'green'}.color", "new lists or tables"),
    (GUANGDONG, "code.data.color", "code.data && 'green'", "`&&`"),
    (GUANGDONG, "code.data.color", "!code.data.color", "`!`"),
    (GUANGDONG, "code.data.color", "code.data.color != 'red'", "comparisons"),
    (GUANGDONG, "code.data.color", "data.color", "data is no name of a required request; it begins with one of: code"),
    (GUANGDONG, "code.data.color", "@.code", "does not begin with the name of a request"),
    (GUANGDONG, "code.data.color", "*.data.color | [0]", "does not begin with the name of a request"),
    (GUANGDONG, "code.data.color", "not_null(code.a, cod.b)", "cod is no name"),
    (GUANGDONG, '{ green = "green"', '{ null = "green"', "what is missing, null or empty is no answer"),
    (GUANGDONG, '{ green = "green"', '{ "" = "green"', "what is missing, null or empty is no answer"),
    (GUANGDONG, '{ green = "green"', '{ "\\u0000" = "green"', "what is missing, null or empty is no answer"),
    (GUANGDONG, '{ "阴性" = "negative"', '{ null = "negative"', "what is missing, null or empty is no answer"),
    (GUANGDONG, "code.data.showTime", "code.data.showTime || '2026-01-01 00:00:00'", OWN),
    (GUANGDONG, "code.data.hsResult", "cdoe.data.hsResult", "cdoe is no name of a request"),
    (GUANGDONG, "code.data.hsDateTime", "'2026-01-01 00:00:00'", OWN),
    (GUANGDONG, "code.data.idNumber", "'x'", OWN),
    (GUANGDONG, "code.data.vaccine", "'3'", OWN),
    (GUANGDONG, '"code.code"', '"`0`"', OWN),
    (GUANGDONG, '"token.code"', '"code.code"', "code is no name of this request"),
    (GUANGDONG, "token.data.token", "'x'", OWN),
    (SHANGHAI, 'rows = "nat.data"', 'rows = "nta.data"', "nta is no name"),
    (SHANGHAI, 'rows = "nat.data"', 'rows = "vaccine.data"', "vaccine is no name of a request that is required or w"),
    (SHANGHAI, 'rows = "nat.data"', "rows = \"max_by(nat.data, &'x')\"", OWN),
    (SHANGHAI, '"nat_result"', "\"'阴性'\"", OWN),
    (SHANGHAI, 'rows = "code.data"', 'rows = "nat.data"', "nat is no name of a required request"),
    (SHANGHAI, 'where = "type"', "where = \"type || '00'\"", OWN),
]


@pytest.mark.parametrize(("text", "old", "new", "said"), EVERYBODY_GREEN)
def test_what_would_be_true_of_everybody_is_refused(text, old, new, said):
    """A field takes its value out of an answer, with the line on which it does not."""
    told = problems(text, old, new)
    assert any(said in one for one in told), told
    assert all(one.startswith("some.toml, line ") for one in told)


def test_a_row_may_be_chosen_by_a_text_of_the_file():
    """A filter compares, and takes nothing from it; two places of one field are one field."""
    rows = "nat.data[?card_type!='99']"
    assert read(SHANGHAI.replace('rows = "nat.data"', f'rows = "{rows}"'), "x").test.rows == rows
    where = "not_null(code.data.color, code.data.colour) || code.data.Color"
    assert read(GUANGDONG.replace('"code.data.color"', f'"{where}"'), "x").status.where == where


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_named_with_its_line(old, new, said):
    """The line in the file as it was written, the key, and what is allowed."""
    told = problems(GUANGDONG, old, new)
    assert any(said in one for one in told), told
    assert all(one.startswith("some.toml, line ") for one in told)


def test_the_line_is_the_right_one():
    """Of a key in a table, and of one in an inline table the line that it stands in."""
    [told] = problems(GUANGDONG, "life_s = 7200", "life_s = 1")
    assert told.startswith(f"some.toml, line {line_of(GUANGDONG, 'life_s = 7200')}: token.life_s: 1 is not allowed")


def test_all_mistakes_are_told_at_once():
    """In the order of their lines."""
    text = GUANGDONG.replace("life_s = 7200", "life_s = 1").replace("answer_s = 300", "answer_s = -1")
    told = problems(text)
    assert ["token.life_s" in told[0], "life.answer_s" in told[1]] == [True, True]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('algorithm = "sha256"', 'algorithm = "hmac-sm3"', "an hmac takes a key"),
        ('encoding = "HEX"', 'encoding = "HEX"\nkey = "{app_secret}"', "only an hmac takes a key"),
        ('algorithm = "sha256"', 'algorithm = "md5"', '"md5" is not allowed'),
        ('body = "form"', 'body = "none"', "fields go into a body"),
        ('certNo = "{number}"\ncertType', "certNo = 1\ncertType", "a form holds texts only"),
        ('4 = "test_owed"', '4 = "Test owed"', "names like"),
    ],
)
def test_a_mistake_in_a_signature_is_named(old, new, said):
    """In beijing.toml, which signs a form."""
    told = problems(BEIJING, old, new)
    assert any(said in one for one in told), told


@pytest.mark.parametrize(
    "text",
    ["", "\0", "a" * 10_000, "[" * 10_000, "x = " + "[" * 5_000, "x = 1" + "0" * 5000, "[request.a.b.c.d]", "a.b.c=1"],
)
def test_what_is_no_dialect_is_refused_at_once(text):
    """Within a moment, with a sentence."""
    began_s = time.monotonic()
    assert problems(text)
    assert time.monotonic() - began_s < 1


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 300_000])
def test_a_file_that_is_no_text_or_too_large_is_refused(content, tmp_path):
    """Before anything is made of it."""
    path = tmp_path / "huge.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="huge"):
        load(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    "hostile",
    ["[@,@][]|[@,@][]|[@,@][]", "map(&[@,@], @)", "join('', @)", "`old`", "[" * 150, "a" * 201, ""],
)
def test_an_expression_that_could_grow_is_refused(hostile):
    """What finds a field needs none of it."""
    with pytest.raises(ValueError, match=r"."):
        expression.compiled(hostile)


@given(text=st.text(alphabet="ab.[]*@|&(){},:'`\"0?=<>!- ", max_size=60), document=st.just({"a": [{"b": "1"}, 2]}))
def test_no_expression_raises(text, document):
    """It is none, or it finds something or nothing."""
    with contextlib.suppress(ValueError):
        expression.found(expression.compiled(text), document)


@given(value=st.text(max_size=20))
def test_a_value_cannot_leave_its_place(value):
    """Quotes, braces and ampersands of a value stay in it, in JSON and in a form."""
    import json
    from urllib.parse import parse_qs

    fields = {"a": "<{value}>", "b": {"c": ["{value}", 7, True]}}
    values = {"value": value.encode()}
    sent = json.loads(template.json_body(fields).fill(values, template.json_escape))
    assert sent == {"a": f"<{value}>", "b": {"c": [value, 7, True]}}

    form = template.form_body({"a&b": "{value}", "c": "{value}="}).fill(values, template.form_escape).decode()
    assert parse_qs(form, keep_blank_values=True) == {"a&b": [value], "c": [f"{value}="]}


def test_every_shipped_file_knows_residents():
    """Or it would be of no use at any station."""
    from gatehouse.platforms.dialect_file import SHIPPED

    assert all(shipped(name).of_kind(1) for name in SHIPPED)
