"""The notice to travellers and the commands of retention: from the databases, in Chinese and English."""

import contextlib
import datetime
import json
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner
from gatehouse import schema
from gatehouse.cli import main
from gatehouse.retention import notice
from gatehouse.retention.holdings import Kind, holdings
from gatehouse.retention.notice_page import as_page
from gatehouse.retention.run import Retention
from retention.aged_station import TODAY, AgedStation, day, noon_s, passed, person

HOSTILE = '<script>alert(1)</script> & "站"'


@pytest.fixture
def station(tmp_path):
    made = AgedStation(tmp_path, "[retention]\nledger_days = 100\nday_keys_days = 20\n")
    made.commit(passed(1, 50), passed(2, 3))
    made.serve_days(15, 3)
    made.know([(person(1), noon_s(7), None)])
    made.list_people(noon_s(-9))
    made.answer(0)
    return made


def called(station, *arguments):
    return CliRunner().invoke(main, ["retention", *arguments, "--config", str(station.config)])


def test_the_notice_has_what_the_databases_have(station):
    """Count, oldest, and the day until which that one is kept."""
    found = {one.kind: (one.count, one.since, one.until, one.limit) for one in holdings(station.settings).of}
    assert found == {
        Kind.ENTRIES: (2, day(50), day(-50), 100),
        Kind.DAY_KEYS: (2, day(15), day(-5), 20),
        Kind.STATUSES: (1, day(7), day(7 - 366), 366),
        Kind.ANSWERS: (1, day(0), None, 24),
        Kind.LISTINGS: (1, None, day(-9), 0),
        Kind.LEAVES: (2, None, None, 0),
    }


def test_the_notice_tells_what_is_gone_and_when_it_went(station):
    """After a run: entries without their content, and the day of the run."""
    today = TODAY + datetime.timedelta(days=60)
    Retention(station.settings, lambda: False).run(today, "gatehouse", clock_is_right=True)
    found = holdings(station.settings)
    text = notice.as_text(found, today, "")
    assert (found.deleted, found.last_run) == (1, today)
    assert f"Last automatic deletion: {today}." in text
    assert "3 now, 1 of them without their content" in text


def test_what_is_overdue_is_said_to_be(station):
    """A notice that hides it would be a lie."""
    text = notice.as_text(holdings(station.settings), TODAY + datetime.timedelta(days=60), "")
    assert "已过期，尚未删除" in text
    assert "overdue, not deleted yet" in text
    assert "尚未运行过自动删除" in text


def test_the_limits_are_those_of_the_settings(station):
    """In both languages."""
    text = notice.as_text(holdings(station.settings), TODAY, "")
    assert "当日之后 100 天" in text
    assert "20 days after the day" in text


def test_the_page_stands_alone_and_takes_a_name_for_text(station):
    """Nothing from elsewhere; every tag is closed; no name becomes markup."""
    page = as_page(holdings(station.settings), TODAY, HOSTILE)
    open_tags, kinds = [], set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            kinds.add(tag)
            assert not {"src", "href", "onload"} & {name for name, _ in attrs}
            if tag not in {"br", "meta"}:
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert open_tags.pop() == tag

    Reader().feed(page)
    assert not open_tags
    assert "script" not in kinds
    assert "http" not in page
    assert "url(" not in page


def test_the_commands_show_write_and_delete(station, tmp_path):
    """The notice on the screen, as a page, for programs; and a run by hand, in the ledger with its name."""
    assert "本站保存哪些数据 · 广州南" in called(station, "--station", "广州南").stdout
    page = tmp_path / "notice.html"
    assert called(station, "--html", str(page)).exit_code == 0
    assert "本站保存哪些数据" in page.read_text(encoding="utf-8")
    assert json.loads(called(station, "--json").stdout)["kept"]["entries"]["count"] == 2
    assert called(station, "--html", str(station.keys_path)).exit_code == 2
    assert called(station, "--station", "two\nlines").exit_code == 2
    done = CliRunner().invoke(main, ["retention", "run", "--config", str(station.config), "--clock-is-right"])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("deleted: ")


def test_a_run_by_hand_refuses_what_it_must(station, tmp_path):
    """A doubted clock, a name that may be a number, a station without a ledger."""
    with contextlib.closing(schema.sqlite3.connect(station.data / "ledger.db")) as connection, connection:
        connection.execute("insert into meta values ('retention', ?)", (json.dumps({"known": "2026-02-01"}),))
    refused = CliRunner().invoke(main, ["retention", "run", "--config", str(station.config)])
    assert refused.exit_code == 1
    assert "--clock-is-right" in refused.stderr
    by = CliRunner().invoke(main, ["retention", "run", "--config", str(station.config), "--by", "110101199001011234"])
    assert by.exit_code == 2
    (station.data / "ledger.db").unlink()
    none = CliRunner().invoke(main, ["retention", "run", "--config", str(station.config)])
    assert none.exit_code == 1
    assert not (station.data / "ledger.db").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[retention]\nledger_days = 10\nday_keys_days = 11\n", "longer than ledger_days"),
        ("[retention]\nledger_days = 0\n", "whole days from 1 to 3660"),
        ("[retention]\nstandstill_days = 91\n", "whole days from 1 to 90"),
    ],
)
def test_wrong_limits_are_refused_with_their_line(tmp_path, more, said):
    """As every key of the settings is."""
    config = tmp_path / "gatehouse.toml"
    config.write_text(f'[store]\ndata = "d"\nkeys = "k/k"\n[[port]]\nurl = "loop://"\n{more}', encoding="utf-8")
    wrong = CliRunner().invoke(main, ["retention", "--config", str(config)])
    assert wrong.exit_code == 2
    assert said in wrong.stderr
