"""`gatehouse platform`: the health platforms that the gatehouse can ask; a file checked, one tried step by step."""

import asyncio
import datetime
import sys
import time
from pathlib import Path

import click
from gatelink import codes
from rich.table import Table
from rich.text import Text

from gatehouse.card_number import FORM_OF_CARD, check_number
from gatehouse.number_parts import NumberInvalid
from gatehouse.person import masked
from gatehouse.platforms.account import CERTIFICATE_SOON_DAYS, Account, PlatformSettings, certificate_days, open_account
from gatehouse.platforms.dialect import Dialect
from gatehouse.platforms.dialect_file import SHIPPED, load, shipped, text_of
from gatehouse.platforms.platform import Platform
from gatehouse.platforms.template import parse
from gatehouse.process import guard_memory
from gatehouse.question import Question
from gatehouse.settings_errors import SettingsError
from gatehouse.status import LabResult, LabTest, Outcome, Status
from gatehouse.terminal import EXIT_SETTINGS, config_option, fail, settings_or_exit, show

# Sequence 001 of somebody born on 1900-01-01 in Dongcheng: its form is right, and nobody is likely to have it.
TEST_NUMBER = "110101190001010014"
BUDGET_S = 10.0
ECHO_SHOWS = 2
NUMBER_MAX_CHARACTERS = 100
KIND_OF_FORM = {form: kind for kind, form in FORM_OF_CARD.items()}
ANSWERED = frozenset((Outcome.GREEN, Outcome.YELLOW, Outcome.RED, Outcome.EXPIRED, Outcome.NOT_FOUND))


@click.group("platform")
def platform_() -> None:
    """Health platforms: those that are known, a file of your own, and a try of one.

    \b
    A platform is a TOML file, not a program. Those that ship:
      plain       the contract of this project, for a platform that wants to offer it
      national    guangdong    beijing    shanghai

    \b
    To connect another province, write a file:
      gatehouse platform show guangdong > qingzhou.toml
      gatehouse platform check qingzhou.toml
    """


@platform_.command("list")
@config_option
def list_(config: Path) -> None:
    """Show the dialects that ship, and the platforms that the settings name.

    \b
    Example:
      gatehouse platform list

    Exit status: 0, 2 if the settings are wrong. Without a settings file only the dialects are shown.
    """
    dialects = Table("dialect", "who", "credentials", "corrections")
    for name in SHIPPED:
        one = shipped(name)
        dialects.add_row(name, Text(one.title), ", ".join(one.credentials), Text(one.contact))
    show(dialects)
    if not config.exists():
        click.echo("No settings file here, so no platform is asked. --config FILE names one.")
        return
    settings = settings_or_exit(config, "Nothing was read.", enters=False)
    named = Table("platform", "dialect", "address")
    for name, one_set in settings.platforms.items():
        named.add_row(Text(name), Text(one_set.dialect), Text(one_set.url))
    if settings.platforms:
        show(named)
    else:
        click.echo("The settings name no platform. Add a table [platforms.NAME] with dialect, url and credentials.")


@platform_.command("show")
@click.argument("dialect", type=click.Choice(SHIPPED))
def show_(dialect: str) -> None:
    """Print the file of a DIALECT that ships, to begin one of your own with.

    \b
    Example:
      gatehouse platform show guangdong > qingzhou.toml
    """
    click.echo(text_of(dialect), nl=False)


