"""`gatehouse watch`: the station on a screen, for its staff."""

import signal
import sys
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from gatehouse.control.client import NotAllowed
from gatehouse.staff import NAME_CHARACTERS_MAX
from gatehouse.terminal import config_option, fail, settings_or_exit
from gatehouse.watch import session
from gatehouse.watch.feed import Feed


@click.command("watch")
@click.option("--plain", is_flag=True, help="One line for each event, without keys; the default where no terminal is.")
@click.option(
    "--lang",
    type=click.Choice(("zh", "en", "both")),
    default="both",
    show_default=True,
    help="The language of what is shown.",
)
@click.option(
    "--as",
    "name",
    metavar="NAME",
    help=f"Who you are, in at most {NAME_CHARACTERS_MAX} characters, where several people share one account.",
)
@config_option
def watch_(lang: str, name: str | None, config: Path, *, plain: bool) -> None:
    """Watch the lanes of the running gatehouse, and give orders by key.

    At the top stand the travellers who wait for staff, in masked form, then the alarms that nobody has acknowledged,
    then every lane. Several people may watch at once. When the gatehouse is restarted, the view says so, goes on
    showing what it knew, and comes back by itself.

    \b
    up, down or k, j   choose a lane
    o h l r            open, hold, lock, resume it; the reason is asked for, and kept in the ledger
    t, then 1 to 5     let a traveller without a usable card through: paper code, child with guardian, card that
                       cannot be read, other document, other; a note may follow, but nobody's number
    n, a               choose the next alarm; acknowledge it, which is kept in the ledger with your name
    q, Ctrl-C          leave; no lane changes by it

    What is pasted is text for a reason and nothing else: no order comes from a clipboard, unless the terminal sends
    pastes as if they were typed (it lacks "bracketed paste").

    \b
    Examples:
      gatehouse watch --lang zh --as "Wang Li"
      gatehouse watch --plain | tee -a shift.txt

    Exit status: 0 when you leave, 1 if this user may not speak to the gatehouse, 2 if the settings are wrong.
    """
    settings = settings_or_exit(config, "Nothing is watched.")
    feed = Feed(settings.store.ledger.parent, name)
    console = Console()
    for number in (signal.SIGTERM, signal.SIGHUP) if sys.platform != "win32" else (signal.SIGTERM,):
        signal.signal(number, leave)  # the terminal is put back in order by each of them
    try:
        if plain or not console.is_terminal or not sys.stdin.isatty():
            session.in_lines(feed, lang, click.echo)
        else:
            session.on_terminal(feed, lang, console)
    except NotAllowed as failure:
        fail(f"{failure} Nothing is watched.")
    except KeyboardInterrupt:
        return
    finally:
        feed.close()


def leave(_number: int, _frame: object) -> NoReturn:
    """As Ctrl-C."""
    raise KeyboardInterrupt
