"""What a back-fill's steps hand to each other by way of its machine: plain JSON, ids and numbers only."""

from collections.abc import Sequence
from typing import Any

Told = dict[str, Any]
Todo = tuple[str, str, str]
"""Kind, name, version."""


def plan(run: str, *, todo: Sequence[Todo] = (), usual: int = 0, **parts: list[Told]) -> Told:
    """The machine's state from Begin on: what grows with the strategy or the hub stands in tables."""
    return {
        "run": run,
        "changed": bool(parts),
        "todo": [list(one) for one in todo],
        "segments": each(todo),
        "usual": usual,
        "recall": {"left": parts.get("recall", []), "rounds": 0},
        "scan": {"left": parts.get("scan", []), "rounds": 0},
        "recalling": {"waits": 0},
        "scanning": {"waits": 0},
    }


def each(todo: Sequence[Todo]) -> list[Told]:
    return [{"segment": name} for kind, name, _ in todo if kind == "segment"]


def part_of(do: str, run: str, number: int, **more: Any) -> Told:
    return {"do": do, "run": run, "part": number, "calls": 0, "done": False, "crowded": False, **more}


def called(part: Told) -> Told:
    return part | {"calls": part.get("calls", 0) + 1}
