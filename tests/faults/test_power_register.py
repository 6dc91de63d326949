"""The register when the power fails in every single write of an import: it answers the old or the new, no mixture."""

import pytest
from gatehouse import sorted_rows, staging
from gatehouse.status import Outcome

from faults.cuts import judge
from faults.recorder import Recorder
from faults.register_soundness import ORDER, answers, load


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Few people go in as many steps as millions else do."""
    monkeypatch.setattr(staging, "STEP_ROWS", 30)
    monkeypatch.setattr(sorted_rows, "STEP_ROWS", 60)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "disk"
    made.mkdir()
    return made


def test_an_import_that_loses_its_power_leaves_the_old_register_or_the_new_one(folder, tmp_path):
    """The first import into an empty register, and one that changes everybody."""
    path, recorded = folder / "register.db", Recorder(folder)
    with recorded.listening():
        for number, (colour, hours) in enumerate((("green", 3), ("red", 2)), start=1):
            load(path, tmp_path / "people.csv", colour, hours)
            recorded.promise(number)
    reached = set()

    def check(found, cut):
        (outcome,) = answers(found / "register.db")
        assert ORDER.index(outcome) in {len(cut.promised), len(cut.promised) + 1}
        reached.add(outcome)

    assert judge(recorded, tmp_path / "found", check, seed=1) > 60
    assert reached == set(ORDER)


def test_an_import_after_a_cut_import_is_whole(folder, tmp_path):
    """Nothing of what was left stands in the way of the same file, or comes back with it."""
    path, recorded = folder / "register.db", Recorder(folder)
    load(path, tmp_path / "people.csv", "green", 3)
    recorded = Recorder(folder)
    with recorded.listening():
        load(path, tmp_path / "people.csv", "red", 2)

    def check(found, cut):
        load(found / "register.db", tmp_path / "people.csv", "red", 2)
        assert answers(found / "register.db") == {Outcome.RED}

    assert judge(recorded, tmp_path / "found", check, seed=2, draws=0) > 15
