"""How far the last back-fill has come, in the segments table.

Items: {pk: backfill, sk: run, told} and {pk: backfill, sk: part#<kind>#<number>, told}; each new run writes
over the last one's, so there are never more than its parts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.aws import items
from hub.clock import Instant

_PK = {"S": "backfill"}
_RUN = "run"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A child of a Distributed Map; `seen` and `changed` are profiles (scan) or events (recall)."""

    run: str
    kind: str
    number: int
    items: int = 0
    """Items of the table, or objects of the archive, that it has been through."""
    seen: int = 0
    changed: int = 0
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class Run:
    run: str
    began_at: Instant
    """Hub time, as `ended_at`."""
    names: tuple[str, ...]
    """What it is for: segment:vip, journey:welcome."""
    items: int
    """Of the profiles table, about."""
    parts: int
    spans: int
    recalled: tuple[str, ...] = ()
    """Events that are read from the archive again."""
    ended_at: Instant | None = None


class BackfillTable:
    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def put_run(self, run: Run) -> None:
        self._put(_RUN, vars(run))

    def put_part(self, part: Part) -> None:
        self._put(f"part#{part.kind}#{part.number:04d}", vars(part))

    def read(self) -> tuple[Run | None, list[Part]]:
        """The last run and its parts, as far as they have begun."""
        found = items.partition(self._client, self._table, _PK["S"])
        told = {item["sk"]["S"]: json.loads(item["told"]["S"]) for item in found}
        if _RUN not in told:
            return None, []
        run = _run(told.pop(_RUN))
        return run, [part for part in (Part(**one) for one in told.values()) if part.run == run.run]

    def _put(self, name: str, told: Mapping[str, Any]) -> None:
        item = {"pk": _PK, "sk": {"S": name}, "told": {"S": json.dumps(told)}}
        self._client.put_item(TableName=self._table, Item=item)


def _run(told: Mapping[str, Any]) -> Run:
    lists = {name: tuple(told[name]) for name in ("names", "recalled")}
    return Run(**{**told, **lists})
