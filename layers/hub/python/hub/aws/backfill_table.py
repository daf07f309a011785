"""How far the last back-fill has come, in the segments table.

Items: {pk: backfill, sk: run, run, told} and {pk: backfill, sk: part#<kind>#<number>, told}; each new run
writes over the last one's, so there are never more than its parts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures, items
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
        self._client.put_item(TableName=self._table, Item=_run_item(run))

    def end_run(self, name: str, at: Instant) -> None:
        """Nothing if another one has begun since."""
        run, _ = self.read()
        if run is None:
            return
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_run_item(replace(run, ended_at=at)),
                ConditionExpression="#run = :run",
                ExpressionAttributeNames={"#run": "run"},
                ExpressionAttributeValues={":run": {"S": name}},
            )
        except ClientError as error:
            if not failures.condition_failed(error):
                raise

    def put_part(self, part: Part) -> None:
        item = _item(f"part#{part.kind}#{part.number:04d}", vars(part))
        self._client.put_item(TableName=self._table, Item=item)

    def read(self) -> tuple[Run | None, list[Part]]:
        """The last run and its parts, as far as they have begun."""
        found = items.partition(self._client, self._table, _PK["S"])
        told = {item["sk"]["S"]: json.loads(item["told"]["S"]) for item in found}
        if _RUN not in told:
            return None, []
        run = _run(told.pop(_RUN))
        return run, [part for part in (Part(**one) for one in told.values()) if part.run == run.run]


def _run_item(run: Run) -> dict[str, Any]:
    return {**_item(_RUN, vars(run)), "run": {"S": run.run}}


def _item(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {"pk": _PK, "sk": {"S": name}, "told": {"S": json.dumps(told)}}


def _run(told: Mapping[str, Any]) -> Run:
    lists = {name: tuple(told[name]) for name in ("names", "recalled")}
    return Run(**{**told, **lists})
