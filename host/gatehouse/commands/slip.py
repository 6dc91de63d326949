"""`gatehouse slip`: what a traveller at the counter takes along."""

from pathlib import Path

import click

from gatehouse import slip_text
from gatehouse.control import requests
from gatehouse.control.client import Control, NoAnswer, Unreachable
from gatehouse.slips import KEPT_S, Slip
from gatehouse.terminal import config_option, fail, settings_or_exit

WAIT_S = 5.0


@click.command("slip")
@click.argument("lane")
@click.option(
    "--columns",
    type=click.Choice([str(width) for width in slip_text.WIDTHS]),
    default="48",
    show_default=True,
    help="Columns of the printer: 48 on paper of 80 mm, 32 on narrower paper or in a large type.",
)
@config_option
def slip_(lane: str, columns: str, config: Path) -> None:
    """Print why LANE refused its last traveller or sent them to staff, in Chinese and English.

    It names the platform that the answer came from, what it said and when, the rule, and whom to ask to have it
    corrected. The gatehouse remembers it for five minutes, in memory alone and without the number, until somebody
    else taps on that lane. Once the ledger holds the refusal the slip names its entry: `gatehouse ledger prove` shows
    it to the traveller later, and that nobody has changed it.

    \b
    Examples:
      gatehouse slip A1
      gatehouse slip A1 --columns 32 | lp -d receipt

    Exit status: 0, 1 if there is nothing to print or no gatehouse to ask, 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing was printed.")
    try:
        control = Control(settings.store.ledger.parent)
    except Unreachable as failure:
        fail(f"{failure} Nothing was printed.")
    try:
        told = control.ask("slip", WAIT_S, lane=lane)
    except NoAnswer:
        fail("The gatehouse has not answered. Nothing was printed; try again.")
    finally:
        control.close()
    if told["result"] != requests.DONE:
        fail(
            f"{lane}: the gatehouse remembers nobody there. It forgets after {KEPT_S / 60:g} minutes, with the next "
            "traveller, and when it is restarted; `gatehouse watch` lists the lanes. Have the card laid down again."
        )
    click.echo(slip_text.text(Slip.of(told["slip"]), int(columns)), nl=False)
