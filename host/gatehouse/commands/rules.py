"""`gatehouse rules` and `gatehouse explain`: who may pass, and why."""

from pathlib import Path

import click

from gatehouse.control import requests
from gatehouse.control.client import Control, NoAnswer, Unreachable
from gatehouse.rules import case, explanation, rule_file
from gatehouse.rules.book import RuleBook
from gatehouse.rules.rule_set import RuleSet
from gatehouse.settings import SHIPPED
from gatehouse.settings_errors import SettingsError
from gatehouse.terminal import EXIT_SETTINGS, config_option, fail, settings_or_exit

RELOAD_WAIT_S = 10.0

rules_option = click.option(
    "--rules",
    "named",
    metavar="FILE",
    help="A rule file, or shipped:NAME, instead of the rules that the settings name.",
)


def named_rules(named: str) -> RuleSet:
    """The set in a file, or of `shipped:NAME`; every problem on the screen and exit status 2 if it cannot be used."""
    where = named.removeprefix(SHIPPED) if named.startswith(SHIPPED) else Path(named)
    try:
        return rule_file.load(where)
    except SettingsError as wrong:
        fail(*wrong.problems, "These rules cannot be used.", status=EXIT_SETTINGS)


def set_rules(config: Path) -> RuleSet:
    """The set that the settings name."""
    settings = settings_or_exit(config, "No rules were read.", enters=False)
    try:
        return RuleBook(settings.rules.where(), settings.rules.usual()).current
    except SettingsError as wrong:
        fail(*wrong.problems, "These rules cannot be used.", status=EXIT_SETTINGS)


@click.group("rules")
def rules_() -> None:
    """Who may pass: rules in a file that an operator can read.

    \b
    First steps:
      gatehouse rules list                          the sets that ship
      gatehouse rules show --rules shipped:test_48h what one of them does
      gatehouse rules print test_48h > rules.toml   then edit it
      gatehouse rules check rules.toml              is it in order?
      gatehouse explain --case case.toml --rules rules.toml
    Then name it in the settings, [rules] file = "rules.toml", and restart; after later changes:
      gatehouse rules reload
    """


@rules_.command("list")
def list_() -> None:
    """List the sets of rules that ship.

    \b
    Example:
      gatehouse rules list
    """
    for name in rule_file.shipped():
        words = rule_file.load(name).words
        click.echo(f"{SHIPPED}{name:20} {words[0]} / {words[1]}")


@rules_.command("print")
@click.argument("name", type=click.Choice(rule_file.shipped()))
def print_(name: str) -> None:
    """Print the shipped set NAME, to make your own of it.

    \b
    Example:
      gatehouse rules print test_48h > rules.toml
    """
    click.echo(rule_file.text_of(name), nl=False)


@rules_.command()
@config_option
@rules_option
def show(config: Path, named: str | None) -> None:
    """Show the rules that the settings name, one after the other, as they are looked at.

    \b
    Examples:
      gatehouse rules show
      gatehouse rules show --rules shipped:beijing_72h

    Exit status: 0, 2 if settings or rules are wrong.
    """
    for line in explanation.shown(named_rules(named) if named else set_rules(config)):
        click.echo(line)


@rules_.command()
@click.argument("file", metavar="FILE")
def check(file: str) -> None:
    """Check the rule FILE, or shipped:NAME, and put nothing in force.

    Refused is what cannot be read, and every order or gap that would let more through than a fresh, mapped green.

    \b
    Example:
      gatehouse rules check rules.toml

    Exit status: 0 if it is in order, 2 if it is not.
    """
    rules = named_rules(file)
    more = " Entry by card alone is part of it." if rules.registration else ""
    click.echo(f"{file}: in order; {rules.name}, {len(rules.rules)} rules.{more}")


@rules_.command()
@config_option
def reload(config: Path) -> None:
    """Have the running gatehouse read its rule file again.

    All of the file takes effect at one moment, or nothing of it: a file that is not in order is told here, line by
    line, and the rules that were in force stay. Which file it is stands in the settings, and changes by a restart.

    \b
    Example:
      gatehouse rules reload

    Exit status: 0 if the file is in force, 1 if the gatehouse cannot be reached, 2 if settings or rules are wrong.
    """
    settings = settings_or_exit(config, "Nothing was reloaded.")
    try:
        control = Control(settings.store.ledger.parent)
    except Unreachable as failure:
        fail(f"{failure} Nothing was reloaded.")
    try:
        told = control.ask("reload", RELOAD_WAIT_S)
    except NoAnswer:
        fail("The gatehouse has not answered; look at its log for which rules are in force.")
    finally:
        control.close()
    if told["result"] != requests.DONE:
        fail(str(told.get("text")), status=EXIT_SETTINGS)
    click.echo(str(told.get("text")))


@click.command()
@click.option("--case", "file", metavar="FILE", required=True, type=click.Path(path_type=Path), help="The case.")
@config_option
@rules_option
def explain(file: Path, config: Path, named: str | None) -> None:
    """Show which rule fires in a case and why, and why the ones before it did not, in Chinese and English.

    The case is a TOML file (or JSON, if its name ends so), made up or written down from a complaint; nobody's number
    belongs into it:

    \b
      at = 2026-04-20T08:00:00+08:00
      lane = "A1"
      [card]
      kind = "resident"
      [status]
      outcome = "green"
      source = "city"
      updated = 2026-04-20T07:59:00+08:00
      [status.test]
      result = "negative"
      sampled = 2026-04-17T09:00:00+08:00

    \b
    Examples:
      gatehouse explain --case case.toml
      gatehouse explain --case case.toml --rules shipped:beijing_72h

    Exit status: 0 whatever the verdict, 2 if settings, rules or case are wrong.
    """
    rules = named_rules(named) if named else set_rules(config)
    try:
        told = case.load(file)
    except SettingsError as wrong:
        fail(*wrong.problems, "Nothing was explained.", status=EXIT_SETTINGS)
    for line in explanation.explained(told, rules):
        click.echo(line)
