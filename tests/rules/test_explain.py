"""`gatehouse rules` and `gatehouse explain`, as an operator types them."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from gatehouse.cli import main
from gatehouse.rules import rule_file
from gatehouse.settings import load
from gatehouse.settings_errors import SettingsError
from gatehouse.terminal import open_keys

GUIDE = Path(rule_file.__file__).with_name("README.md")
CASE = """\
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
sampled = {sampled}
"""
SILENT = '\n[[status.silent]]\nsource = "nation"\noutcome = "timed out"\n'
JSON = '{"at": "2026-04-20T08:00:00+08:00", "status": {"outcome": "red", "source": "city"}}'
SETTINGS = '[store]\ndata = "data"\nkeys = "keys/keys.db"\nprotector = "file"\n[[port]]\nurl = "loop://"\n'


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def case(tmp_path):
    def write(text, name="case.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_a_case_is_explained_rule_by_rule_in_both_languages(case):
    """Which fired, which did not and why, which was not reached."""
    file = case(CASE.format(sampled="2026-04-15T09:00:00+08:00"))
    told = run("explain", "--case", file, "--rules", "shipped:beijing_72h")

    assert told.exit_code == 0
    assert "red stays: 不适用 / does not fit\n       state 为 green，要求 red, test_positive\n" in told.output
    assert "negative, day 5; wanted negative and at most 3 days" in told.output
    assert "检测（自 sampled 起）：negative 第 5 天，要求阴性且不超过 3 天" in told.output
    assert re.search(r"=> green_without_test \(line \d+\) .* 适用 / fires", told.output)
    assert "未查看 / not looked at" in told.output
    assert told.output.endswith("verdict 结论: 请到人工窗口，核酸检测不符合要求 / see staff: test missing or too old\n")


def test_a_case_says_who_was_silent(case):
    """It is named, and the rule that asks for it says what it found."""
    file = case(CASE.format(sampled="2026-04-19T09:00:00+08:00") + SILENT)
    told = run("explain", "--case", file, "--rules", "shipped:green_all_heard").output

    assert "silent 未答: nation: timed out\n" in told
    assert "heard 为 some，要求 all\n       heard is some, wanted all\n" in told
    assert told.endswith("/ see staff: lookup failed\n")
    assert "silent 未答: nation" in run("explain", "--case", file, "--rules", "shipped:green_only").output
    nobody = CASE.format(sampled="2026-04-19T09:00:00Z").replace("[status.test]", 'heard = "none"\n[status.test]')
    assert (
        "heard is none" in run("explain", "--case", case(nobody + SILENT), "--rules", "shipped:green_all_heard").output
    )


def test_the_same_case_passes_with_a_younger_test(case):
    """Same lines, another verdict; JSON is read too."""
    file = case(CASE.format(sampled="2026-04-19T09:00:00+08:00"))
    for rules in ("beijing_72h", "test_48h", "green_only", "registration_only"):
        assert "/ pass: " in run("explain", "--case", file, "--rules", f"shipped:{rules}").output
    assert "/ stay: red" in run("explain", "--case", case(JSON, "case.json"), "--rules", "shipped:green_only").output


def test_without_rules_the_settings_say_which(case, tmp_path):
    """The usual ones, or the file that they name, beside the settings."""
    file, config = case(CASE.format(sampled="2026-04-01T09:00:00+08:00")), case(SETTINGS, "gatehouse.toml")
    assert "rules 规则: settings" in run("explain", "--case", file, "--config", config).output
    (tmp_path / "mine.toml").write_text(rule_file.text_of("test_48h"), encoding="utf-8")
    for where in ("mine.toml", "shipped:test_48h"):
        case(f'{SETTINGS}[rules]\nfile = "{where}"\n', "gatehouse.toml")
        assert "rules 规则: test_48h" in run("explain", "--case", file, "--config", config).output
        assert run("rules", "show", "--config", config).output.startswith("test_48h: ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CASE.format(sampled="2026-04-15T09:00:00"), "line 11: status.test.sampled"),
        (
            CASE.replace("green", "blue").format(sampled="2026-04-15T09:00:00Z"),
            'line 6: status.outcome: "blue" is none',
        ),
        ("at = 5\n[status]\noutcome='red'\nnumber = '11010519491231002X'\n", "there is no such key"),
        (CASE.format(sampled="2026-04-15T09:00:00Z") + SILENT.replace("timed out", "red"), '"red" is none of them'),
        (
            CASE.format(sampled="2026-04-15T09:00:00Z").replace("[status.test]", 'heard = "none"\n[status.test]'),
            "heard",
        ),
        ("", "at: is missing"),
        ("[[[", "not TOML"),
    ],
)
def test_a_case_that_is_wrong_is_told_with_its_line(case, text, says):
    """And nobody's number is taken."""
    told = run("explain", "--case", case(text), "--rules", "shipped:green_only")

    assert told.exit_code == 2
    assert says in told.output
    assert "11010519491231002X" not in told.output


def test_registration_is_named_where_it_is_shown(tmp_path):
    """Nobody who looks can overlook that a card alone is enough."""
    shown = run("rules", "show", "--rules", "shipped:registration_only").output

    assert "REGISTRATION: a valid card may be enough, without a green" in shown
    assert "凭有效证件进入" in shown
    assert "then allow_by_card" in shown
    assert "Entry by card alone" in run("rules", "check", "shipped:registration_only").output
    assert "REGISTRATION" not in run("rules", "show", "--rules", "shipped:green_only").output


def test_check_tells_what_is_wrong_and_ends_with_2(case):
    """As a settings file does."""
    bad = case(rule_file.text_of("green_only").replace('state = ["green"]\n', ""), "rules.toml")
    told = run("rules", "check", bad)

    assert told.exit_code == 2
    assert re.search(r"rules.toml, line \d+: .*would let more than a green through", told.output)
    assert run("rules", "check", case(run("rules", "print", "test_48h").output, "rules.toml")).exit_code == 0
    assert run("rules", "check", "shipped:none").exit_code == 2
    assert "there are" in run("rules", "check", "shipped:none").output.lower()


def test_a_rule_file_and_the_usual_keys_exclude_each_other(case):
    """Two places for one thing: the message says which to take out."""
    config = case(f'{SETTINGS}[rules]\nfile = "shipped:green_only"\nred = "refer"\n', "gatehouse.toml")
    with pytest.raises(SettingsError, match=r"rules: .*red stands beside it"):
        load(config)


def test_the_commands_of_the_guide_run(tmp_path, monkeypatch):
    """In its order, in a folder where its files are written as it shows them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gatehouse.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "numbers.txt").write_text("11010519491231002X\n", encoding="utf-8")  # GB 11643's own example
    with open_keys(load(tmp_path / "gatehouse.toml"), create=True):
        pass
    text = GUIDE.read_text(encoding="utf-8")
    for name, content in re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL):
        (tmp_path / name).write_text(content, encoding="utf-8")
    commands = re.findall(r"^\$ gatehouse ([^|\n]+)$", text, re.MULTILINE)
    assert len(commands) >= 8
    for command in commands:
        words, _, target = command.partition(" > ")
        words, _, source = words.partition(" < ")
        given = (tmp_path / source.strip()).read_bytes() if source else None
        told = CliRunner().invoke(main, shlex.split(words, comments=True), input=given)
        assert told.exit_code == 0, (command, told.output)
        if target:
            (tmp_path / target.strip()).write_text(told.output, encoding="utf-8")
    assert [] == [key for key in rule_file.RuleSection.model_fields if f"`{key}`" not in text]
    assert [] == [state.value for state in rule_file.State if f"`{state.value}`" not in text]
