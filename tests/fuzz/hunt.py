"""Fuzzes one target until its time is up or something is found: `python -m tests.fuzz.hunt TARGET FOLDER SECONDS SEED`.

A process of its own, because atheris instruments every module as it is imported, and ends the process when it ends.
FOLDER/corpus holds what to begin with and gets what is new; what broke the target becomes a file in FOLDER.
"""

import sys
from pathlib import Path

INPUT_MAX_BYTES = 2048
INPUT_MAX_S = 5
MEMORY_MAX_MB = 1024
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Never returns."""
    import atheris

    name, folder, seconds, seed = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    sys.path[:0] = [str(ROOT / part) for part in ("tests", "tests/both", "firmware")]
    with atheris.instrument_imports(include=["fuzz", "gate", "gatelink", "gatehouse", "boards"]):
        from fuzz.targets import target

        run = target(name)
    options = (
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-max_len={INPUT_MAX_BYTES}",
        f"-timeout={INPUT_MAX_S}",
        f"-rss_limit_mb={MEMORY_MAX_MB}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
    )
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], lambda data: run(data) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
