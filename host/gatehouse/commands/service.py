"""The group `gatehouse service`."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar, cast

import click

from gatehouse.access import obstacle, owner_name
from gatehouse.services import placing, service, systemd, winsw
from gatehouse.services.service import Service, ServiceRefused
from gatehouse.terminal import config_option, fail, settings_or_exit

Kind = Literal["systemd", "windows"]
Result = TypeVar("Result")
SERIAL_GROUPS = ("dialout", "uucp")  # Debian and its kin, Fedora; Arch

kind_option = click.option(
    "--for",
    "kind",
    type=click.Choice(["systemd", "windows"]),
    help="Which description; default is what this system has.",
)
user_option = click.option("--user", help="Who runs it under systemd; default is the owner of the key file.")
into_option = click.option(
    "--into",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help=f"Where the description lies; default is {systemd.FOLDER}, on Windows the folder of the settings file.",
)


@click.group("service")
def service_() -> None:
    """Run the gatehouse whenever the PC is on: after a power failure, after a crash, without anybody logged in.

    \b
    On Linux, with systemd:
      gatehouse service show                     read the unit first
      sudo gatehouse service install --config /etc/gatehouse.toml
      sudo systemctl enable --now gatehouse

    On Windows the description is one for WinSW, which makes a service of a program.
    """


def kind_or_exit(kind: str | None) -> Kind:
    """What was asked for, or what this system has."""
    here = {"win32": "windows", "linux": "systemd"}
    if kind is None and sys.platform not in here:
        fail("This system has neither systemd nor Windows services. Have `gatehouse run` started by what it has.")
    return cast(Kind, kind or here[sys.platform])


def content_or_exit(kind: Kind, config: Path, user: str | None) -> tuple[Service, bytes]:
    """The service, and its description as it stands in the file."""
    settings = settings_or_exit(config, "There is no description without settings.", enters=False)
    try:
        if kind == "windows":
            wanted = service.of(settings, config, "", "")
            return wanted, placing.marked(winsw.description(wanted), "<!-- {} -->")
        wanted = service.of(settings, config, user or owner_of(settings.store.keys_path), serial_group())
        return wanted, placing.marked(systemd.unit(wanted), "# {}")
    except ServiceRefused as refusal:
        fail(str(refusal))


def owner_of(keys: Path) -> str:
    """The user that owns the key file. ServiceRefused if there is none."""
    if shut := obstacle(keys):
        raise ServiceRefused(f"{shut} Or say who runs the service: --user NAME")
    name = owner_name(keys)
    if name is None:
        raise ServiceRefused(
            f"{keys}: no key file, or one whose owner has no name; the service runs as its owner. Enrol a gate first, "
            "or say who runs it: --user NAME"
        )
    return name


def serial_group() -> str:
    """The group that may open serial ports on this PC, "" if none is known."""
    if sys.platform == "win32":
        return ""
    import grp

    known = {entry.gr_name for entry in grp.getgrall()}
    return next((name for name in SERIAL_GROUPS if name in known), "")


def path_of(kind: Kind, config: Path, into: Path | None) -> Path:
    """Where the description lies."""
    if kind == "windows":
        return (into or config.resolve().parent) / winsw.FILE
    return (into or systemd.FOLDER) / systemd.FILE


@service_.command()
@config_option
@kind_option
@user_option
def show(config: Path, kind: str | None, user: str | None) -> None:
    """Print the description that `install` would write. Nothing is changed.

    \b
    Example:
      gatehouse service show --config /etc/gatehouse.toml

    Exit status: 0, 1 if there is none that would work, 2 if the settings are wrong.
    """
    _, content = content_or_exit(kind_or_exit(kind), config, user)
    click.echo(content.decode(), nl=False)


@service_.command()
@config_option
@kind_option
@user_option
@into_option
@click.option("--replace", is_flag=True, help="Also over a description that was changed by hand; it is kept as .old.")
def install(config: Path, kind: str | None, user: str | None, into: Path | None, *, replace: bool) -> None:
    """Write the description, and say what to do next. Nothing is started.

    It names settings file, data folder, key file and log file as they are now: install it again when they move.

    \b
    Examples:
      sudo gatehouse service install --config /etc/gatehouse.toml
      gatehouse service install --into build/etc/systemd/system      for an image of a system

    Exit status: 0 if it is in place, 1 if not, 2 if the settings are wrong.
    """
    chosen = kind_or_exit(kind)
    if chosen == "systemd" and into is None and not systemd.RUNS.is_dir():
        fail(
            f"This system was not started by systemd (there is no {systemd.RUNS}). Nothing was written. Have "
            "`gatehouse run` started by what it has instead, or write the unit into an image: --into FOLDER"
        )
    wanted, content = content_or_exit(chosen, config, user)
    path = path_of(chosen, config, into)
    unready = unready_folders(wanted) if chosen == "systemd" else []
    if unready:
        fail("The service makes no folders, and writes into its user's only. Nothing was written. Run first:", *unready)
    done = attempt(path, lambda: placing.place(path, content, replace=replace).value)
    click.echo(f"{path}: {done}.")
    for line in next_steps(chosen, path):
        click.echo(line)


def unready_folders(wanted: Service) -> list[str]:
    """The commands that make the folders which the service needs, or give them to its user."""
    commands = []
    for folder in wanted.written:
        place = shlex.quote(str(folder))
        if not folder.is_dir():
            commands.append(f"  sudo install -d -m 700 -o {wanted.user} {place}")
        elif folder in {wanted.data, wanted.keys.parent} and owner_name(folder) != wanted.user:
            commands.append(f"  sudo chown -R {wanted.user}: {place}")
    return commands


def next_steps(kind: Kind, path: Path) -> list[str]:
    """What is left to a person after `install`."""
    if kind == "windows":
        return [
            f"Next: take WinSW from {winsw.HOME} and save it as {path.with_name(winsw.PROGRAM)};",
            "then, as administrator:",
            f"  {winsw.PROGRAM} install",
            f"  {winsw.PROGRAM} start",
            "The service runs as LocalSystem: let it own the key file, or name an account (WinSW: serviceaccount).",
        ]
    return [
        "Next:",
        "  sudo systemctl daemon-reload",
        f"  sudo systemctl enable --now {service.NAME}",
        f"  journalctl -u {service.NAME}                 what it says",
    ]


@service_.command()
@config_option
@kind_option
@into_option
@click.option("--replace", is_flag=True, help="Also a description that was changed by hand.")
def uninstall(config: Path, kind: str | None, into: Path | None, *, replace: bool) -> None:
    """Remove the description. Stop the service before; settings, keys and data stay.

    \b
    Example:
      sudo systemctl disable --now gatehouse
      sudo gatehouse service uninstall

    Exit status: 0 if it was removed, 1 if not.
    """
    chosen = kind_or_exit(kind)
    path = path_of(chosen, config, into)
    wanted_by = path.parent / "multi-user.target.wants" / systemd.FILE
    if chosen == "systemd" and wanted_by.is_symlink():
        fail(f"{wanted_by}: the service is still enabled. Run: sudo systemctl disable --now {service.NAME}")
    attempt(path, lambda: placing.remove(path, replace=replace))
    click.echo(f"{path}: removed.")


def attempt(path: Path, work: Callable[[], Result]) -> Result:
    """Do `work`; what keeps it from being done ends the command."""
    try:
        return work()
    except ServiceRefused as refusal:
        fail(f"{refusal} Nothing was changed.")
    except PermissionError:
        fail(f"{path}: this user may not write there. Nothing was changed. Run: sudo {shlex.join(same_command())}")
    except OSError as failure:
        fail(f"{failure.filename or path}: {failure.strerror}. Nothing was changed.")


def same_command() -> list[str]:
    """The command that runs, to be typed again from any folder."""
    context = click.get_current_context()
    words = [sys.executable, "-m", "gatehouse.cli", "service", str(context.info_name)]
    for parameter in context.command.params:
        value = context.params[str(parameter.name)]
        if value is True:
            words.append(parameter.opts[0])
        elif value:
            words += [parameter.opts[0], str(value.resolve() if isinstance(value, Path) else value)]
    return words
