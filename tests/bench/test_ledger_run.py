"""The section on the ledger: a small one measured, written, found again."""

from tests.bench import ledger_report, ledger_run


def test_a_small_ledger_is_measured_and_its_section_is_kept(tmp_path, monkeypatch):
    """Every figure is there; a document that is written anew gets the section back, the others stay."""
    for name, count in (("BATCHES", 2), ("SINGLES", 3), ("PROOFS", 5)):
        monkeypatch.setattr(ledger_run, name, count)
    said = []
    run = ledger_run.measure(500, said.append)
    (size,) = run.sizes
    assert size.entries == 500 + 2 * 100 + 3 + 3
    assert said == ["filling to 500", "measuring at 500", "verifying"]
    assert min(size.together.p50_ms, size.proof.p50_ms, size.head.cpu_ms, run.bare_bytes) > 0

    results = tmp_path / "RESULTS.md"
    results.write_text("# Results\n\n## Before\n\nx\n\n## After\n\ny\n", encoding="utf-8")
    ledger_report.write(results, run)
    section = ledger_report.found(results)
    assert section.startswith(ledger_report.HEADING)
    assert "not measured but computed" in section
    results.write_text("# Results\n\n## After\n\nz\n", encoding="utf-8")
    assert ledger_report.found(results) == ""
    ledger_report.keep(results, section)
    assert ledger_report.found(results) == section
    assert "## After\n\nz" in results.read_text(encoding="utf-8")
