"""Asks for the passphrase of a backup: on the terminal, or from a file descriptor for programs."""

import getpass
import os
import sys

import click

from gatehouse.terminal import EXIT_SETTINGS, fail

LENGTH_MIN = 12  # characters; scrypt makes each guess slow, not a short passphrase long
INPUT_MAX_BYTES = 4096

passphrase_option = click.option(
    "--passphrase-fd",
    type=click.IntRange(0, 1 << 20),
    metavar="N",
    help="Read the passphrase from this file descriptor, up to its first newline, instead of asking for it. "
    "It is never taken from an argument or a variable, which others can read.",
)


def new_passphrase(descriptor: int | None) -> str:
    """A passphrase to seal with, asked for twice; or a message and exit status 2."""
    first = passphrase(descriptor)
    if len(first) < LENGTH_MIN:
        fail(
            f"The passphrase is too short: {LENGTH_MIN} characters at least, better five words. Nothing was done.",
            status=EXIT_SETTINGS,
        )
    if descriptor is None and getpass.getpass("The same again: ") != first:
        fail("The two were not the same. Nothing was done.", status=EXIT_SETTINGS)
    return first


def passphrase(descriptor: int | None) -> str:
    """The passphrase of a backup that exists; or a message and exit status 2."""
    if descriptor is None:
        if not sys.stdin.isatty():
            fail("There is no terminal to ask on: use --passphrase-fd. Nothing was done.", status=EXIT_SETTINGS)
        return getpass.getpass("Passphrase of the backup: ")
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as source:
            line = source.readline(INPUT_MAX_BYTES)
        return line.rstrip(b"\r\n").decode()
    except OSError as failure:
        fail(f"--passphrase-fd {descriptor}: {failure.strerror}. Nothing was done.", status=EXIT_SETTINGS)
    except UnicodeDecodeError:
        fail(f"--passphrase-fd {descriptor}: is not UTF-8 text. Nothing was done.", status=EXIT_SETTINGS)
