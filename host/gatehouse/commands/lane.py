"""`gatehouse lane`: staff's orders to one lane, and how all lanes stand."""

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from gatehouse import order_words, words
from gatehouse.control import requests
from gatehouse.control.client import Control, NoAnswer, Told, Unreachable
from gatehouse.gates_view import ago, standing_faults
from gatehouse.orders import ANSWER_S, RECORD_S
from gatehouse.scene import Lane, Scene
from gatehouse.settings import GatehouseSettings
from gatehouse.staff import GROUNDS, NAME_CHARACTERS_MAX, ORDERS, OTHER, REASON_CHARACTERS_MAX, Result
from gatehouse.terminal import EXIT_SETTINGS, EXIT_WRONG, config_option, fail, settings_or_exit, show

EXIT_NO_WORD = 3
WAIT_S = RECORD_S + ANSWER_S + 2.0


@click.command("lane")
@click.argument("lane")
@click.argument("order", required=False, type=click.Choice(tuple(ORDERS)))
@click.option(
    "--reason",
    metavar="TEXT",
    help=f"Why, in at most {REASON_CHARACTERS_MAX} characters, without anybody's number. The ledger keeps it.",
)
@click.option(
    "--for",
    "grounds",
    type=click.Choice(tuple(GROUNDS)),
    help="With open: on what grounds a traveller without a usable card passes; `other` needs a --reason too.",
)
@click.option(
    "--as",
    "name",
    metavar="NAME",
    help=f"Who you are, in at most {NAME_CHARACTERS_MAX} characters, where several people share one account. "
    "It is kept beside the account's name.",
)
@config_option
def lane_(
    lane: str, order: str | None, reason: str | None, grounds: str | None, name: str | None, config: Path
) -> None:
    """Order LANE something; `gatehouse lane list` shows the lanes, their states and the faults that stand there.

    \b
    open      for one person, as if a verdict had allowed it
    hold      open until `resume` or a power cut; passages are counted, cards are not asked about
    lock      shut until `resume`, over power cuts too: cards do nothing, and the key switch opens once, recorded, so
              that nobody is shut in. Fire releases it all the same
    resume    cards again, after hold, lock, or when an out-of-service lane was looked at

    A hold ends by itself after hold_limit_s of the settings, if that is set. A power cut or restart of the gate ends
    it too: the lane takes cards again, and the ledger says when. Order it anew if it is still needed. A lock stays:
    only `resume` ends it.

    For a traveller whom no card can speak for, staff look and answer:

    \b
    --for paper-code   a health code on paper was seen
    --for child        a child that comes with its guardian
    --for unreadable   a card that cannot be read
    --for document     another document was seen
    --for other        with a --reason that says what

    Never write anybody's number down: the ledger keeps the grounds, who gave the order and, where one traveller alone
    waits at that lane, which tap it was, but not who passed.

    Who ordered it and why stands in the ledger before the order leaves, and its outcome after. An order is obeyed
    at once or not at all: none waits for a gate that is away, and one that was delayed on its way is refused.

    Orders are taken from the user that runs the gatehouse, and root.

    \b
    Examples:
      gatehouse lane A1 open --reason "wheelchair, through by hand"
      gatehouse lane A1 open --for paper-code
      gatehouse lane A1 open --for child --reason "two of them" --as "Wang Li"
      gatehouse lane A1 hold --reason "school class" --as "Wang Li"
      gatehouse lane A1 resume --reason "class is through" --as "Wang Li"
      gatehouse lane list

    Exit status: 0 if the gate has done it, 1 if it has not, 2 if settings or arguments are wrong, 3 if the gate has
    not answered: then it may have done it, and somebody must look.
    """
    listing = lane == "list" and order is None
    if order is None and not listing:
        fail(f"Say what to order {lane}: {', '.join(ORDERS)}. Nothing was ordered.", status=EXIT_SETTINGS)
    if order is not None and reason is None and grounds in {None, OTHER}:
        fail('Say why: --reason "...". The ledger keeps it. Nothing was ordered.', status=EXIT_SETTINGS)
    settings = settings_or_exit(config, "Nothing was ordered.")
    if order is None:
        show(table(scene_of(settings)))
        return
    told = asked(settings, "order", lane=lane, order=order, reason=reason or "", grounds=grounds, name=name)
    if told["result"] in {requests.WRONG, requests.UNSUITABLE}:
        fail(f"{told.get('text')} Nothing was ordered.", status=EXIT_SETTINGS)
    result, lanes = Result(str(told["result"])), told.get("lanes")
    said = order_words.answered(told, lane, order, lanes if isinstance(lanes, list) else [])[1]
    if result is not Result.DONE:
        fail(said, status=EXIT_NO_WORD if result is Result.NO_WORD else EXIT_WRONG)
    click.echo(said)


def asked(settings: GatehouseSettings, do: str, **facts: object) -> Told:
    """The running gatehouse's answer; or what is wrong on the screen, and the exit status that it has."""
    try:
        control = Control(settings.store.ledger.parent)
    except Unreachable as failure:
        fail(f"{failure} Nothing was ordered.")
    try:
        return control.ask(do, WAIT_S, **facts)
    except NoAnswer:
        fail(
            "The gatehouse has not answered. If it was sent, the order may have been obeyed: look at the lane, and at "
            "the log of the gatehouse.",
            status=EXIT_NO_WORD,
        )
    finally:
        control.close()


def scene_of(settings: GatehouseSettings) -> Scene:
    """How the lanes stand, from the running gatehouse."""
    told = asked(settings, "scene")
    if told["result"] != requests.DONE:
        fail(str(told.get("text")))
    return Scene.of(told["scene"])


def table(scene: Scene) -> Table:
    """Lane, link, state and since when, faults that stand whoever has acknowledged them, the last order of staff."""
    shown = Table("lane", "link", "state", "standing faults", "last order of staff")
    for _, lane in sorted(scene.lanes.items()):
        link = f"{'up' if lane.up else 'down'} {ago(lane.link_since_s)}" if lane.link_since_s else "no gate yet"
        shown.add_row(Text(lane.name), link, state(lane), standing_faults(lane.faults), Text(last_order(lane)))
    return shown


def state(lane: Lane) -> str:
    """What the lane is doing and for how long."""
    if lane.state is None:
        return ""
    return f"{words.LANE_STATES.get(lane.state, order_words.UNKNOWN)[1]} {ago(lane.state_since_s)}"


def last_order(lane: Lane) -> str:
    """What, by whom, why, how it ended, how long ago; "" if there was none since the gatehouse started."""
    given = lane.ordered
    if given is None:
        return ""
    what = words.ORDERS.get(given.what, order_words.UNKNOWN)[1]
    outcome = "under way" if given.outcome is None else words.COMPLETIONS.get(given.outcome, order_words.UNKNOWN)[1]
    grounds = words.GROUNDS.get(given.grounds or "", ("", ""))[1]
    return f"{what}, {outcome}, {ago(given.at_s)} ago, by {given.who}: {words.why(grounds, given.reason)}"
