"""A province is a file: an invented one, with its own server and mutual TLS, and not a line of the engine changed."""

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest
from gatehouse.platforms.account import PlatformSettings, certificate_days, open_account
from gatehouse.platforms.dialect_file import load
from gatehouse.platforms.platform import Platform
from gatehouse.settings_errors import SettingsError
from gatehouse.status import Outcome
from gatetools.sim.people import Kind
from gatetools.sim.platforms.table import drawn
from platforms.asking import Clock, question
from platforms.certificates import Authority, server_side
from platforms.qingzhou_server import Qingzhou

FILE = Path(__file__).with_name("qingzhou.toml")


class Place:
    """The files of a station that is connected to Qingzhou."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = Authority(folder)
        self.server_files = self.authority.issue("server")
        self.station_files = self.authority.issue("station")
        self.credentials = folder / "qingzhou.credentials"
        self.credentials.touch(mode=0o600)
        self.credentials.write_text('client = "gate 7"\nsecret = "qing&zhou=secret%"\n')

    def settings(self, url, **changes):
        values = {
            "dialect": str(FILE),
            "url": url,
            "credentials": str(self.credentials),
            "ca": str(self.authority.file),
            "certificate": str(self.station_files[0]),
            "key": str(self.station_files[1]),
        }
        return PlatformSettings(**(values | {name: str(value) for name, value in changes.items()}))

    def ask(self, who=None, *, server_files=None, **changes):
        """[(known, status)] of those who may be asked about, and the last trouble."""

        async def story():
            clock = Clock()
            tls = server_side(*(server_files or self.server_files), self.authority.file)
            async with Qingzhou(drawn(3, clock.wall), tls=tls) as server:
                account = open_account(self.settings(server.url, **changes))
                platform = Platform(account, wall=clock.wall, monotonic=clock.monotonic)
                try:
                    answers = []
                    for known in who or server.table.everybody():
                        answers.append((known, await platform.ask(question(known), 3.0)))
                        clock.pass_s(1)
                    return answers, platform.trouble, server.seen
                finally:
                    await platform.close()

        return asyncio.run(story())


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_its_travellers_get_the_status_that_is_true(place):
    """Colour, test, doses; cards that it does not know are not asked about."""
    answers, trouble, _ = place.ask()
    assert trouble is None
    for known, status in answers:
        if known.kind in {Kind.FOREIGN_2017, Kind.FOREIGN_2023}:
            assert status.outcome is Outcome.NOT_ASKED
            continue
        assert status.outcome.value == known.colour
        assert status.source == "qingzhou"
        assert status.doses == known.doses
        assert (status.test is None) == (known.sample is None)
        if known.sample:
            assert status.test.result.value == known.sample.result
            assert abs(status.fetched_s - status.test.sampled_s - known.sample.sampled_h * 3600) <= 1


def one_person():
    return [drawn(3, Clock().wall).everybody()[0]]


SAID = {
    "authority": "The platform's certificate was not accepted",
    "host": "The platform's certificate is for another address",
    "expired": "The platform's certificate has expired",
    "station": "may have refused it",  # asyncio's server sends no alert
    "station expired": "may have refused it",
}


@pytest.mark.parametrize(
    "wrong", ["authority", "host", "expired", "station", "station expired", "no certificate at all"]
)
def test_tls_that_is_not_right_gets_no_number(place, wrong, tmp_path, caplog):
    """Server of another authority, for another host, expired; a station of another authority: nothing is sent."""
    caplog.set_level(logging.DEBUG)
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other")
    changes = {}
    if wrong == "authority":
        changes["server_files"] = other.issue("server")
    elif wrong == "host":
        changes["server_files"] = place.authority.issue("elsewhere", host="10.9.8.7")
    elif wrong == "expired":
        changes["server_files"] = place.authority.issue("old", days=-1)
    elif wrong == "station expired":
        certificate, key = place.authority.issue("station", days=-1)
        changes |= {"certificate": certificate, "key": key}
    elif wrong == "station":
        certificate, key = other.issue("station")
        changes |= {"certificate": certificate, "key": key}
    else:
        with pytest.raises(SettingsError, match="certificate"):
            place.ask(certificate="", key="")
        return
    [person] = one_person()

    [(_, status)], trouble, seen = place.ask([person], **changes)

    assert status.outcome is Outcome.FAILED
    assert seen == []
    assert trouble.advice
    assert SAID[wrong] in f"{trouble.said} {trouble.advice}"
    assert person.number not in caplog.text


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("another authority", "does not know the authority of the station's certificate"),
        ("expired", "says that the station's certificate has expired"),
    ],
)
def test_what_the_platform_says_of_the_stations_certificate_is_told(place, tmp_path, version, wrong, said):
    """A server that sends its alert, as RFC 8446 has it, and waits until it has been read."""
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other", "other")
    certificate, key = (place.authority if wrong == "expired" else other).issue("station", days=-1)
    tls = server_side(*place.server_files, place.authority.file)
    tls.minimum_version = tls.maximum_version = version

    def serve(listening):
        with listening.accept()[0] as plain:
            with contextlib.suppress(ssl.SSLError):
                tls.wrap_socket(plain, server_side=True, do_handshake_on_connect=True).close()
            with contextlib.suppress(OSError):
                while plain.recv(4096):
                    pass

    async def story(url):
        platform = Platform(open_account(place.settings(url, certificate=certificate, key=key)))
        try:
            return (await platform.ask(question(one_person()[0]), 5.0)).outcome, platform.trouble
        finally:
            await platform.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        outcome, trouble = asyncio.run(story(f"https://127.0.0.1:{listening.getsockname()[1]}"))
        server.join()
    assert outcome is Outcome.FAILED
    assert said in trouble.said
    assert "Ask its operator" in trouble.advice


def test_credentials_that_others_may_read_are_refused(place):
    """With the command that mends it; what stands in a damaged file is never told."""
    place.credentials.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        open_account(place.settings("https://127.0.0.1"))
    place.credentials.chmod(0o600)
    for text in ('client = "gate 7"\nsecret = qing&zhou\n', 'client = "a"\nsecret = 7\n', 'secret = "qing&zhou"\n'):
        place.credentials.write_text(text)
        with pytest.raises(SettingsError) as refused:
            open_account(place.settings("https://127.0.0.1"))
        assert "qing&zhou" not in str(refused.value)
        assert "qing&zhou" not in repr(refused.value.__context__)


def test_a_private_key_that_others_may_read_is_refused(place):
    """As credentials are; in a file of its own, or beside the certificate."""
    certificate, key = place.station_files
    key.chmod(0o640)
    with pytest.raises(SettingsError, match=r"others may read the private key. Run: chmod 600"):
        open_account(place.settings("https://127.0.0.1"))
    key.chmod(0o600)
    open_account(place.settings("https://127.0.0.1"))
    certificate.write_bytes(certificate.read_bytes() + key.read_bytes())
    certificate.chmod(0o644)
    with pytest.raises(SettingsError, match="others may read the private key"):
        open_account(place.settings("https://127.0.0.1", key=certificate))


def test_how_long_the_stations_certificate_lasts(place):
    """Nothing is said of one that cannot be read."""
    now_s = time.time()
    assert certificate_days(place.settings("https://127.0.0.1"), now_s) == 0
    assert certificate_days(place.settings("https://127.0.0.1"), now_s + 3 * 86400) == -3
    assert certificate_days(place.settings("https://127.0.0.1", certificate=""), now_s) is None
    assert certificate_days(place.settings("https://127.0.0.1", certificate=place.credentials), now_s) is None


def test_wrong_credentials_are_named_as_such(place):
    """The platform refuses the station: the advice names the file, and no secret is in it."""
    place.credentials.write_text('client = "gate 7"\nsecret = "guessed"\n')
    [(_, status)], trouble, _ = place.ask(one_person())
    assert status.outcome is Outcome.FAILED
    assert "credentials" in trouble.advice
    assert "guessed" not in str(trouble)


@pytest.mark.parametrize(
    "url",
    ["http://codes.example.cn", "ftp://127.0.0.1", "https://", "https://a:b@codes.example.cn", "https://x/?a=1", "x"],
)
def test_an_address_that_would_show_numbers_is_refused(place, url):
    """https, or this PC itself."""
    with pytest.raises(ValueError, match="url"):
        place.settings(url)


def test_the_file_is_one():
    assert load(FILE).name == "qingzhou"
