"""What became of one fault: how long the link needed, and what the checker held against it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recovery:
    """`family`: the kind of fault. `index`: its number in the run; with the run's seed it names the fault for good.

    `recovery_ms`: from the end of the fault until both sides talk again and what was asked meanwhile is answered;
    None when that never came. `findings`: a sentence for each promise that was broken; empty when none was.
    """

    family: str
    index: int
    recovery_ms: "float | None"
    findings: "tuple[str, ...]" = ()

    @property
    def clean(self) -> bool:
        """Whether the link came back by itself and every promise held."""
        return self.recovery_ms is not None and not self.findings
