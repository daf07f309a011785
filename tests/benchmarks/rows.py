"""What a benchmark says: rows of one table, and how a benchmark's script is run alone."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

_LOG_WIDTH = 140


@dataclass(frozen=True, kw_only=True)
class Row:
    what: str
    measured: str
    target: str = ""
    """"" where DESIGN sets none: a figure to be watched."""
    ok: bool | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)
    """Everything behind the row, for programs."""


def show(rows: Sequence[Row]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("what", "measured", "target", "ok"):
        table.add_column(name, justify="right" if name in ("measured", "target") else "left")
    for row in rows:
        table.add_row(row.what, row.measured, row.target, {True: "yes", False: "NO", None: ""}[row.ok])
    # Into a file or a log, a row stays on its line.
    console = Console()
    (console if console.is_terminal else Console(width=_LOG_WIDTH)).print(table)


def tell(rows: Sequence[Row]) -> int:
    """The table, or JSON with --json; 1 where a target is missed."""
    if "--json" in sys.argv:
        print(json.dumps([asdict(row) for row in rows]))  # noqa: T201 - a script's result
    else:
        show(rows)
    return int(any(row.ok is False for row in rows))


def alone(measure: Callable[[], Sequence[Row]]) -> None:
    """A benchmark's script ends here."""
    sys.exit(tell(measure()))


def output(*command: str) -> Any:
    """The JSON that a script of ours prints last, run in a process of its own."""
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        raise RuntimeError(f"{' '.join(command)} said nothing:\n{done.stderr[-2_000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
