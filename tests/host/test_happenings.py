"""What the gatehouse tells while it runs: for programs without waiting for them, for people without flooding them."""

import json
import logging
import os

from gatehouse import happenings
from gatehouse.happenings import EventStream, Happenings
from gatehouse.scene import Scene


def test_each_event_is_one_json_line(tmp_path):
    """In the order in which they happened, Chinese as it is."""
    file = tmp_path / "events.jsonl"
    stream = EventStream(file.open("w", encoding="utf-8"))
    said = Happenings(stream)
    for number in range(100):
        said.happened("tap", "通道 1", tap=[1, number], masked="1***************2X")
    stream.close()

    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [line["tap"][1] for line in lines] == list(range(100))
    assert lines[0] == {"event": "tap", "lane": "通道 1", "tap": [1, 0], "masked": "1***************2X"}


def test_a_reader_that_stops_costs_lines_and_never_time(monkeypatch):
    """The house goes on; when the reader is back it learns how many lines it has missed."""
    monkeypatch.setattr(happenings, "LINES_MAX", 10)
    reading, writing = os.pipe()
    stream = EventStream(os.fdopen(writing, "w", encoding="utf-8"))
    for number in range(5000):
        stream.give({"event": "beat", "number": number, "padding": "x" * 100})
    with os.fdopen(reading, encoding="utf-8") as reader:
        seen = []
        while not seen or "lines" not in seen[-1]:
            seen.append(json.loads(reader.readline()))
            stream.give({"event": "more"})
        stream.close()

    numbers = [line["number"] for line in seen if "number" in line]
    assert numbers == list(range(len(numbers)))
    assert 0 < seen[-1]["lines"] <= 5000 + len(seen)


def test_a_reader_that_goes_away_stops_nothing(caplog):
    """It is said once, and closing does not fail."""
    reading, writing = os.pipe()
    os.close(reading)
    stream = EventStream(os.fdopen(writing, "w", encoding="utf-8"))
    for number in range(100):
        stream.give({"event": "beat", "number": number})
    stream.close()

    assert caplog.messages.count("nobody reads the event stream any more") == 1


def test_nobody_has_to_listen():
    """Without a stream an event is nothing."""
    Happenings(None).happened("tap", "lane 1", masked="")


def test_the_same_alarm_is_not_said_all_the_time(caplog, monkeypatch):
    """At most once in ten seconds about one thing; other things are said at once."""
    now = [0.0]
    monkeypatch.setattr(happenings.time, "monotonic", lambda: now[0])
    said = Happenings(None)
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        for second in range(25):
            now[0] = float(second)
            said.alarm(("台账无法写入", "the ledger cannot commit"))
            said.alarm(("拒绝", f"refused {second}"), about="port 1")
        said.alarm(("另一件事", "something else"))

    assert caplog.messages.count("the ledger cannot commit") == 3
    assert [text for text in caplog.messages if text.startswith("refused")] == ["refused 0", "refused 10", "refused 20"]
    assert "something else" in caplog.messages


def test_what_is_over_is_no_alarm_and_comes_again_as_one_at_once(caplog, monkeypatch):
    """A notice ends the alarms of its cause, others stay; within ten seconds too."""
    monkeypatch.setattr(happenings.time, "monotonic", lambda: 0.0)
    said, scene = Happenings(None), Scene()
    said.listen(scene)
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        said.alarm(("报警", "A1: reader silent"), cause="A1 reader 1")
        said.alarm(("报警", "A1: reader failed its test"), cause="A1 reader 1")
        said.alarm(("报警", "A1: another reader silent"), cause="A1 reader 3")
        said.alarm(("报警", "the key file cannot be read"))
        assert [alarm.text for alarm in scene.alarms.values()] == caplog.messages
        said.notice(("报警", "A1: reader works again"), cause="A1 reader 1")
        left = ["A1: another reader silent", "the key file cannot be read"]
        assert [alarm.text for alarm in scene.alarms.values()] == left
        said.alarm(("报警", "A1: another reader silent"), cause="A1 reader 3")
        said.alarm(("报警", "A1: reader silent"), cause="A1 reader 1")

    assert [alarm.text for alarm in scene.alarms.values()] == [*left, "A1: reader silent"]
    assert caplog.messages[4:] == ["A1: reader works again", "A1: reader silent"]
    assert [one.levelname for one in caplog.records[3:]] == ["WARNING", "INFO", "WARNING"]


def test_the_memory_of_alarms_is_bounded():
    """Ever new alarms do not make the process grow."""
    said = Happenings(None)
    for number in range(3000):
        said.alarm((f"报警 {number}", f"alarm {number}"))

    assert len(said._said_at) <= happenings.ALARMS_REMEMBERED
