"""How far the last back-fill has come, in the segments table.

Items: {pk: backfill, sk: run, run, told} and {pk: backfill, sk: part#<kind>#<number>, told}; each new run
writes over the last one's, so there are never more than its parts.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures, items
from hub.backfilling import BackfillRun, Part
from hub.clock import Instant

_PK = {"S": "backfill"}
_RUN = "run"


class BackfillTable:
    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def put_run(self, run: BackfillRun) -> None:
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

    def read(self) -> tuple[BackfillRun | None, list[Part]]:
        """The last run and its parts, as far as they have begun."""
        found = items.partition(self._client, self._table, _PK["S"])
        told = {item["sk"]["S"]: json.loads(item["told"]["S"]) for item in found}
        if _RUN not in told:
            return None, []
        run = _run(told.pop(_RUN))
        return run, [part for part in (Part(**one) for one in told.values()) if part.run == run.run]


def _run_item(run: BackfillRun) -> dict[str, Any]:
    return {**_item(_RUN, vars(run)), "run": {"S": run.run}}


def _item(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {"pk": _PK, "sk": {"S": name}, "told": {"S": json.dumps(told)}}


def _run(told: Mapping[str, Any]) -> BackfillRun:
    lists = {name: tuple(told[name]) for name in ("names", "recalled")}
    return BackfillRun(**{**told, **lists})
