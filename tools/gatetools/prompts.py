"""The command `gate prompts`: the script of what a voice module says, for whoever records it."""

import csv
import io
import sys

import click

from gatetools import sayings

HEAD = ("file", "language", "read out")


@click.command("prompts")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated with a head line, for a spreadsheet.")
@click.option(
    "--language",
    type=click.Choice(sayings.LANGUAGES),
    help="Only the files of one language; a station needs those of the one that its gatehouse.toml names.",
)
def command(*, as_csv: bool, language: str | None) -> None:
    """Print what is to be recorded for a lane's voice module, file by file.

    Record each line as an MP3, put it on the module's card under the name beside it, and name "voice" in the gate's
    settings.json. Files of "both" hold one language after the other. Begin without a pause and speak briskly: a
    traveller is to know within a second what to do. Exit status 0.

    \b
      gate prompts                        all files, one a line
      gate prompts --language zh          only the Chinese ones
      gate prompts --csv > prompts.csv    for a spreadsheet
    """
    chosen = [one for one in sayings.recordings() if language in {None, one.language}]
    rows = [(one.file, one.language, one.text) for one in chosen]
    if as_csv:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([HEAD, *rows])
        click.echo(out.getvalue(), nl=False)
    else:
        for row in rows:
            click.echo("  ".join((row[0], f"{row[1]:4}", row[2])))
    sys.exit(0)
