"""Our own contract: its OpenAPI file is one, the bench's server keeps to it, and what we send does."""

import asyncio
import datetime
import json
from importlib.resources import files

import aiohttp
import pytest
from gatehouse.platforms.dialect_file import shipped
from gatehouse.platforms.request import Form
from gatetools.sim.platforms import faults
from gatetools.sim.platforms.faults import Faults
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate
from platforms.asking import CARDS, served

CONTRACT = json.loads(files("gatehouse.platforms").joinpath("plain.openapi.json").read_text(encoding="utf-8"))
ANSWERS = CONTRACT["paths"]["/v1/status"]["post"]["responses"]


def checker(schema):
    """For a schema of the contract, whose references lead into the same file."""
    formats = FormatChecker(formats=())
    formats.checks("date-time", ValueError)(lambda text: datetime.datetime.fromisoformat(text).tzinfo is not None)
    return Draft202012Validator({**schema, "components": CONTRACT["components"]}, format_checker=formats)


def of(name):
    return checker({"$ref": f"#/components/schemas/{name}"})


def test_the_contract_is_openapi():
    """By the standard's own schema."""
    validate(CONTRACT)


def ask_raw(body, key=None, fault=()):
    """(HTTP status, content type, document) of each body, asked without the gatehouse's engine."""

    async def story():
        troubles = Faults.none()
        troubles.next_ones = list(fault)
        async with served("plain", troubles=troubles) as pair, aiohttp.ClientSession() as session:
            head = {"Authorization": f"Bearer {key or pair.server.credentials['key']}"}
            told = []
            for one in body(pair.server.table.everybody()):
                async with session.post(f"{pair.server.url}/v1/status", json=one, headers=head) as answer:
                    told.append((answer.status, answer.content_type, json.loads(await answer.text())))
            return told

    return asyncio.run(story())


@pytest.mark.parametrize("include", [[], ["vaccine"]])
def test_the_servers_answers_keep_to_the_contract(include):
    """Of sixty people."""
    told = ask_raw(lambda people: [{"kind": "resident", "number": one.number, "include": include} for one in people])
    assert len(told) == 60
    for status, kind, document in told:
        assert (status, kind) == (200, "application/json")
        assert list(of("Status").iter_errors(document)) == []
        assert ("vaccine" in document) == bool(include)


@pytest.mark.parametrize(
    ("body", "key", "fault", "status"),
    [
        ({"kind": "resident", "number": "11010119000101001X"}, None, (), 404),
        ({"kind": "resident", "number": "11010119000101001X"}, "another", (), 401),
        ({"kind": "resident", "number": "11010119000101001X"}, None, (faults.BUSY,), 429),
    ],
)
def test_the_servers_refusals_keep_to_the_contract(body, key, fault, status):
    """Each a problem by RFC 9457."""
    [(told, kind, document)] = ask_raw(lambda _: [body], key, fault)
    assert told == status
    assert str(status) in ANSWERS
    assert kind == "application/problem+json"
    assert list(of("Problem").iter_errors(document)) == []


@pytest.mark.parametrize("lean", [False, True])
def test_what_we_send_keeps_to_the_contract(lean):
    """With and without what is left out under load."""
    form = Form(shipped("plain").request["status"], lean=lean)
    for kind in shipped("plain").kinds.values():
        sent = form.fill({"kind": kind.encode(), "number": bytearray(b"110101190001010014"), "key": b"k"})
        assert list(of("Question").iter_errors(json.loads(sent.body))) == []


def test_the_dialect_knows_every_value_of_the_contract():
    """What the contract allows is mapped, and nothing else."""
    status = CONTRACT["components"]["schemas"]["Status"]["properties"]
    dialect = shipped("plain")
    assert set(dialect.status.values) == set(status["status"]["enum"])
    assert set(dialect.flags.values) == set(status["flags"]["items"]["enum"])
    assert set(dialect.test.values) == set(status["test"]["properties"]["result"]["enum"])
    kinds = CONTRACT["components"]["schemas"]["Question"]["properties"]["kind"]["enum"]
    assert set(dialect.kinds) == set(kinds)
    assert len(CARDS) == len(kinds)
