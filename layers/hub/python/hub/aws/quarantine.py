"""S3: quarantined events as gzipped NDJSON, `quarantine/<event>/<yyyy>/<mm>/<dd>/<digest>.ndjson.gz`.

A key says the event's name as the plan has it, the day it was received and a digest of message ids: nothing
personal. The same events have the same key, so a retry writes over itself.
"""

import gzip
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from hub.clock import format_instant
from hub.quarantine import FOLDER, Parcel, Quarantined, read_line, write_line
from hub.rules import event_name

_UNPLANNED = "!unplanned"
"""Folder of events that the plan does not name; a name's own "!" is written %21."""


class QuarantineBucket:
    """`hub.ports.Quarantine`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, aside: Sequence[Quarantined]) -> None:
        by_folder: dict[str, list[Quarantined]] = defaultdict(list)
        for one in aside:
            by_folder[_folder(one)].append(one)
        for folder, kept in by_folder.items():
            self._put(f"{FOLDER}{folder}/{_digest(kept)}.ndjson.gz", kept)

    def parcels(self, event: str | None = None) -> Iterator[Parcel]:
        folders = [""] if event is None else [f"{_quoted(event)}/", f"{_UNPLANNED}/"]
        for key in (key for folder in folders for key in self._keys(f"{FOLDER}{folder}")):
            kept = self._get(key)
            if event is None or any(event_name(one.event) == event for one in kept):
                yield Parcel(key, kept)

    def settle(self, parcel: Parcel, remaining: Sequence[Quarantined]) -> None:
        if remaining:
            self._put(parcel.key, remaining)
        else:
            self._client.delete_object(Bucket=self._bucket, Key=parcel.key)

    def _keys(self, prefix: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            yield from (one["Key"] for one in page.get("Contents", ()))

    def _get(self, key: str) -> tuple[Quarantined, ...]:
        packed = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return tuple(map(read_line, gzip.decompress(packed).decode().splitlines()))

    def _put(self, key: str, kept: Sequence[Quarantined]) -> None:
        lines = "".join(f"{write_line(one)}\n" for one in kept)
        body = gzip.compress(lines.encode(), mtime=0)
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body)


def _folder(one: Quarantined) -> str:
    year, month, day = format_instant(one.event.received_at)[:10].split("-")
    name = _quoted(event_name(one.event)) if one.planned else _UNPLANNED
    return f"{name}/{year}/{month}/{day}"


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _digest(kept: Sequence[Quarantined]) -> str:
    marks = sorted(f"{one.event.source}\x1f{one.event.message_id}" for one in kept)
    return blake2b("\x1e".join(marks).encode(), digest_size=12).hexdigest()