@platform_.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a dialect FILE as a whole; nobody is asked.

    Every problem is told with its line and with what is allowed there.

    \b
    Example:
      gatehouse platform check qingzhou.toml

    Exit status: 0 if it can be used, 2 if not.
    """
    try:
        dialect = load(file)
    except SettingsError as wrong:
        fail(*wrong.problems, f"{file}: cannot be used as it is.", status=EXIT_SETTINGS)
    for line in remarks(dialect):
        click.echo(f"Note: {line}")
    click.echo(f"{file}: {dialect.name} ({dialect.title}) can be used. Try it: gatehouse platform test NAME")


@platform_.command("test")
@click.argument("name")
@click.option(
    "--number",
    metavar="NUMBER",
    default=TEST_NUMBER,
    help="Whom to ask about: a test number that the platform's operator gave you, or your own. Without it, one that "
    "nobody is likely to have: then NOT FOUND is the right answer. Other users of this PC can see arguments: "
    "`--number -` reads it from standard input.",
)
@config_option
def test_(name: str, number: str, config: Path) -> None:
    """Ask the platform NAME of the settings once, and show every step.

    Token, signature, request, answer, where each field was found and what it means. Numbers, keys and tokens are
    never shown: of the answer keys and kinds of values alone, of the fields that the file reads what they mean.

    \b
    Examples:
      gatehouse platform test guangdong
      gatehouse platform test guangdong --number -

    Exit status: 0 if the platform gave an answer that is understood, 1 if not, 2 if settings or number are wrong.
    """
    settings = settings_or_exit(config, "Nobody was asked.", enters=False)
    one = settings.platforms.get(name)
    if one is None:
        known = ", ".join(settings.platforms) or "none"
        said = f"{config} names no platform {name[:40]!r}; it names: {known}. Add a table [platforms.NAME]."
        fail(said, "Nobody was asked.", status=EXIT_SETTINGS)
    try:
        account = open_account(one)
    except SettingsError as wrong:
        fail(*wrong.problems, "Nobody was asked.", status=EXIT_SETTINGS)
    guard_memory()
    question = _question(sys.stdin.readline(NUMBER_MAX_CHARACTERS).strip() if number == "-" else number)
    _warn_of_certificate(one)
    platform_steps(account, question, settings.lookup.budget_ms)


def _question(text: str) -> Question:
    number = bytearray(text.upper().encode())
    try:
        form = check_number(number, datetime.datetime.now().astimezone().date())
    except NumberInvalid as wrong:
        fail(f"--number: no card can have this number: {wrong}.", "Nobody was asked.", status=EXIT_SETTINGS)
    return Question(KIND_OF_FORM.get(form, codes.CARD_RESIDENT), number)


def _warn_of_certificate(settings: PlatformSettings) -> None:
    days = certificate_days(settings, time.time())
    if days is not None and days < 0:
        click.echo("Warning: the station's certificate has expired. Ask the platform's operator for a new one.")
    elif days is not None and days <= CERTIFICATE_SOON_DAYS:
        click.echo(
            f"Warning: the station's certificate ends in {days} days. Ask the platform's operator for a new one."
        )


def platform_steps(account: Account, question: Question, budget_ms: int) -> None:
    """Ask once; every step on the screen, and the exit status that belongs to what came of it.

    budget_ms: what a tap has.
    """
    click.echo(f"{account.dialect.title}: asked about {masked(question.number)}")
    began_s = time.monotonic()
    status, trouble = asyncio.run(_asked(account, question))
    took_ms = round((time.monotonic() - began_s) * 1000)
    click.echo(f"Took {took_ms} ms with connection and token; a tap has {budget_ms} ms (lookup.budget_ms).")
    if took_ms > budget_ms:
        click.echo("Warning: a traveller is not kept waiting so long: such an answer serves the next swipe only.")
    if trouble:
        fail(*trouble)
    for line in told(status):
        click.echo(line)
    if status.outcome not in ANSWERED:
        fail(ADVICE.get(status.outcome, "Nobody passes by this answer."))


ADVICE = {
    Outcome.UNMAPPED: "An answer came that the file does not understand: see above which field. Mend the file, and "
    "check it: gatehouse platform check FILE. Until then staff decide.",
    Outcome.NOT_ASKED: "The platform does not know this kind of card by its file: see [kinds].",
    Outcome.TIMED_OUT: f"No answer came within {BUDGET_S:.0f} s. Check cable, address and firewall, then ask the "
    "platform's operator.",
}


async def _asked(account: Account, question: Question) -> tuple[Status, list[str]]:
    platform = Platform(account, watch=step)
    try:
        status = await platform.ask(question, BUDGET_S)
    finally:
        question.wipe()
        await platform.close()
    trouble = platform.trouble
    return status, [trouble.said, trouble.advice] if trouble is not None else []


def step(what: str, about: str) -> None:
    """One line of what happens."""
    click.echo(f"  {what:<18} {about}")


def told(status: Status) -> list[str]:
    """What a status says, for people."""
    lines = [f"Answer: {status.outcome.value.upper()}"]
    if status.source:
        set_at = datetime.datetime.fromtimestamp(status.updated_s).astimezone()
        lines.append(f"  set {set_at:%Y-%m-%d %H:%M:%S %z} by {status.source}")
    if status.test is not None:
        lines.append(f"  test {status.test.result.value}, {_times(status.test)}")
        if status.outcome is Outcome.GREEN and status.test.result is LabResult.POSITIVE:
            lines.append("Warning: green with a positive test. No shipped rules let anybody pass so; see to your own.")
    if status.doses is not None:
        lines.append(f"  doses of vaccine: {status.doses}")
    if status.flags:
        lines.append(f"  besides: {', '.join(sorted(status.flags))}")
    return [*lines, f"  corrections: {status.contact}"]


def _times(test: LabTest) -> str:
    moments = {"sampled": test.sampled_s, "tested": test.tested_s, "reported": test.reported_s}
    known = {name: at for name, at in moments.items() if at is not None}
    texts = (f"{name} {datetime.datetime.fromtimestamp(at).astimezone():%m-%d %H:%M}" for name, at in known.items())
    return ", ".join(texts) or "no time told"


def remarks(dialect: Dialect) -> list[str]:
    """What a file may say, and what its writer should know."""
    found = []
    if any("number" in parse(text).names for one in dialect.request.values() for text in one.query.values()):
        found.append("a query stands in every log on its way: ask the platform to take the number in a body.")
    if dialect.echo is None:
        found.append("no [echo]: nothing shows that an answer is about the one who was asked about.")
    elif dialect.echo.first < ECHO_SHOWS or dialect.echo.last < ECHO_SHOWS:
        found.append("[echo] takes less than the first and the last two characters for somebody's number.")
    if dialect.test is not None and not dialect.test.always:
        found.append("[test] without always = true: a key that the platform renames one day looks like no test.")
    if dialect.test is None:
        found.append("no [test]: a rule that wants one sends every traveller of this platform to staff.")
    if not dialect.life.answer_s:
        found.append("life.answer_s is 0: every swipe costs a request.")
    return found
