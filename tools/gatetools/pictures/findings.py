"""The findings of `gate doctor` as a table for a document, in one language or both."""

from gatetools.doctor.catalogue import kinds

CELLS = ("code", "severity", "what is found", "what to do")


def table() -> str:
    """One table for each section, in the order of the findings' file."""
    rows: dict[str, list[str]] = {}
    for kind in kinds().values():
        says = [f"{kind.says['en']}<br>{kind.says['zh']}"]
        remedy = [f"{kind.remedy['en']}<br>{kind.remedy['zh']}" if kind.remedy["en"] else ""]
        cells = [f"`{kind.code}`", kind.severity.name.lower(), *map(_shown, says + remedy)]
        rows.setdefault(kind.section, []).append(f"| {' | '.join(cells)} |")
    heading = f"| {' | '.join(CELLS)} |\n| {' | '.join('---' for _ in CELLS)} |"
    return "\n\n".join("\n".join([f"### {section}", "", heading, *lines]) for section, lines in rows.items())


def _shown(template: str) -> str:
    """A template as Markdown: bars would end a cell, doubled braces stand for one."""
    return template.replace("|", "\\|").replace("{{", "{").replace("}}", "}")
