"""The demo as it is watched: lines that scroll by, and on a terminal a clock with the shoppers below them."""

from collections.abc import Callable, Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cli.demo.evidence import hub_time
from hub.clock import Clock, Instant

Row = tuple[str, ...]

_STYLES = {"hub": "cyan"}
_SHOPPER, _VENDOR = "bold", "magenta"


class Screen:
    """`say` may be called from any thread; the table is asked for anew whenever it is drawn."""

    def __init__(self, console: Console, clock: Clock, names: Sequence[str]) -> None:
        self._console = console
        self._clock = clock
        self._names = frozenset(names)
        self._lock = Lock()
        self.rows: Callable[[], list[Row]] = list
        """The shoppers as they stand, a row each; the first is the heading."""
        self._live = Live(get_renderable=self._footer, console=console, refresh_per_second=5, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def say(self, at: Instant, who: str, what: str) -> None:
        style = _STYLES.get(who) or (_SHOPPER if who in self._names else _VENDOR)
        line = Text.assemble((hub_time(at), "dim"), "  ", (f"{who:22}", style), " ", what)
        with self._lock:
            self._console.print(line, soft_wrap=True, highlight=False)

    def _footer(self) -> RenderableType:
        heading, *rows = self.rows() or [()]
        table = Table(box=None, header_style="dim")
        for name in heading:
            table.add_column(name)
        for row in rows:
            table.add_row(*row)
        return Group(Text(f"\nhub time {hub_time(self._clock.now())}", style="bold"), table)
