"""What a station has of its own at a platform: address, credentials, certificates. Nothing of it is in a repr."""

import re
import ssl
import stat
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cryptography import x509
from pydantic import Field, field_validator

from gatehouse.platforms.dialect import Dialect
from gatehouse.platforms.dialect_file import SHIPPED, load, shipped
from gatehouse.regular_file import read_regular
from gatehouse.section import PathText, Section
from gatehouse.settings_errors import SettingsError

CREDENTIALS_MAX_BYTES = 20_000
CERTIFICATE_MAX_BYTES = 100_000
DAY_S = 86_400
CERTIFICATE_SOON_DAYS = 30  # before its end people are told: a new one takes an office some weeks
CREDENTIAL = re.compile(r"[\x20-\x7e]{1,500}")
LOOPBACK = frozenset(("127.0.0.1", "::1", "localhost"))


class PlatformSettings(Section):
    """A table [platforms.NAME] of the settings. Relative paths start at the folder of the settings file."""

    dialect: Annotated[
        PathText, Field(min_length=1, description=f"one of {', '.join(SHIPPED)}, or a file of your own, in quotes")
    ]
    url: Annotated[str, Field(description='an address in quotes, like "https://codes.example.cn/api"')]
    credentials: Annotated[PathText, Field(description="a file that only its owner may read, in quotes")] = ""
    ca: Annotated[PathText, Field(description='a file of certificates in quotes; "" for the system\'s own')] = ""
    certificate: Annotated[PathText, Field(description="the station's certificate, a file in quotes")] = ""
    key: Annotated[PathText, Field(description="the private key of that certificate, a file in quotes")] = ""

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)  # ValueError for what is none
        if not parts.hostname or parts.query or parts.fragment or parts.username or not url.isascii():
            raise ValueError("it is no address of a host and a path")
        _ = parts.port
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("travellers' numbers go over https only; http is for this PC itself")
        return url

    def below(self, folder: Path) -> "PlatformSettings":
        """The same with paths that no longer depend on the current folder."""
        files = {"credentials": self.credentials, "ca": self.ca, "certificate": self.certificate, "key": self.key}
        if self.dialect not in SHIPPED:
            files["dialect"] = self.dialect
        return self.model_copy(update={name: str(folder / path) for name, path in files.items() if path})


class Account:
    """A dialect with the station's own address and credentials. name: what the station calls it, by default as its
    dialect is called; statuses have it as their source, for two offices may speak one dialect.
    """

    def __init__(
        self, dialect: Dialect, url: str, credentials: Mapping[str, bytes], tls: ssl.SSLContext, name: str = ""
    ) -> None:
        self.dialect = dialect
        self.name = name or dialect.name
        self.url = url
        self.credentials = dict(credentials)
        self.tls = tls


def open_account(settings: PlatformSettings, name: str = "") -> Account:
    """The account that settings name, and how they call it.

    SettingsError, without a value of it, if a file of it cannot be used.
    """
    dialect = shipped(settings.dialect) if settings.dialect in SHIPPED else load(Path(settings.dialect))
    if dialect.mutual_tls and not (settings.certificate and settings.key):
        raise SettingsError([f"{dialect.name} asks for the station's certificate: set certificate and key."])
    return Account(dialect, settings.url, _credentials(dialect, settings.credentials), _tls(settings), name)


def _credentials(dialect: Dialect, file: str) -> dict[str, bytes]:
    wanted = dialect.credentials
    if not wanted:
        return {}
    if not file:
        names = "; ".join(f"{name}: {what}" for name, what in wanted.items())
        raise SettingsError([f"{dialect.name} needs credentials ({names}): name their file as credentials = "])
    path = Path(file)
    table = _table(path)
    if set(table) != set(wanted):
        raise SettingsError([f"{path}: it holds these names, each with a text in quotes: {', '.join(wanted)}."])
    wrong = [name for name, text in table.items() if not isinstance(text, str) or not CREDENTIAL.fullmatch(text)]
    if wrong:
        raise SettingsError([f"{path}: {name}: is no text of 1 to 500 printable characters." for name in wrong])
    return {name: str(text).encode() for name, text in table.items()}


def _table(path: Path) -> dict[str, object]:
    try:
        _check_private(path, "the credentials")
        text = read_regular(path, CREDENTIALS_MAX_BYTES).decode("utf-8-sig")
        table = tomllib.loads(text)
    except OSError as failure:
        raise SettingsError([f"{path}: cannot be read ({failure.strerror})"]) from None
    except (ValueError, RecursionError):
        pass  # what is wrong there may be next to a key
    else:
        return table
    raise SettingsError([f'{path}: is not TOML: lines like name = "text" are.'])


def _check_private(path: Path, what: str) -> None:
    """OSError if it is not there."""
    mode = path.stat().st_mode
    if sys.platform != "win32" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError([f"{path}: others may read {what}. Run: chmod 600 {path}"])


def certificate_days(settings: PlatformSettings, now_s: float) -> int | None:
    """Whole days until the station's certificate ends, below 0 if it is over; None without one that can be read.

    now_s: Unix time.
    """
    if not settings.certificate:
        return None
    try:
        read = read_regular(Path(settings.certificate), CERTIFICATE_MAX_BYTES)
        end_s = x509.load_pem_x509_certificate(read).not_valid_after_utc.timestamp()
    except (OSError, ValueError):
        return None
    return int((end_s - now_s) // DAY_S)


def _tls(settings: PlatformSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca or None)
    except (OSError, ssl.SSLError):
        raise SettingsError([f"{settings.ca}: holds no certificate that can be read."]) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.certificate or settings.key:
        try:
            _check_private(Path(settings.key or settings.certificate), "the private key")
            # A password is refused rather than asked for at a terminal that nobody sits at.
            context.load_cert_chain(settings.certificate, settings.key or None, password=lambda: b"")
        except (OSError, ssl.SSLError):
            said = "certificate and key do not belong together, cannot be read, or the key has a password."
            raise SettingsError([f"{settings.certificate}, {settings.key}: {said}"]) from None
    return context
